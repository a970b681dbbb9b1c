"""Calibration from photos to a model's description."""

import dataclasses

import numpy as np
import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.errors import InputError
from plantseg_gui.inference.calibrate import CalibrationItem, calibrate, calibrate_model
from plantseg_gui.inference.calibration import logit
from plantseg_gui.inference.predictor import Predictor
from tests.inference.helpers import fp32, load


def items(count: int = 3, healthy: int = 1):
    for seed in range(count + healthy):
        leaf = draw_leaf(seed, 192, healthy=seed >= count)
        yield CalibrationItem("ab"[seed % 2], leaf.image, leaf.labels > 0)


def test_description_is_filled_and_the_rest_is_kept(tiny_model):
    steps: list[tuple[int, int]] = []
    meta = calibrate(
        tiny_model,
        items(),
        policy=fp32(),
        progress=lambda d, t, _="": steps.append((d, t)),
        total=4,
    )
    before = load(tiny_model).meta
    assert (meta.name, meta.network) == (before.name, before.network)
    assert 0.01 <= meta.threshold <= 0.99
    assert meta.temperature > 0
    assert 0 < meta.scorer_threshold < 1
    assert meta.figures["calibration"]["photos"] == 4
    assert meta.figures["calibration"]["photos_healthy"] == 1
    assert set(meta.figures["calibration"]["f1"]) == {"a", "b"}
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_calibrated_probability_has_the_lesions_share_and_its_threshold_the_best_f1(tiny_model):
    model = load(tiny_model)
    meta = calibrate_model(model, items(healthy=0), policy=fp32())
    model.meta = meta
    predictor = Predictor(model, fp32())
    mean: dict[str, list[float]] = {"a": [], "b": []}
    share: dict[str, list[float]] = {"a": [], "b": []}
    for item in items(healthy=0):
        p = predictor.predict(item.image, mode="full").probability
        mean[item.source].append(float(p.mean()))
        share[item.source].append(float(item.mask.mean()))
    got = np.mean([np.mean(v) for v in mean.values()])
    assert got == pytest.approx(np.mean([np.mean(v) for v in share.values()]), rel=0.1)


def test_calibrating_twice_gives_the_same(tiny_model):
    once = calibrate(tiny_model, items(), policy=fp32())
    assert calibrate(tiny_model, items(), policy=fp32()) == once
    # What the model was calibrated to before does not matter: it is fitted on plain logits.
    other = load(tiny_model, temperature=3.0, bias=1.0, threshold=0.2)
    again = calibrate_model(other, items(), policy=fp32())
    assert again.threshold == once.threshold
    assert logit(np.float32(again.threshold)) == pytest.approx(logit(np.float32(once.threshold)))


def test_wrong_masks_and_no_photos_are_refused(tiny_model):
    item = next(items())
    wrong = dataclasses.replace(item, mask=item.mask[:-1])
    with pytest.raises(InputError, match="192×191"):
        calibrate(tiny_model, [wrong], policy=fp32())
    with pytest.raises(InputError, match="no photos"):
        calibrate(tiny_model, [], policy=fp32())


def test_can_be_cancelled(tiny_model):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        calibrate(tiny_model, items(), policy=fp32(), token=token)
