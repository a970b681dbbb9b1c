import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.training.finetune_data import LabelledPhoto
from plantseg_gui.training.gate import (
    Judgement,
    Method,
    choose_held_out,
    judged,
    method_for,
    photo_dice,
)
from plantseg_gui.training.photo_cache import make_photo
from plantseg_gui.training.photo_maps import PhotoTiles
from tests.training.conftest import spotted

SICK = make_photo("own", "sick", *spotted(1))
HEALTHY = make_photo("own", "healthy", spotted(1)[0], np.zeros((96, 96), bool))


def photos(*kinds):
    """a approved, h approved and healthy, c corrected only."""
    return [
        LabelledPhoto(f"id{n}", kind != "c", HEALTHY if kind == "h" else SICK)
        for n, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("approved", "method"),
    [
        (0, Method.TOO_FEW),
        (2, Method.TOO_FEW),
        (3, Method.LEAVE_ONE_OUT),
        (5, Method.LEAVE_ONE_OUT),
        (6, Method.HELD_OUT),
        (40, Method.HELD_OUT),
    ],
)
def test_how_many_photos_allow_which_figure(approved, method):
    assert method_for(approved) is method


@pytest.mark.parametrize(("count", "held"), [(5, 0), (6, 2), (8, 2), (12, 3), (40, 10), (400, 25)])
def test_about_a_quarter_is_held_out(count, held):
    assert len(choose_held_out(photos(*"a" * count))) == held


@given(st.text("ahc", min_size=1, max_size=30))
def test_only_approved_photos_are_held_out_and_both_sides_keep_a_lesion(kinds):
    items = photos(*kinds)
    held = choose_held_out(items)
    assert all(items[i].approved for i in held)
    assert held == sorted(set(held))
    sick = [i for i, p in enumerate(items) if p.approved and p.photo.diseased]
    if held and len(sick) >= 2:
        assert set(sick) & set(held)
        assert set(sick) - set(held)


def test_a_photo_stays_held_out_when_others_come():
    before = choose_held_out(photos(*"a" * 12))
    after = choose_held_out(photos(*"a" * 16))
    assert len(set(before) & set(after)) >= 2


def tiles(truth, valid=None):
    shape = truth.shape
    seen = np.ones(shape, bool) if valid is None else valid
    image = np.zeros((*shape, 3), np.uint8)
    return PhotoTiles(*shape, [], [], shape, truth, seen, image)


def test_dice_leaves_out_what_is_unknown():
    truth = np.zeros((20, 20), bool)
    truth[:10] = True
    probability = np.where(truth, 0.9, 0.1).astype(np.float32)
    probability[15:] = 0.9
    valid = np.ones((20, 20), bool)
    valid[15:] = False
    assert photo_dice(probability, tiles(truth, valid), 0.5) == 1.0
    assert photo_dice(probability, tiles(truth), 0.5) == pytest.approx(2 * 200 / (200 + 300))


def test_a_healthy_photo_is_right_or_wrong():
    probability = np.full((20, 20), 0.1, np.float32)
    healthy = tiles(np.zeros((20, 20), bool))
    probability[0, :15] = 0.9
    assert photo_dice(probability, healthy, 0.5) == 1.0
    probability[1, :1] = 0.9
    assert photo_dice(probability, healthy, 0.5) == 0.0


def test_a_judgement_speaks_plainly():
    found = judged(Method.HELD_OUT, {"a": 0.5, "b": 0.3}, {"a": 0.7, "b": 0.9})
    assert found.to_results()["dice_before"] == pytest.approx(0.4)
    assert found.to_results()["dice_after"] == pytest.approx(0.8)
    assert "0.40 before and 0.80 after" in found.sentence()
    estimate = judged(Method.LEAVE_ONE_OUT, {"a": 0.5, "b": 0.3}, {"a": 0.7, "b": 0.9})
    assert "leave-one-out" in estimate.sentence()
    assert "Too few" in Judgement(Method.TOO_FEW).sentence()


def test_an_estimate_of_one_photo_is_none():
    found = judged(Method.LEAVE_ONE_OUT, {"a": 0.5, "b": 0.3}, {"a": 0.7})
    assert found.method is Method.TOO_FEW
    assert found.to_results()["dice_after"] is None
