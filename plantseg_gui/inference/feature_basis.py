"""Fewer, comparable numbers per cell: the main directions of a photo's own features.

Each channel is brought to a spread of 1 first, and the strongest directions are damped: else a few
loud channels would decide which cells look alike.
"""

import numpy as np
import torch
from torch import Tensor

from plantseg_gui.core.results import HalfArray

DIRECTIONS = 64
# Exponent of the damping: 0 leaves the directions as they are, 1 makes all equally strong.
DAMPING = 0.5
_LEARN_FROM_CELLS = 16384
_CHUNK = 8192
_FLOOR = 1e-3


def reduce_features(features: HalfArray) -> Tensor:
    """Bring a photo's features to its own main directions.

    Args:
        features: [C, h, w] float16; read in chunks, never whole in float32.

    Returns:
        [h · w, D] float32 tensor, D at most `DIRECTIONS`; total variance 1 over the photo.
    """
    flat = features.reshape(len(features), -1)
    count = flat.shape[1]
    step = max(1, -(-count // _LEARN_FROM_CELLS))
    some = _floats(flat[:, ::step])
    mean, spread = some.mean(0), some.std(0, correction=0) + _FLOOR
    some = (some - mean) / spread
    values, vectors = torch.linalg.eigh(some.T @ some / len(some))
    values = values.flip(0)[:DIRECTIONS].clamp_min(1e-8)
    basis = vectors.flip(1)[:, :DIRECTIONS] * values ** (-DAMPING / 2)
    basis = basis / torch.sqrt((values ** (1 - DAMPING)).sum()) / spread[:, None]
    reduced = torch.empty((count, basis.shape[1]))
    for start in range(0, count, _CHUNK):
        part = _floats(flat[:, start : start + _CHUNK])
        reduced[start : start + _CHUNK] = (part - mean) @ basis
    return reduced


def _floats(part: HalfArray) -> Tensor:
    """[C, n] float16 → [n, C] float32."""
    return torch.from_numpy(part.astype(np.float32)).T
