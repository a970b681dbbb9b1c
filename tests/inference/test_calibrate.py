"""Calibration from photos to a model's description."""

import dataclasses

import numpy as np
import pytest

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.inference.calibrate import CalibrationItem, calibrate, calibrate_model
from plantseg_gui.inference.calibration import logit
from plantseg_gui.inference.postprocess import lesion_labels
from plantseg_gui.inference.predictor import Predictor
from tests.inference.helpers import fp32, load


def items(count: int = 3, healthy: int = 1):
    for seed in range(count + healthy):
        leaf = draw_leaf(seed, 192, healthy=seed >= count)
        yield CalibrationItem("ab"[seed % 2], leaf.image, leaf.labels > 0)


def test_description_is_filled_and_the_rest_is_kept(tiny_model):
    steps: list[tuple[int, int, str]] = []
    meta = calibrate(
        tiny_model,
        items(),
        policy=fp32(),
        progress=lambda d, t, text="": steps.append((d, t, text)),
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
    looks = [(n, 4, "Calibrating") for n in range(1, 5)]
    choices = [(n, 4, "Choosing the threshold") for n in range(1, 5)]
    assert steps == looks + choices + choices


def test_calibrated_probability_has_the_lesions_share(tiny_model):
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
    assert got == pytest.approx(np.mean([np.mean(v) for v in share.values()]), rel=0.02)


def test_the_threshold_is_the_best_for_the_masks_that_are_shown(tiny_model):
    model = load(tiny_model)
    meta = calibrate_model(model, items(), policy=fp32())
    model.meta = meta
    predictor = Predictor(model, fp32())

    found = [(item, predictor.predict(item.image, mode="full")) for item in items()]

    def f1(threshold: float) -> dict[str, float]:
        """Pooled by source, of labels made as the predictor makes them."""
        counts = {"a": np.zeros(2), "b": np.zeros(2)}
        for item, seen in found:
            labels = lesion_labels(
                seen.probability, 192, 192, threshold, affinity=seen.affinity, boxes=seen.boxes
            )
            assert threshold != meta.threshold or np.array_equal(labels, seen.labels)
            hits = ((labels > 0) & item.mask).sum()
            counts[item.source] += (2 * hits, (labels > 0).sum() + item.mask.sum())
        return {source: float(c[0] / c[1]) for source, c in counts.items()}

    best = f1(meta.threshold)
    assert meta.figures["calibration"]["f1"] == pytest.approx(best, abs=1e-4)
    others = [0.1, 0.3, 0.5, 0.7, 0.9, meta.threshold - 0.01, meta.threshold + 0.01]
    for threshold in others:
        if 0.01 <= threshold <= 0.99:
            assert sum(f1(threshold).values()) <= sum(best.values())


def test_no_room_for_the_maps_is_said(tiny_model, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match=r"has no room.*No space left"):
        calibrate(tiny_model, items(), policy=fp32())


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
