import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from plantseg_gui.core.errors import InputError
from plantseg_gui.evaluation.metrics import (
    METRICS,
    count_pixels,
    image_dice,
    jsonable,
    pooled_metrics,
    summarise,
    undefined_reason,
)

masks = arrays(np.bool_, (5, 7))


def test_counts_of_a_known_pair():
    truth = np.zeros((4, 5), bool)
    truth[:2, :2] = True
    predicted = np.zeros((4, 5), bool)
    predicted[1:3, :2] = True
    assert count_pixels(predicted, truth).tolist() == [2, 2, 2, 14]


def test_unsure_pixels_are_left_out():
    truth = np.ones((2, 2), bool)
    valid = np.array([[True, True], [False, False]])
    assert count_pixels(truth, truth, valid).tolist() == [2, 0, 0, 0]


def test_masks_of_two_sizes_name_both():
    with pytest.raises(InputError, match=r"4×3 px.*5×3 px"):
        count_pixels(np.zeros((3, 4), bool), np.zeros((3, 5), bool))


@settings(deadline=None)
@given(masks, masks)
def test_counts_agree_with_a_plain_loop(predicted, truth):
    pairs = list(zip(predicted.ravel(), truth.ravel(), strict=True))
    expected = [
        pairs.count(p) for p in [(True, True), (True, False), (False, True), (False, False)]
    ]
    assert count_pixels(predicted, truth).tolist() == expected


@settings(deadline=None)
@given(masks, masks)
def test_f1_is_dice_and_iou_follows_from_it(predicted, truth):
    figures = summarise(count_pixels(predicted, truth)[None])
    assert list(figures) == list(METRICS)
    dice = figures["dice_pooled"]
    if math.isnan(dice):
        assert not predicted.any()
        assert not truth.any()
        assert figures["dice_mean"] == 1.0
    else:
        assert figures["f1"] == dice == figures["dice_mean"]
        assert figures["iou"] == pytest.approx(dice / (2 - dice))
        assert 0 <= dice <= 1


def test_all_healthy_accuracy_is_the_share_of_healthy_pixels():
    truth = np.zeros((10, 10), bool)
    truth[0, :7] = True
    figures = summarise(count_pixels(np.zeros_like(truth), truth)[None])
    assert figures["accuracy_all_healthy"] == figures["accuracy"] == pytest.approx(0.93)
    assert figures["recall"] == 0.0
    assert math.isnan(figures["precision"])


def test_pooled_weighs_by_pixels_and_mean_by_images():
    counts = np.array([[90, 10, 0, 0], [0, 0, 2, 98]])
    figures = summarise(counts)
    assert figures["dice_pooled"] == pytest.approx(180 / 192)
    assert figures["dice_mean"] == pytest.approx((180 / 190 + 0) / 2)


def test_healthy_image_counts_one_when_nothing_is_found_else_zero():
    assert image_dice(np.array([[0, 0, 0, 9], [0, 1, 0, 8]])).tolist() == [1.0, 0.0]


def test_pooled_metrics_keep_leading_dimensions():
    counts = np.arange(24).reshape(2, 3, 4) + 1
    assert pooled_metrics(counts)["iou"].shape == (2, 3)


def test_no_image_is_all_undefined_with_a_reason():
    figures = summarise(np.zeros((0, 4), np.int64))
    assert set(jsonable(figures).values()) == {None}
    assert "no image" in (undefined_reason(figures) or "")


def test_defined_figures_need_no_reason():
    assert undefined_reason(summarise(np.array([[1, 1, 1, 1]]))) is None
