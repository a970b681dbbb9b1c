"""The pixels under a brush: stamps, and strokes as unions of stamps along a path.

Points are (y, x) in photo px where pixel (0, 0) covers 0 to 1 on both axes, so a point belongs to
the pixel of its whole-number part.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray

BrushShape = Literal["round", "square"]
Point = tuple[float, float]

# Up to this radius one dilation is cheaper than stamping, because stamps lie a pixel apart.
_DILATE_UP_TO_PX = 8


@lru_cache(maxsize=64)
def disk(radius_px: float, shape: BrushShape = "round") -> BoolArray:
    """The stamp of a brush, [2r + 1, 2r + 1] bool, read-only.

    Args:
        radius_px: 0 is a single pixel; 20 is a stamp of 41 px.
        shape: "round" or "square".

    Raises:
        ValueError: A negative radius or an unknown shape.
    """
    if radius_px < 0:
        raise ValueError(f"the brush radius is {radius_px} px; it must be 0 or more")
    if shape not in ("round", "square"):
        raise ValueError(f"the brush shape is {shape!r}; it must be 'round' or 'square'")
    # The largest whole number whose square is below r² + r: no empty rim for radii between.
    half = max(0, math.ceil(math.sqrt(radius_px * (radius_px + 1.0))) - 1)
    if shape == "square":
        stamp = np.ones((2 * half + 1, 2 * half + 1), dtype=bool)
    else:
        offsets = np.arange(-half, half + 1)
        distance2 = offsets[:, None] ** 2 + offsets[None, :] ** 2
        # r² alone leaves single pixels sticking out at the four ends; r² + r rounds them off.
        stamp = (distance2 < radius_px * (radius_px + 1.0)) | (distance2 == 0)
    stamp.flags.writeable = False
    return stamp


def stroke_mask(
    points: Sequence[Point],
    radius: float,
    image_shape: tuple[int, int],
    shape: BrushShape = "round",
) -> tuple[Rect, BoolArray]:
    """The pixels that a brush covers along a path, with stamps at most radius / 4 apart.

    Args:
        points: The path, (y, x) in photo px; one point is one dab.
        radius: Photo px.
        image_shape: Rows and columns of the photo; what lies outside is cut off.
        shape: "round" or "square".

    Returns:
        The rectangle inside the photo and its mask [h, w] bool; both empty when the path lies
        outside the photo or has no point.
    """
    stamp = disk(radius, shape)
    half = stamp.shape[0] // 2
    # A round brush at r / 4 leaves notches of r / 128; a square one needs every pixel of the path.
    spacing = max(radius / 4.0, 0.5) if shape == "round" else 0.5
    centres = _centres(points, spacing)
    # Stamps wholly outside would only make the arrays large.
    reach = np.array(image_shape) + half
    centres = centres[((centres >= -half) & (centres < reach)).all(axis=1)]
    if not len(centres):
        return Rect(0, 0, 0, 0), np.zeros((0, 0), dtype=bool)
    y0, x0 = (int(v) - half for v in centres.min(axis=0))
    y1, x1 = (int(v) + half + 1 for v in centres.max(axis=0))
    mask = _union(centres - (y0, x0), stamp, (y1 - y0, x1 - x0))
    rect = Rect(y0, x0, y1, x1).clip(*image_shape)
    if rect.empty:
        return Rect(0, 0, 0, 0), np.zeros((0, 0), dtype=bool)
    return rect, mask[rect.y0 - y0 : rect.y1 - y0, rect.x0 - x0 : rect.x1 - x0]


def _centres(points: Sequence[Point], spacing: float) -> np.ndarray:
    """Pixels at which to stamp, [n, 2] int64, without repeats."""
    path = np.array(points, dtype=float).reshape(-1, 2)
    pieces = [path[:1]]
    for start, end in pairwise(path):
        steps = max(1, math.ceil(float(np.hypot(*(end - start))) / spacing))
        share = np.arange(1, steps + 1)[:, None] / steps
        pieces.append(start + (end - start) * share)
    pixels = np.floor(np.concatenate(pieces)).astype(np.int64)
    return np.unique(pixels, axis=0)


def _union(centres: np.ndarray, stamp: BoolArray, shape: tuple[int, int]) -> BoolArray:
    """The union of `stamp` at every centre, [h, w] bool."""
    half = stamp.shape[0] // 2
    if half <= _DILATE_UP_TO_PX and len(centres) > 4:
        dots = np.zeros(shape, dtype=np.uint8)
        dots[centres[:, 0], centres[:, 1]] = 1
        return cv2.dilate(dots, stamp.view(np.uint8)).view(bool)
    mask = np.zeros(shape, dtype=bool)
    for y, x in centres.tolist():
        mask[y - half : y + half + 1, x - half : x + half + 1] |= stamp
    return mask
