"""Where the tiles of a photo lie, and cutting them out. All lengths are network px."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import RgbArray

# Tile corners fall on cells of the coarsest map that is stitched (attention, stride 16).
ALIGN_PX = 16
FULL_OVERLAP = 0.25
GRID24_LONG, GRID24_SHORT = 6, 4


@dataclass(frozen=True)
class TileGrid:
    """A lattice of equal square tiles over a photo, numbered in raster order.

    Attributes:
        height: Photo at network scale, without padding.
        width: See height.
        tile: Side of a tile.
        ys: First row of each row of tiles.
        xs: First column of each column of tiles.
    """

    height: int
    width: int
    tile: int
    ys: tuple[int, ...]
    xs: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ys) * len(self.xs)

    @property
    def padded_height(self) -> int:
        """Rows that the tiles cover."""
        return self.ys[-1] + self.tile

    @property
    def padded_width(self) -> int:
        """Columns that the tiles cover."""
        return self.xs[-1] + self.tile

    def rect(self, index: int) -> Rect:
        """The whole tile; may reach into the padding."""
        row, column = divmod(index, len(self.xs))
        y, x = self.ys[row], self.xs[column]
        return Rect(y, x, y + self.tile, x + self.tile)

    def valid(self, index: int) -> Rect:
        """The part of the tile that shows the photo."""
        return self.rect(index).clip(self.height, self.width)

    def neighbour(self, index: int, down: int, right: int) -> int | None:
        """The tile that many rows further down and columns further right; None outside."""
        row, column = divmod(index, len(self.xs))
        row, column = row + down, column + right
        if 0 <= row < len(self.ys) and 0 <= column < len(self.xs):
            return row * len(self.xs) + column
        return None


def make_grid(height: int, width: int, tile: int, *, overlap: float = FULL_OVERLAP) -> TileGrid:
    """The fewest evenly spread tiles whose overlap is at least `overlap` of a tile."""
    return TileGrid(
        height, width, tile, _starts(height, tile, overlap), _starts(width, tile, overlap)
    )


def make_grid24(height: int, width: int, tile: int) -> TileGrid:
    """The initial generation's 6×4 tiles, six along the longer side; more where needed."""
    rows, columns = (GRID24_SHORT, GRID24_LONG) if width >= height else (GRID24_LONG, GRID24_SHORT)
    return TileGrid(height, width, tile, _spread(height, tile, rows), _spread(width, tile, columns))


def pad_to_grid(image: RgbArray, grid: TileGrid) -> RgbArray:
    """The photo at network scale, mirrored into the padding below and to the right."""
    bottom, right = grid.padded_height - grid.height, grid.padded_width - grid.width
    if not bottom and not right:
        return np.ascontiguousarray(image)
    padded = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REFLECT_101)
    return np.asarray(padded, np.uint8)


def cut(padded: RgbArray, grid: TileGrid, index: int) -> npt.NDArray[np.uint8]:
    """One tile [tile, tile, 3] of a padded photo; a view."""
    return padded[grid.rect(index).slices]


def _starts(length: int, tile: int, overlap: float) -> tuple[int, ...]:
    step = max(1, int(tile * (1 - overlap)) // ALIGN_PX) * ALIGN_PX
    span = max(0, _aligned(length) - tile)
    return _spread(length, tile, -(-span // step) + 1)


def _spread(length: int, tile: int, count: int) -> tuple[int, ...]:
    """`count` aligned starts from 0 to the last possible one, steps as equal as can be."""
    units = max(0, _aligned(length) - tile) // ALIGN_PX
    count = max(count, math.ceil(units * ALIGN_PX / tile) + 1)
    if units == 0:
        return (0,)
    return tuple(sorted({round(i * units / (count - 1)) * ALIGN_PX for i in range(count)}))


def _aligned(length: int) -> int:
    return -(-length // ALIGN_PX) * ALIGN_PX
