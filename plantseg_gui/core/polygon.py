"""Closed outlines as pixels."""

from collections.abc import Sequence

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.strokes import Point


def polygon_mask(points: Sequence[Point], shape: tuple[int, int]) -> tuple[Rect, BoolArray]:
    """The pixels of a closed outline and of everything inside it.

    Args:
        points: (y, x) in photo px, at least 3; fewer give nothing.
        shape: Rows and columns of the photo; what lies outside is cut off.

    Returns:
        The rectangle inside the photo and its mask [h, w] bool; both empty for nothing.
    """
    nothing = Rect(0, 0, 0, 0), np.zeros((0, 0), bool)
    if len(points) < 3:
        return nothing
    # Whole pixels: what the outline runs through belongs to the region.
    pixels = np.floor(np.array(points, dtype=float)).astype(np.int32)
    y0, x0 = pixels.min(axis=0).tolist()
    y1, x1 = (pixels.max(axis=0) + 1).tolist()
    rect = Rect(y0, x0, y1, x1).clip(*shape)
    if rect.empty:
        return nothing
    inside = np.zeros((rect.height, rect.width), dtype=np.uint8)
    outline = pixels[:, ::-1] - np.array([rect.x0, rect.y0], dtype=np.int32)
    cv2.fillPoly(inside, [np.ascontiguousarray(outline)], 1)
    return rect, inside.view(bool)
