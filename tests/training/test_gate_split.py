import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.finetune_data import LabelledPhoto, group_alike
from plantseg_gui.training.gate_split import Method, method_for, split_photos
from plantseg_gui.training.photo_cache import make_photo
from tests.training.conftest import spotted

SICK = make_photo("own", "sick", *spotted(1))
HEALTHY = make_photo("own", "healthy", spotted(1)[0], np.zeros((96, 96), bool))


def photos(kinds):
    """a approved, h approved and healthy, c corrected only, t own test set, u unapproved of it."""
    return [
        LabelledPhoto(f"id{n}", k not in "cu", HEALTHY if k == "h" else SICK, keep_out=k in "tu")
        for n, k in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("approved", "own", "method"),
    [
        (0, 0, Method.TOO_FEW),
        (2, 0, Method.TOO_FEW),
        (2, 1, Method.TOO_FEW),
        (1, 2, Method.HELD_OUT),
        (3, 0, Method.LEAVE_ONE_OUT),
        (5, 0, Method.LEAVE_ONE_OUT),
        (3, 2, Method.LEAVE_ONE_OUT),
        (1, 3, Method.HELD_OUT),
        (6, 0, Method.HELD_OUT),
        (40, 0, Method.HELD_OUT),
    ],
)
def test_how_many_photos_allow_which_figure(approved, own, method):
    assert method_for(approved, own) is method


@pytest.mark.parametrize(("count", "held"), [(5, 0), (6, 2), (8, 2), (12, 3), (40, 10), (400, 25)])
def test_about_a_quarter_is_held_out(count, held):
    split = split_photos(photos("a" * count))
    assert len(split.held_out) == held
    assert len(split.training) == count - held
    assert len(split.folds) == (count if count < 6 else 0)


@given(st.text("ahctu", min_size=1, max_size=30), st.data())
def test_the_sides_never_mix(kinds, data):
    items = photos(kinds)
    group = st.sampled_from(["", "", "x", "y", "z"])
    items = [LabelledPhoto(**{**vars(p), "group": data.draw(group)}) for p in items]
    try:
        split = split_photos(items)
    except InputError:
        return
    training, held = set(split.training), set(split.held_out)
    assert training
    assert not training & held
    assert not any(items[i].keep_out for i in training)
    assert all(items[i].approved for i in held)
    assert {i for i, p in enumerate(items) if p.keep_out and p.approved} <= held
    groups = {items[i].group for i in training} & {items[i].group for i in held}
    assert groups <= {""}
    for fold in split.folds:
        inside = {items[split.training[i]].group for i in fold}
        outside = {p.group for n, p in enumerate(items) if n in training} - {""}
        assert len(inside) == 1
        if inside != {""}:
            assert len(fold) == sum(
                items[i].group in inside and items[i].approved for i in training
            )
        assert len(outside) <= 3
    assert len(split.left_out) == len(items) - len(training) - len(held)


@given(st.text("ahc", min_size=6, max_size=30))
def test_both_sides_keep_a_lesion(kinds):
    items = photos(kinds)
    split = split_photos(items)
    sick = {i for i, p in enumerate(items) if p.approved and p.photo.diseased}
    if split.held_out and len(sick) >= 2:
        assert sick & set(split.held_out)
        assert sick - set(split.held_out)


def test_a_photo_stays_held_out_when_others_come():
    before = split_photos(photos("a" * 12)).held_out
    after = split_photos(photos("a" * 16)).held_out
    assert len(set(before) & set(after)) >= 2


def test_an_own_test_set_judges_alone_and_leaves_all_others_to_learn_from():
    split = split_photos(photos("aaaaaaaattt"))
    assert split.held_out == [8, 9, 10]
    assert split.training == list(range(8))


def test_a_photo_like_one_of_the_test_set_is_left_out_and_said():
    items = photos("aaat")
    items[0] = LabelledPhoto(**{**vars(items[0]), "group": "g"})
    items[3] = LabelledPhoto(**{**vars(items[3]), "group": "g"})
    split = split_photos(items)
    assert 0 not in split.training
    assert "id0 looks like a photo of your test set" in split.left_out[0]


def test_nothing_to_learn_from_is_said():
    with pytest.raises(InputError, match="nothing to learn from"):
        split_photos(photos("tt"))


def test_photos_that_look_alike_are_found_whatever_their_names():
    one, other = spotted(1)[0], np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    mask = np.zeros((96, 96), bool)
    pictures = [one, np.ascontiguousarray(one[::-1]), other]
    found = group_alike(
        [
            LabelledPhoto(f"p{n}", True, make_photo("own", f"p{n}", picture, mask))
            for n, picture in enumerate(pictures)
        ]
    )
    assert found[0].group == found[1].group != ""
    assert found[2].group == ""
