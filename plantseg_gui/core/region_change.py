"""What the functions on regions of a label image have in common: what they give back, and boxes."""

from typing import NamedTuple

import cv2
import numpy as np

from plantseg_gui.core.edits import crop_to_change
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import LabelArray

# The rectangle that differs and its new values [h, w] uint16, for `Document.apply_region`.
Change = tuple[Rect, LabelArray]


class ChangeCount(NamedTuple):
    """How much a change changes.

    Attributes:
        lesions: Lesions that lose or gain a pixel.
        gone: Those of them of which nothing is left; parts that others took over included.
        pixels: Pixels with another label.
    """

    lesions: int
    gone: int
    pixels: int


def no_change() -> Change:
    """An empty rectangle: nothing would change."""
    return Rect(0, 0, 0, 0), np.zeros((0, 0), dtype=np.uint16)


def cropped_change(labels: LabelArray, rect: Rect, values: LabelArray) -> Change:
    """The part of `rect` in which `values` [h, w] uint16 differ from `labels` [H, W] uint16."""
    cropped = crop_to_change(rect, labels[rect.slices], values)
    if cropped is None:
        return no_change()
    return cropped[0], cropped[2]


def count_change(labels: LabelArray, change: Change) -> ChangeCount:
    """How many lesions and pixels of `labels`, [H, W] uint16, a change changes."""
    rect, values = change
    before = labels[rect.slices]
    different = before != values
    pixels = int(np.count_nonzero(different))
    if not pixels:
        return ChangeCount(0, 0, 0)
    lost = np.bincount(before[different], minlength=UNSURE + 1)
    gained = np.bincount(values[different], minlength=UNSURE + 1)
    concerned = (lost + gained) > 0
    concerned[[HEALTHY, UNSURE]] = False
    left = np.zeros(UNSURE + 1, dtype=bool)
    left[values.ravel()] = True
    # A lesion that is not in the new values may go on outside the rectangle.
    suspects = np.flatnonzero(concerned & ~left)
    gone = 0
    if suspects.size:
        areas = np.bincount(labels.ravel(), minlength=UNSURE + 1)
        gone = int(np.count_nonzero(areas[suspects] == lost[suspects]))
    return ChangeCount(int(np.count_nonzero(concerned)), gone, pixels)


def lesion_boxes(labels: LabelArray, lesion_id: int | None = None) -> list[tuple[int, Rect]]:
    """Ids and boxes of all lesions of `labels`, [H, W] uint16, or of one if it exists."""
    if lesion_id is not None:
        if not HEALTHY < lesion_id < UNSURE:
            return []
        x, y, width, height = cv2.boundingRect((labels == lesion_id).view(np.uint8))
        return [(lesion_id, Rect(y, x, y + height, x + width))] if width else []
    from scipy import ndimage  # here: it would make the window wait at its start

    boxes = []
    for index, found in enumerate(ndimage.find_objects(labels)):
        if found is not None and index + 1 != UNSURE:
            rows, columns = found
            boxes.append((index + 1, Rect(rows.start, columns.start, rows.stop, columns.stop)))
    return boxes
