"""Which tiles are processed, and in which order (specification 2.3 and 2.4)."""

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, FloatArray, ScoredTile
from plantseg_gui.inference.tiles import TileGrid

LEAF_MARGIN_PX = 32
BORDER_PX = 2
_SCORE_PERCENTILE = 95


def tile_scores(score_map: FloatArray, grid: TileGrid) -> FloatArray:
    """Score of every tile: mean and 95th percentile of its part of the scorer's map, half each.

    The percentile keeps small lesions at a tile's edge from being averaged away.

    Args:
        score_map: [h, w] lesion probability of the whole photo, long side about 256.
        grid: The tiles.

    Returns:
        [tiles] float32.
    """
    rows, columns = score_map.shape
    scores = np.zeros(len(grid), np.float32)
    for index in range(len(grid)):
        rect = grid.valid(index)
        y0, y1 = rect.y0 * rows // grid.height, -(-rect.y1 * rows // grid.height)
        x0, x1 = rect.x0 * columns // grid.width, -(-rect.x1 * columns // grid.width)
        part = score_map[min(y0, rows - 1) : y1, min(x0, columns - 1) : x1]
        scores[index] = 0.5 * part.mean() + 0.5 * np.percentile(part, _SCORE_PERCENTILE)
    return scores


def scored_tiles(
    scores: FloatArray, grid: TileGrid, processed: set[int], height: int, width: int
) -> tuple[ScoredTile, ...]:
    """The grid as a person reads it: rectangles of the photo, in raster order.

    Args:
        scores: As `tile_scores` gives them.
        grid: The tiles.
        processed: Those that the network looked at.
        height: Photo px.
        width: Photo px.
    """
    down, across = height / grid.height, width / grid.width
    made = []
    for index in range(len(grid)):
        tile = grid.valid(index)
        rect = Rect(
            round(tile.y0 * down),
            round(tile.x0 * across),
            round(tile.y1 * down),
            round(tile.x1 * across),
        )
        made.append(ScoredTile(rect, float(scores[index]), index in processed))
    return tuple(made)


def leaf_at_network_scale(leaf: BoolArray, height: int, width: int) -> BoolArray:
    """The leaf mask at network scale: set wherever any leaf pixel falls."""
    area = cv2.resize(leaf.view(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(area > 0)


def leaf_tiles(leaf: BoolArray, grid: TileGrid) -> list[int]:
    """The tiles that meet the leaf mask grown by 32 px, in raster order.

    Args:
        leaf: [h, w] at network scale.
        grid: The tiles.
    """
    return [
        index
        for index in range(len(grid))
        if leaf[grid.valid(index).pad(LEAF_MARGIN_PX).clip(*leaf.shape).slices].any()
    ]


def by_score(indices: list[int], scores: FloatArray) -> list[int]:
    """Falling score; equal scores in raster order."""
    return sorted(indices, key=lambda index: (-float(scores[index]), index))


def reached_neighbours(lesion: BoolArray, grid: TileGrid, index: int) -> list[int]:
    """The neighbours across whose border a lesion of this tile may go on.

    Decided on the tile's own unblended output, so the set of processed tiles does not depend on
    their order.

    Args:
        lesion: [h, w] mask of the tile's valid part.
        grid: The tiles.
        index: The tile.
    """
    bands = {-1: slice(0, BORDER_PX), 0: slice(0, None), 1: slice(-BORDER_PX, None)}
    reached: list[int] = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if (down, right) == (0, 0) or not lesion[bands[down], bands[right]].any():
                continue
            neighbour = grid.neighbour(index, down, right)
            if neighbour is not None:
                reached.append(neighbour)
    return reached
