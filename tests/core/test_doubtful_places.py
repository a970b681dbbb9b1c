import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plantseg_gui.core.doubtful_places import doubtful_places


def scene():
    """Two doubtful spots on a leaf, the second one larger; network scale is half of the photo's."""
    probability = np.full((100, 120), 0.001, np.float32)
    probability[10:14, 10:14] = 0.5
    probability[60:70, 80:90] = 0.5
    return probability, np.zeros((200, 240), bool), np.ones((200, 240), bool)


def test_the_place_that_moves_severity_most_comes_first():
    doubts = doubtful_places(*scene())
    first, second = doubts.places
    assert (first.rect.y0, first.rect.x0, first.rect.y1, first.rect.x1) == (120, 160, 140, 180)
    assert first.points == pytest.approx(100 * 100 * 0.5 / 12000, rel=0.1)
    assert first.points > second.points
    assert doubts.left(0) == pytest.approx(first.points + second.points + doubts.rest_points)
    assert doubts.left(2) < 0.1


def test_what_a_person_touched_is_settled():
    probability, touched, leaf = scene()
    touched[110:150, 150:190] = True
    (place,) = doubtful_places(probability, touched, leaf).places
    assert place.rect.y0 == 20


def test_off_the_leaf_there_is_no_doubt():
    probability, touched, leaf = scene()
    leaf[:, 120:] = False
    (place,) = doubtful_places(probability, touched, leaf).places
    assert place.rect.x0 == 20
    assert not doubtful_places(probability, touched, np.zeros_like(leaf)).places


@given(
    hnp.arrays(np.float32, (12, 9), elements=st.floats(0, 1, width=32)),
    hnp.arrays(bool, (20, 31)),
)
def test_no_doubt_is_lost_between_places_and_rest(probability, touched):
    doubts = doubtful_places(probability, touched, None)
    rows, columns = np.arange(12) * 20 // 12, np.arange(9) * 31 // 9
    open_to_doubt = ~touched[rows[:, None], columns]
    total = (np.minimum(probability, 1 - probability) * open_to_doubt).sum() * 100 / 108
    assert doubts.left(0) == pytest.approx(total, abs=1e-3)
    for place in doubts.places:
        assert not place.rect.empty
        assert place.rect.y1 <= 20
        assert place.rect.x1 <= 31
