import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.scope import MOST_ANCHORS, USUAL_RADIUS, known_means, make_scope


def around(direction, count, spread, seed):
    """Signatures of photos that look alike."""
    rng = np.random.default_rng(seed)
    return (direction + rng.normal(0, spread, (count, len(direction)))).astype(np.float32)


@pytest.fixture
def crops():
    rng = np.random.default_rng(1)
    return rng.normal(0, 1, (2, 32)).astype(np.float32)


CENTRE = np.zeros(32, np.float32)


@pytest.mark.parametrize("count", [2, 3, 12])
def test_photos_like_those_learned_from_are_inside_and_others_are_not(crops, count):
    mine, other = crops
    scope = make_scope(around(mine, count, 0.2, 0), CENTRE)
    assert np.mean([scope.holds(s) for s in around(mine, 40, 0.2, 5)]) > 0.8
    assert not any(scope.holds(s) for s in around(other, 40, 0.2, 6))


def test_what_all_leaves_have_in_common_does_not_count(crops):
    mine, other = crops
    shared = np.full(32, 30, np.float32)
    without = make_scope(around(mine + shared, 6, 0.2, 0), CENTRE)
    with_centre = make_scope(around(mine + shared, 6, 0.2, 0), shared)
    stranger = around(other + shared, 1, 0.2, 3)[0]
    assert without.distance(stranger) < 0.05
    assert with_centre.distance(stranger) > 0.3
    assert not with_centre.holds(stranger)


def test_one_photo_gives_the_usual_radius(crops):
    scope = make_scope(crops[:1], CENTRE)
    assert scope.radius == pytest.approx(USUAL_RADIUS)
    assert scope.holds(crops[0])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_a_further_training_is_for_all_that_the_one_before_was_for(first, second, seed):
    rng = np.random.default_rng(seed)
    old, new, tried = (rng.normal(0, 1, (n, 8)).astype(np.float32) for n in (first, second, 30))
    centre = rng.normal(0, 0.2, 8).astype(np.float32)
    before = make_scope(old, centre)
    after = make_scope(new, centre, before)
    for signature in tried:
        assert after.holds(signature) or not before.holds(signature)
    assert all(after.holds(s) for s in new)


def test_many_photos_keep_the_file_small(crops):
    scope = make_scope(around(crops[0], 2 * MOST_ANCHORS, 0.3, 0), CENTRE)
    assert len(scope.anchors) == MOST_ANCHORS


def test_what_was_known_stays_outside_however_wide_the_scope(crops):
    mine, other = crops
    near = (0.8 * mine + 0.6 * other).astype(np.float32)  # known, and much like the new crop
    known = known_means(around(near, 60, 0.1, 1), CENTRE, 3)
    assert len(known) == 3
    # One odd photo among five makes the scope wide.
    learned = np.concatenate([around(mine, 4, 0.3, 2), around(mine, 1, 1.2, 7)])
    wide, told = make_scope(learned, CENTRE), make_scope(learned, CENTRE, known=known)
    strangers, own = around(near, 40, 0.1, 3), around(mine, 40, 0.2, 4)
    assert any(wide.holds(s) for s in strangers)
    assert not any(told.holds(s) for s in strangers)
    assert np.mean([told.holds(s) for s in own]) > 0.8


def test_more_of_what_was_known_is_inside_all_the_same(crops):
    known = known_means(around(crops[0], 60, 0.3, 1), CENTRE, 3)
    scope = make_scope(around(crops[0], 8, 0.3, 2), CENTRE, known=known)
    assert not len(scope.known)
    assert np.mean([scope.holds(s) for s in around(crops[0], 40, 0.3, 3)]) > 0.7


def test_a_mean_is_never_of_a_few_photos(crops):
    lonely = np.concatenate([around(crops[0], 40, 0.05, 1), around(crops[1], 3, 0.05, 2)])
    means = known_means(lonely, CENTRE, 2)
    assert len(means) == 1
    again = known_means(lonely, CENTRE, 2)
    assert np.array_equal(means, again)
