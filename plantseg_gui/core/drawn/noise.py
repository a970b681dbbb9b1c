"""Smooth random fields: the raw material of every texture here.

Fields are made on a coarse grid and resized, never pixel by pixel: 10 ms at 2048².
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import FloatArray

# What a formula may hand on: float32 or float64.
Reals = npt.NDArray[np.floating[Any]]

_COARSE_CELL_PX = 24.0


def smooth(
    rng: np.random.Generator, height: int, width: int, cell_px: float, stretch: float = 1.0
) -> FloatArray:
    """[height, width] float32 of mean 0 and spread about 1, varying over cell_px.

    Args:
        rng: Where the randomness comes from.
        height: px.
        width: px.
        cell_px: Size of a blob.
        stretch: How much longer blobs are along x than along y.
    """
    cell_px = max(1.0, cell_px)
    if cell_px >= _COARSE_CELL_PX and min(height, width) >= 64:
        quarter = smooth(rng, (height + 3) // 4, (width + 3) // 4, cell_px / 4, stretch)
        return _resized(quarter, height, width, cv2.INTER_LINEAR)
    rows = max(3, round(height / cell_px) + 1)
    columns = max(3, round(width / (cell_px * stretch)) + 1)
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    return _resized(grid, height, width, cv2.INTER_CUBIC) * np.float32(1.25)


def rough(
    rng: np.random.Generator, height: int, width: int, cell_px: float, octaves: int
) -> FloatArray:
    """Sum of `octaves` smooth fields, each half as large and 0.6 as strong as the one before."""
    total = np.zeros((height, width), np.float32)
    weight, norm = 1.0, 0.0
    for _ in range(octaves):
        total += np.float32(weight) * smooth(rng, height, width, cell_px)
        norm += weight * weight
        weight *= 0.6
        cell_px /= 2.0
        if cell_px < 1.0:
            break
    return total / np.float32(np.sqrt(norm))


def grain(rng: np.random.Generator, height: int, width: int, channels: int) -> FloatArray:
    """[height, width, channels] white noise of spread 1, repeated from a smaller patch."""
    side = min(512, max(height, width))
    patch = rng.standard_normal((side, side, channels), dtype=np.float32)
    rows, columns = -(-height // side), -(-width // side)
    return np.tile(patch, (rows, columns, 1))[:height, :width]


def smoothstep(low: float, high: float, values: FloatArray) -> FloatArray:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)


def _resized(field: FloatArray, height: int, width: int, how: int) -> FloatArray:
    return np.asarray(cv2.resize(field, (width, height), interpolation=how), np.float32)
