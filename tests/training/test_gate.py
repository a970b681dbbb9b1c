import numpy as np
import pytest

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.training.gate import Judgement, judged, photo_dice, photo_severity
from plantseg_gui.training.gate_split import Method
from plantseg_gui.training.photo_maps import PhotoTiles


def tiles(truth, valid=None):
    shape = truth.shape
    seen = np.ones(shape, bool) if valid is None else valid
    image = np.zeros((*shape, 3), np.uint8)
    return PhotoTiles(*shape, [], [], shape, truth, seen, image)


def test_dice_leaves_out_what_is_unknown():
    truth = np.zeros((20, 20), bool)
    truth[:10] = True
    mask = truth.copy()
    mask[15:] = True
    valid = np.ones((20, 20), bool)
    valid[15:] = False
    assert photo_dice(mask, tiles(truth, valid)) == 1.0
    assert photo_dice(mask, tiles(truth)) == pytest.approx(2 * 200 / (200 + 300))


def test_a_healthy_photo_is_right_or_wrong():
    mask = np.zeros((20, 20), bool)
    healthy = tiles(np.zeros((20, 20), bool))
    mask[0, :15] = True
    assert photo_dice(mask, healthy) == 1.0
    mask[1, :1] = True
    assert photo_dice(mask, healthy) == 0.0


def test_severity_is_of_the_leaf_and_none_without_one():
    leaf = draw_leaf(3, 128, healthy=True, ground="paper")
    photo = tiles(np.zeros((128, 128), bool))
    photo.image = leaf.image
    found = photo_severity(photo, [leaf.leaf, np.zeros((128, 128), bool)])
    assert found is not None
    assert found[0] == pytest.approx(100, abs=8)
    assert found[1] == 0
    photo.image = np.full((128, 128, 3), 255, np.uint8)
    assert photo_severity(photo, [leaf.leaf]) is None


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


def test_the_judgement_says_how_sure_it_is_and_what_was_forgotten():
    before = {str(n): 0.5 for n in range(8)}
    after = {k: v + (0.1 if k != "7" else -0.02) for k, v in before.items()}
    severity = {
        "0": {"true": 10.0, "before": 14.0, "after": 11.0},
        "1": dict.fromkeys(("true", "before", "after"), 3.0),
        "x": {"true": 1.0, "before": 1.0, "after": 1.0},
    }
    found = judged(
        Method.HELD_OUT, before, after, severity=severity, kept_out=["0", "x"],
        earlier_before={"old": 0.9}, earlier_after={"old": 0.8},
    ).to_results()  # fmt: skip
    low, high = found["interval"]
    assert low <= found["dice_after"] - found["dice_before"] <= high
    assert 0 < low < high <= 0.1
    assert found["severity_error_before"] == 2.0
    assert found["severity_error_after"] == 0.5
    assert set(found["severity"]) == {"0", "1"}
    assert found["kept_out"] == ["0"]
    assert found["earlier"] == {"before": {"old": 0.9}, "after": {"old": 0.8}}
