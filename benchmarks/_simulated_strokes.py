"""Strokes as a person would draw them: along the middle of the largest remaining error."""

import heapq
from typing import NamedTuple

import cv2
import numpy as np
from skimage.morphology import skeletonize

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.scribbles import ScribbleStroke

# A brush is a hundredth of the photo's long side, a stroke four brushes long.
BRUSH_SHARE, BRUSH_LEAST_PX, LENGTH_BRUSHES = 100, 3, 4
# Smaller errors are left: nobody would stroke them.
LEAST_ERROR_PX = 4

_Pixel = tuple[int, int]


class _Error(NamedTuple):
    area: int
    lesion: bool
    rect: Rect
    mask: BoolArray


def next_stroke(found: BoolArray, truth: BoolArray) -> ScribbleStroke | None:
    """The stroke on the largest wrong component, labelled by the truth.

    Args:
        found: [H, W] bool.
        truth: [H, W] bool.

    Returns:
        Its pixels all lie in that component; None where nothing larger than a speck is wrong.
    """
    errors = [e for e in (_largest(truth & ~found, True), _largest(found & ~truth, False)) if e]
    if not errors:
        return None
    error = max(errors, key=lambda e: e.area)
    brush = max(BRUSH_LEAST_PX, round(max(truth.shape) / BRUSH_SHARE))
    return ScribbleStroke(error.rect, along_middle(error.mask, brush), error.lesion)


def along_middle(component: BoolArray, brush_px: int) -> BoolArray:
    """A line of the brush's width on the medial axis, through the innermost point.

    Args:
        component: [h, w] bool, connected.
        brush_px: Width; the line is at most four times as long.
    """
    padded = np.pad(component, 1)
    depth = cv2.distanceTransform(padded.view(np.uint8), cv2.DIST_L2, 3)
    axis = skeletonize(padded)
    deep = depth * axis if axis.any() else depth
    row, column = np.unravel_index(int(deep.argmax()), depth.shape)
    middle = int(row), int(column)
    length = LENGTH_BRUSHES * brush_px
    near, _ = _walk(axis, middle, length / 2)
    end = max(near, key=lambda p: (near[p], p))
    far, before = _walk(axis, end, length)
    at: _Pixel | None = max((p for p in far if p in near), key=lambda p: (far[p], p))
    path = []
    while at is not None:
        path.append((at[1], at[0]))
        at = before[at]
    line = np.zeros(padded.shape, np.uint8)
    cv2.polylines(line, [np.array(path, np.int32)[:, None]], False, 1, brush_px)
    return (line[1:-1, 1:-1] > 0) & component


def _largest(wrong: BoolArray, lesion: bool) -> _Error | None:
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        wrong.view(np.uint8), connectivity=8
    )
    if count < 2:
        return None
    own = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, width, height, area = (int(v) for v in stats[own])
    if area < LEAST_ERROR_PX:
        return None
    rect = Rect(y, x, y + height, x + width)
    return _Error(area, lesion, rect, numbers[rect.slices] == own)


def _walk(
    axis: BoolArray, start: _Pixel, limit: float
) -> tuple[dict[_Pixel, float], dict[_Pixel, _Pixel | None]]:
    """Lengths of the shortest ways on the axis, and where each comes from."""
    lengths: dict[_Pixel, float] = {start: 0.0}
    before: dict[_Pixel, _Pixel | None] = {start: None}
    queue = [(0.0, start)]
    while queue:
        length, at = heapq.heappop(queue)
        if length > lengths[at]:
            continue
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                to = at[0] + down, at[1] + right
                longer = length + float(np.hypot(down, right))
                if axis[to] and longer <= limit and longer < lengths.get(to, np.inf):
                    lengths[to], before[to] = longer, at
                    heapq.heappush(queue, (longer, to))
    return lengths, before
