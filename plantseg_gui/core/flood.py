"""The connected region around a point, found in a window that grows with it.

A photo may have 64 million pixels and a lesion a thousand: only what the region may reach is looked
at.
"""

from collections.abc import Callable

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray

# Half the side of the first window.
_REACH_PX = 64


def flood_region(
    belongs: Callable[[Rect], BoolArray],
    y: float,
    x: float,
    shape: tuple[int, int],
    most_px: int | None = None,
) -> tuple[Rect, BoolArray]:
    """The pixels that belong together with the one at (y, x).

    Regions connect over sides, not corners: a fill must not leak through a diagonal outline.

    Args:
        belongs: Which pixels of a rectangle inside the photo belong, [h, w] bool. The pixel at
            (y, x) always does.
        y: Photo px.
        x: Photo px.
        shape: Rows and columns of the photo.
        most_px: Give up when more pixels than this would have to be looked at; None: never.

    Returns:
        The box of the region and its mask [h, w] bool; both empty when it was given up.

    Raises:
        ValueError: The point lies outside the photo.
    """
    row, column = pixel_at(y, x, shape)
    whole = Rect(0, 0, *shape)
    window = Rect(row, column, row + 1, column + 1).pad(_REACH_PX).intersect(whole)
    while True:
        same = np.array(belongs(window), dtype=np.uint8)
        seed = column - window.x0, row - window.y0
        same[seed[1], seed[0]] = 1
        _, _, _, (left, top, width, height) = cv2.floodFill(same, None, seed, 2, flags=4)
        box = Rect(top, left, top + height, left + width)
        larger = _grown(window, box.moved(window.y0, window.x0), whole)
        if larger == window:
            return box.moved(window.y0, window.x0), same[box.slices] == 2
        if most_px is not None and larger.area > most_px:
            return Rect(0, 0, 0, 0), np.zeros((0, 0), bool)
        window = larger


def pixel_at(y: float, x: float, shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the pixel under a point in photo px.

    Raises:
        ValueError: The point lies outside the photo.
    """
    row, column = int(np.floor(y)), int(np.floor(x))
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(f"the point {y, x} lies outside the photo of {shape} px")
    return row, column


def _grown(window: Rect, box: Rect, whole: Rect) -> Rect:
    """The window, twice as long towards the sides at which the region may go on."""
    return Rect(
        window.y0 - (window.height if box.y0 == window.y0 else 0),
        window.x0 - (window.width if box.x0 == window.x0 else 0),
        window.y1 + (window.height if box.y1 == window.y1 else 0),
        window.x1 + (window.width if box.x1 == window.x1 else 0),
    ).intersect(whole)
