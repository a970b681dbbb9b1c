"""Logits to calibrated probabilities, with the numbers of a model's description."""

import math

import numpy as np

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import FloatArray

# Probabilities stay off 0 and 1: their logit is needed again, and 0 means "no tile was processed".
PROBABILITY_FLOOR = 1e-6


def sigmoid(logits: FloatArray) -> FloatArray:
    """1 / (1 + e^-z), without overflow, clipped to [1e-6, 1 - 1e-6]."""
    limited = np.clip(logits, -60, 60)
    probability = 1 / (1 + np.exp(-limited))
    return np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR).astype(np.float32)


def logit(probability: FloatArray) -> FloatArray:
    """The inverse of `sigmoid`, float32."""
    limited = np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR).astype(np.float64)
    return np.asarray(np.log(limited / (1 - limited)), np.float32)


def to_probability(logits: FloatArray, meta: ModelMeta) -> FloatArray:
    """Calibrated lesion probability: sigmoid(logit / temperature + bias)."""
    return sigmoid(logits / np.float32(meta.temperature) + np.float32(meta.bias))


def presence_probability(region_logit: float, meta: ModelMeta) -> float:
    """Calibrated probability that a tile, or a photo by its highest tile, holds disease."""
    z = region_logit / meta.presence_temperature + meta.presence_bias
    return 1 / (1 + math.exp(-min(60.0, max(-60.0, z))))
