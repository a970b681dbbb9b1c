"""A shorter number format is used only where it gives the same mask."""

from dataclasses import replace

import numpy as np
import torch

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.device import cpu_policy
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.precision import check_tiles, same_masks
from tests.inference.helpers import load

META = ModelMeta("m", {})


def blob(shift: float = 0.0) -> np.ndarray:
    yy, xx = np.mgrid[:64, :64]
    return (20 - np.hypot(yy - 32, xx - 32) + shift).astype(np.float32)


def test_the_same_mask_passes_and_another_does_not():
    assert same_masks([(blob(), blob() + 0.01)], META)
    assert not same_masks([(blob(), blob(2.0))], META)


def test_not_a_number_never_passes():
    assert not same_masks([(blob(), np.full((64, 64), np.nan, np.float32))], META)


def test_without_lesions_the_probabilities_decide():
    empty = np.full((64, 64), -3, np.float32)
    assert same_masks([(empty, empty + 0.05)], META)
    assert not same_masks([(empty, empty + 2)], META)


def test_check_tiles_are_always_the_same():
    first, second = check_tiles(256), check_tiles(256)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert {t.shape for t in first} == {(256, 256, 3)}


def test_engine_keeps_bf16_only_with_the_same_mask(tiny_model):
    bf16 = replace(cpu_policy("on"), check=True)
    # Threshold far from every probability: both formats give the same (empty) verdict.
    calm = load(tiny_model, temperature=1000.0, threshold=0.9)
    assert TileEngine(calm, bf16).rung.dtype is torch.bfloat16
    # Random weights put pixels all around the threshold: rounding moves the mask.
    nervous = load(tiny_model, threshold=0.5)
    engine = TileEngine(nervous, bf16)
    assert engine.rung.dtype is torch.float32
    assert "fp32" in engine.label
