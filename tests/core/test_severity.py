import numpy as np
import pytest

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.results import LeafResult
from plantseg_gui.core.severity import ALL_UNSURE, NO_LEAF, NO_PREDICTION, PARTLY_SEEN, diagnose


def leaf(height=10, width=20, columns=10):
    mask = np.zeros((height, width), bool)
    mask[:, :columns] = True
    return LeafResult(mask)


def test_severity_is_lesion_area_of_leaf_area():
    labels = np.zeros((10, 20), np.uint16)
    labels[0, :5] = 1
    labels[1, :5] = 2
    diagnosis = diagnose(labels, leaf(), 0.8)
    assert diagnosis.severity_pct == pytest.approx(10.0)
    assert diagnosis.leaf_area_px == 100
    assert diagnosis.lesion_area_px == 10
    assert diagnosis.lesion_count == 2
    assert diagnosis.disease_probability == 0.8
    assert diagnosis.reason == ""


def test_lesions_outside_the_leaf_do_not_count_into_severity():
    labels = np.zeros((10, 20), np.uint16)
    labels[0] = 1
    labels[5, 15:] = 2
    diagnosis = diagnose(labels, leaf(), 0.8)
    assert diagnosis.severity_pct == pytest.approx(10.0)
    assert diagnosis.lesion_area_px == 10
    assert diagnosis.lesion_count == 1
    assert diagnose(labels, LeafResult(None, "none"), 0.8).lesion_count == 2


def test_unsure_is_left_out_of_lesion_and_leaf():
    labels = np.zeros((10, 20), np.uint16)
    labels[:5] = UNSURE
    labels[9, :5] = 1
    diagnosis = diagnose(labels, leaf(), 0.8)
    assert diagnosis.leaf_area_px == 50
    assert diagnosis.severity_pct == pytest.approx(10.0)
    assert diagnosis.lesion_count == 1


def test_a_healthy_leaf():
    diagnosis = diagnose(np.zeros((10, 20), np.uint16), leaf(), 0.01)
    assert diagnosis.severity_pct == 0.0
    assert diagnosis.lesion_count == 0
    assert diagnosis.reason == ""


def test_without_a_leaf_severity_is_never_guessed():
    labels = np.ones((10, 20), np.uint16)
    diagnosis = diagnose(labels, LeafResult(None, "The photo is all sky."), 0.8)
    assert diagnosis.severity_pct is None
    assert diagnosis.leaf_area_px is None
    assert diagnosis.lesion_area_px == 200
    assert diagnosis.reason == "The photo is all sky."
    assert diagnose(labels, LeafResult(None), 0.8).reason == NO_LEAF


def test_a_leaf_that_is_wholly_unsure():
    diagnosis = diagnose(np.full((10, 20), UNSURE, np.uint16), leaf(), 0.8)
    assert diagnosis.severity_pct is None
    assert diagnosis.leaf_area_px == 0
    assert diagnosis.reason == ALL_UNSURE


def test_without_a_prediction():
    diagnosis = diagnose(np.zeros((10, 20), np.uint16), leaf(), None)
    assert diagnosis.disease_probability is None
    assert diagnosis.severity_pct == 0.0
    assert diagnosis.reason == NO_PREDICTION


def test_a_leaf_of_another_size_is_refused():
    with pytest.raises(ValueError, match="leaf"):
        diagnose(np.zeros((5, 5), np.uint16), leaf(), 0.8)


def test_a_leaf_that_was_seen_in_part_has_no_severity():
    labels = np.zeros((10, 20), np.uint16)
    labels[0, :5] = 1
    diagnosis = diagnose(labels, leaf(), 0.8, leaf_covered=False)
    assert diagnosis.severity_pct is None
    assert diagnosis.reason == PARTLY_SEEN
    assert diagnosis.lesion_count == 1
