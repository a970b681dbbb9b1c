"""Logits and probabilities."""

import numpy as np
import pytest

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import (
    logit,
    presence_probability,
    sigmoid,
    to_probability,
)

META = ModelMeta("m", {}, temperature=2.0, bias=-1.0, presence_temperature=4.0, presence_bias=1.0)


def test_temperature_and_bias_are_applied():
    z = np.array([4.0], np.float32)
    assert to_probability(z, META)[0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert presence_probability(4.0, META) == pytest.approx(1 / (1 + np.exp(-2)))


def test_extremes_stay_finite_and_off_the_ends():
    z = np.array([-1e30, -200, 0, 200, 1e30], np.float32)
    p = sigmoid(z)
    assert p.dtype == np.float32
    assert p.min() > 0
    assert p.max() < 1
    assert presence_probability(1e9, META) <= 1


def test_logit_undoes_sigmoid():
    z = np.linspace(-10, 10, 101).astype(np.float32)
    assert np.allclose(logit(sigmoid(z)), z, atol=0.02)
