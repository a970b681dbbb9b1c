"""Polygons to pixels: a pixel belongs to a polygon when its centre does (even-odd rule).

Drawing libraries also paint the outline, which makes a lesion of one pixel four pixels large, and
their time and memory follow the coordinates, not the picture. Here both are bounded: what lies
outside the picture costs nothing, and `Budget` ends what would take minutes.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import BoolArray

Ring = npt.NDArray[np.float64]

_AT_ONCE = 1 << 21
_FURTHEST = 1e7
# What an object costs beside its crossings, in crossings: 37,500 objects a photo can be drawn.
_PER_OBJECT = 800
# Vertices of a polygon without area whose outline is still drawn.
_THIN_VERTICES = 10_000


class TooMuch(Exception):
    """One photo's annotation asks for more work than any real one."""


@dataclass
class Budget:
    """Work that one photo's annotation may still cause.

    Attributes:
        crossings: Rows crossed by edges, all polygons together (about 100 ns each).
        pixels: Pixels of all objects' boxes together (about 10 ns each).
    """

    crossings: int = 30_000_000
    pixels: int = 400_000_000

    def take(self, crossings: int = 0, pixels: int = 0) -> None:
        """Use some. Raises TooMuch when it is not there."""
        if crossings > self.crossings or pixels > self.pixels:
            raise TooMuch
        self.crossings -= crossings
        self.pixels -= pixels


@dataclass(frozen=True)
class Patch:
    """Pixels of one object.

    Attributes:
        x: Column of the first pixel of `mask`.
        y: Row of the first pixel of `mask`.
        mask: [h, w] bool, inside the photo.
    """

    x: int
    y: int
    mask: BoolArray

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns in the photo."""
        height, width = self.mask.shape
        return slice(self.y, self.y + height), slice(self.x, self.x + width)


def as_ring(points: object) -> Ring | None:
    """Points from a file as [n, 2] float64; None when they are no finite numbers.

    Args:
        points: [[x, y], …] or [x, y, x, y, …], px.
    """
    try:
        ring = np.asarray(points, dtype=np.float64)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    if ring.ndim == 1 and ring.size % 2 == 0:
        ring = ring.reshape(-1, 2)
    if ring.ndim != 2 or ring.shape[1] != 2 or not ring.size or not bool(np.isfinite(ring).all()):
        return None
    return ring


def fill(rings: Sequence[Ring], width: int, height: int, budget: Budget) -> Patch | None:
    """The pixels whose centres lie inside an odd number of rings.

    A polygon without any such pixel (a point, a line, a sliver) gives the pixels that its outline
    touches: lesions of one pixel, as tools that trace pixel centres write them, are not lost.

    Args:
        rings: Outlines and holes, [n, 2] float64 px; closed by themselves.
        width: Of the photo, px.
        height: Of the photo, px.
        budget: Is used up by what this costs.

    Returns:
        The pixels, or None when none is inside the photo.

    Raises:
        TooMuch: the budget does not suffice.
    """
    start = np.concatenate(rings)
    (left, top), (right, bottom) = start.min(axis=0).tolist(), start.max(axis=0).tolist()
    if max(-left, -top, right, bottom) > _FURTHEST:
        rings = [np.clip(ring, -_FURTHEST, _FURTHEST) for ring in rings]
        start = np.concatenate(rings)
    end = np.concatenate([part for ring in rings for part in (ring[1:], ring[:1])])
    budget.take(crossings=_PER_OBJECT)
    x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
    x1, y1 = min(width, math.ceil(right)), min(height, math.ceil(bottom))
    if x1 > x0 and y1 > y0:
        budget.take(pixels=(x1 - x0 + 1) * (y1 - y0))
        mask = _scan(start, end, (x0, y0, x1, y1), budget)
        if bool(mask.any()):
            return Patch(x0, y0, mask)
    return _thin(rings, width, height, budget)


def _scan(start: Ring, end: Ring, box: tuple[int, int, int, int], budget: Budget) -> BoolArray:
    """[h, w] bool: the part `box` (x0, y0, x1, y1) of an even-odd fill."""
    x0, y0, x1, y1 = box
    # Each edge from its upper to its lower end: two edges that run to and fro give the same
    # numbers to the last bit, so the bridges to holes cancel out.
    down = start[:, 1] <= end[:, 1]
    upper, lower = np.where(down[:, None], start, end), np.where(down[:, None], end, start)
    first = _clip(np.ceil(upper[:, 1] - 0.5), y0, y1)
    count = _clip(np.ceil(lower[:, 1] - 0.5), y0, y1) - first
    used = np.flatnonzero(count > 0)
    upper, lower, first, count = upper[used], lower[used], first[used], count[used]
    budget.take(crossings=int(count.sum()) + len(start))
    slope = (lower[:, 0] - upper[:, 0]) / (lower[:, 1] - upper[:, 1])
    toggles = np.zeros((y1 - y0, x1 - x0 + 1), np.uint8)
    flat = toggles.reshape(-1)
    for part in _parts(count):
        n = count[part]
        edge = np.repeat(np.arange(part.start, part.stop), n)
        step = np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)
        row = first[edge] + step
        x = upper[edge, 0] + (row + 0.5 - upper[edge, 1]) * slope[edge]
        column = _clip(np.ceil(x - 0.5), x0, x1) - x0
        np.bitwise_xor.at(flat, (row - y0) * toggles.shape[1] + column, np.uint8(1))
    np.bitwise_xor.accumulate(toggles, axis=1, out=toggles)
    return toggles[:, :-1].astype(np.bool_)


def _clip(values: npt.NDArray[np.float64], low: int, high: int) -> npt.NDArray[np.int64]:
    """`np.clip` to whole numbers; four times as fast for the few vertices of a small lesion."""
    return np.minimum(np.maximum(values, low), high).astype(np.int64)


def _parts(count: npt.NDArray[np.int64]) -> list[slice]:
    """Slices of edges with about `_AT_ONCE` crossings each."""
    if not len(count):
        return []
    total = np.cumsum(count)
    if total[-1] <= _AT_ONCE:
        return [slice(0, len(count))]
    marks = np.searchsorted(total, np.arange(_AT_ONCE, int(total[-1]), _AT_ONCE), side="left") + 1
    cuts = [0, *np.unique(marks).tolist(), len(count)]
    return [slice(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def _thin(rings: Sequence[Ring], width: int, height: int, budget: Budget) -> Patch | None:
    """The pixels that the outline of a sliver touches; None when it lies outside the photo."""
    if sum(len(ring) for ring in rings) > _THIN_VERTICES:
        return None
    return lines(rings, width, height, budget, closed=True)


def lines(
    paths: Sequence[Ring], width: int, height: int, budget: Budget, *, closed: bool = False
) -> Patch | None:
    """The pixels that lines touch, one pixel wide; None when they lie outside the photo.

    Raises:
        TooMuch: the budget does not suffice.
    """
    points = [np.floor(np.clip(path, -_FURTHEST, _FURTHEST)).astype(np.int32) for path in paths]
    everything = np.concatenate(points)
    (x0, y0), (x1, y1) = everything.min(axis=0), everything.max(axis=0) + 1
    x0, y0, x1, y1 = max(0, int(x0)), max(0, int(y0)), min(width, int(x1)), min(height, int(y1))
    if x1 <= x0 or y1 <= y0:
        return None
    budget.take(
        pixels=(x1 - x0) * (y1 - y0), crossings=len(everything) * min(1000, x1 - x0 + y1 - y0)
    )
    canvas = np.zeros((y1 - y0, x1 - x0), np.uint8)
    offset = np.array([x0, y0], np.int32)
    cv2.polylines(canvas, [p - offset for p in points], closed, 1)
    mask = canvas.astype(np.bool_)
    return Patch(x0, y0, mask) if bool(mask.any()) else None


def disc(
    x: float, y: float, radius: float, width: int, height: int, budget: Budget
) -> Patch | None:
    """The pixels whose centres lie in a circle (px), at least the one under its centre."""
    if not np.isfinite([x, y, radius]).all():
        return None
    x0, x1 = (int(np.clip(v, 0, width)) for v in (np.floor(x - radius), np.ceil(x + radius)))
    y0, y1 = (int(np.clip(v, 0, height)) for v in (np.floor(y - radius), np.ceil(y + radius)))
    if x1 > x0 and y1 > y0:
        budget.take(pixels=(x1 - x0) * (y1 - y0))
        across = (np.arange(x0, x1) + 0.5 - x) ** 2
        along = (np.arange(y0, y1) + 0.5 - y) ** 2
        mask = along[:, None] + across[None] <= radius * radius
        if bool(mask.any()):
            return Patch(x0, y0, mask)
    if 0 <= x < width and 0 <= y < height:
        return Patch(int(x), int(y), np.ones((1, 1), np.bool_))
    return None
