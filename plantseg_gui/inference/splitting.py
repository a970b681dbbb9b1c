"""Splitting one component into the lesions that the query head saw, by watershed."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, FloatArray, HalfArray

# The flooding runs on at most this many pixels: 128² take some ms, a whole photo seconds.
_WORK_PX = 128 * 128
_AFFINITY_STRIDE = 4


class Component(NamedTuple):
    """One component of the mask.

    Attributes:
        mask: [h, w] bool, its pixels within its bounding box, photo px.
        y: First row of the box.
        x: First column of the box.
        photo_shape: Photo px.
        network_shape: The same at network scale.
    """

    mask: BoolArray
    y: int
    x: int
    photo_shape: tuple[int, ...]
    network_shape: tuple[int, ...]


def split_component(
    part: Component, boxes: Sequence[Rect], affinity: HalfArray | None, least_px: int
) -> npt.NDArray[np.int32]:
    """Flood the component from the middle of every box.

    Args:
        part: The component.
        boxes: Boxes of its lesions, photo px, best first.
        affinity: [8, h/4, w/4] of the whole photo at network scale; None = distance alone.
        least_px: Smaller pieces go back to the largest one.

    Returns:
        [h, w] int32: 0 outside the component, pieces 1 to n; n = 1 when there is nothing to split.
    """
    from skimage.segmentation import watershed  # slow to load, seldom needed

    whole = part.mask.astype(np.int32)
    height, width = part.mask.shape
    ratio = max(1.0, part.photo_shape[0] / part.network_shape[0])
    ratio = max(ratio, (height * width / _WORK_PX) ** 0.5)
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    work = cv2.resize(part.mask.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    depth = _depth(work, part, affinity)
    markers = _markers(depth, part, boxes)
    if markers.max() < 2:
        return whole
    flooded = watershed(-depth, markers)
    pieces = cv2.resize(
        flooded.astype(np.int32), (width, height), interpolation=cv2.INTER_NEAREST_EXACT
    )
    return _tidy(np.where(part.mask, pieces, 0), least_px)


def _depth(work: npt.NDArray[np.uint8], part: Component, affinity: HalfArray | None) -> FloatArray:
    """Distance to the component's outline × mean affinity, at working size; 0 outside."""
    framed = cv2.copyMakeBorder(work, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    if affinity is None:
        return np.asarray(depth, np.float32)
    scale_y = part.network_shape[0] / part.photo_shape[0] / _AFFINITY_STRIDE
    scale_x = part.network_shape[1] / part.photo_shape[1] / _AFFINITY_STRIDE
    rows, columns = affinity.shape[1:]
    y0 = min(rows - 1, int(part.y * scale_y))
    x0 = min(columns - 1, int(part.x * scale_x))
    y1 = max(y0 + 1, round((part.y + part.mask.shape[0]) * scale_y))
    x1 = max(x0 + 1, round((part.x + part.mask.shape[1]) * scale_x))
    bond = affinity[:, y0:y1, x0:x1].astype(np.float32).mean(0)
    bond = cv2.resize(bond, (work.shape[1], work.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(depth * bond, np.float32)


def _markers(depth: FloatArray, part: Component, boxes: Sequence[Rect]) -> npt.NDArray[np.int32]:
    """One seed per box, at the deepest pixel of the box's inner half; equal seeds count once."""
    rows, columns = depth.shape
    scale_y, scale_x = rows / part.mask.shape[0], columns / part.mask.shape[1]
    markers = np.zeros(depth.shape, np.int32)
    count = 0
    for box in boxes:
        inner = Rect(
            box.y0 + box.height // 4,
            box.x0 + box.width // 4,
            box.y1 - box.height // 4,
            box.x1 - box.width // 4,
        )
        for rect in (inner, box):
            at = Rect(
                int((rect.y0 - part.y) * scale_y),
                int((rect.x0 - part.x) * scale_x),
                int(np.ceil((rect.y1 - part.y) * scale_y)),
                int(np.ceil((rect.x1 - part.x) * scale_x)),
            ).clip(rows, columns)
            if at.empty or depth[at.slices].max() <= 0:
                continue
            y, x = np.unravel_index(int(depth[at.slices].argmax()), (at.height, at.width))
            if markers[at.y0 + y, at.x0 + x] == 0:
                count += 1
                markers[at.y0 + y, at.x0 + x] = count
            break
    return markers


def _tidy(pieces: npt.NDArray[np.int32], least_px: int) -> npt.NDArray[np.int32]:
    """Pieces numbered 1 to n without gaps; those under `least_px` joined to the largest."""
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    largest = int(areas.argmax())
    numbers = np.zeros(len(areas), np.int32)
    kept = np.flatnonzero(areas >= max(1, least_px))
    numbers[kept] = np.arange(1, len(kept) + 1)
    small = (areas > 0) & (numbers == 0)
    numbers[small] = max(1, int(numbers[largest]))
    return np.asarray(numbers[pieces], np.int32)
