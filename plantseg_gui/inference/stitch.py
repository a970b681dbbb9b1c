"""Tile outputs blended into whole maps, always summed in raster order.

Addition of floating-point numbers depends on its order, so the order is fixed here: the same kept
outputs give the same bits whatever tile was finished first.

A lesion map is the blend of the tiles' *calibrated probabilities*, never of their logits: each
tile's logits are calibrated (`calibration.to_probability`), then blended. This one definition holds
for the mask, for the previews, for each view of the uncertainty pass, and for what calibration
fits: as a weighted mean, the blend keeps the mean of probabilities and with it their calibration.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np

from plantseg_gui.core.results import BoolArray, FloatArray
from plantseg_gui.inference.tiles import TileGrid

SIGMA_SHARE = 1 / 8


@lru_cache(maxsize=8)
def window(tile: int, stride: int = 1) -> FloatArray:
    """Gaussian weight of a tile's pixels, σ = tile/8, zeros lifted to the smallest nonzero.

    Args:
        tile: Side in network px.
        stride: Network px per cell of the map that is blended.

    Source:
        nnU-Net, `sliding_window_prediction.py`, `compute_gaussian`.
    """
    cells = tile // stride
    at = (np.arange(cells, dtype=np.float64) + 0.5) * stride - tile / 2
    line = np.exp(-0.5 * (at / (tile * SIGMA_SHARE)) ** 2)
    weights = (line[:, None] * line[None]).astype(np.float32)
    weights /= weights.max()
    weights[weights == 0] = weights[weights > 0].min()
    weights.flags.writeable = False
    return weights


def shares(indices: Mapping[int, object], grid: TileGrid) -> Iterator[tuple[int, FloatArray]]:
    """How much each tile counts in a blend.

    Yields:
        A tile's number and its part of each pixel's weight, [h, w] of the part that shows the
        photo; over all tiles they add up to 1 at each pixel.
    """
    weights = window(grid.tile)
    total = np.zeros((grid.padded_height, grid.padded_width), np.float32)
    for index in sorted(indices):
        total[grid.rect(index).slices] += weights
    for index in sorted(indices):
        rect = grid.valid(index)
        yield index, weights[: rect.height, : rect.width] / total[rect.slices]


def covered(indices: Mapping[int, object], grid: TileGrid) -> BoolArray:
    """[h, w]: where at least one of the tiles lies."""
    mask = np.zeros((grid.height, grid.width), bool)
    for index in indices:
        mask[grid.valid(index).slices] = True
    return mask


def blend(
    indices: Mapping[int, object],
    grid: TileGrid,
    part: Callable[[int], FloatArray],
    *,
    stride: int = 1,
    channels: int = 0,
) -> FloatArray:
    """Weighted mean of the tiles' maps.

    Args:
        indices: The processed tiles (keys), in any order.
        grid: The tiles.
        part: Map of a tile, [t, t] or [channels, t, t] with t = tile / stride.
        stride: Network px per cell.
        channels: 0 for a map without channels.

    Returns:
        [h, w] or [channels, h, w] float32, rounded up to whole cells; 0 where no tile lies.
    """
    lead = (channels,) if channels else ()
    rows, columns = grid.padded_height // stride, grid.padded_width // stride
    total = np.zeros((*lead, rows, columns), np.float32)
    weight = np.zeros((rows, columns), np.float32)
    weights = window(grid.tile, stride)
    for index in sorted(indices):
        rect = grid.rect(index)
        y, x = rect.y0 // stride, rect.x0 // stride
        area = (slice(y, y + weights.shape[0]), slice(x, x + weights.shape[1]))
        total[(..., *area)] += part(index) * weights
        weight[area] += weights
    rows, columns = -(-grid.height // stride), -(-grid.width // stride)
    total, weight = total[..., :rows, :columns], weight[:rows, :columns]
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
