"""Whole areas put onto the labels in one undo step: what polygon, lasso, rectangle and wand end in.

An area that is added joins the lesion that it overlaps most, as a brush stroke does, or becomes a
new one.
"""

from enum import StrEnum

import cv2
import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.limits import NO_LIMITS, PaintLimits
from plantseg_gui.core.results import BoolArray, LabelArray


class Operation(StrEnum):
    """How an area meets the lesions that are there."""

    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


_NAMES = {
    Operation.ADD: "Add area",
    Operation.SUBTRACT: "Take area away",
    Operation.INTERSECT: "Keep what is inside",
}


def paint_area(
    document: Document,
    rect: Rect,
    mask: BoolArray,
    operation: Operation = Operation.ADD,
    *,
    unsure: bool = False,
    limits: PaintLimits = NO_LIMITS,
    join_touching: bool = False,
    name: str = "",
) -> Edit | None:
    """Put an area onto the labels.

    Args:
        document: Its labels are changed, through its history.
        rect: Where, inside the photo.
        mask: [h, w] bool of `rect`.
        operation: ADD: the area becomes lesion. SUBTRACT: healthy. INTERSECT: of the lesions that
            the area touches, what lies outside it becomes healthy.
        unsure: ADD gives "unsure" instead of lesion.
        limits: Pixels outside them keep their labels.
        join_touching: What is added and overlaps no lesion joins the one that it touches most.
        name: Of the step; by default what is done.

    Returns:
        The step; None when a stroke is open or nothing would change.

    Raises:
        ValueError: All lesion ids are in use.
    """
    if document.history.open or rect.empty:
        return None
    if operation is Operation.INTERSECT:
        rect, mask = _outside(document.labels.array, rect, mask)
        if rect.empty:
            return None
    allowed = limits.allowed(document, rect)
    if allowed is not None:
        mask = mask & allowed
    if not mask.any():
        return None
    values = document.labels.read(rect)
    if operation is not Operation.ADD:
        values[mask] = HEALTHY
    elif unsure:
        values[mask] = UNSURE
    else:
        lesion = most_overlapped(values[mask])
        if not lesion and join_touching:
            lesion = most_overlapped(_rim(document.labels.array, rect, mask))
        values[mask] = lesion or document.labels.next_id()
    document.history.begin(name or _NAMES[operation])
    document.history.paint(rect, values, mask)
    return document.history.commit()


def most_overlapped(below: LabelArray) -> int:
    """The lesion with most of these labels [n] uint16, the lower id of equals; 0 for none."""
    counts = np.bincount(below, minlength=UNSURE + 1)
    counts[[HEALTHY, UNSURE]] = 0
    return int(np.argmax(counts))


def _rim(labels: LabelArray, rect: Rect, mask: BoolArray) -> LabelArray:
    """The labels around an area, [n] uint16: of the pixels outside it that touch it."""
    around = rect.pad(1).clip(*labels.shape)
    inside = np.zeros((around.height, around.width), np.uint8)
    inside[rect.moved(-around.y0, -around.x0).slices] = mask
    return labels[around.slices][cv2.dilate(inside, np.ones((3, 3), np.uint8)) > inside]


def _outside(labels: LabelArray, rect: Rect, mask: BoolArray) -> tuple[Rect, BoolArray]:
    """Of the lesions under the area, what lies outside it."""
    below = np.unique(labels[rect.slices][mask])
    touched = np.zeros(np.iinfo(np.uint16).max + 1, bool)
    touched[below] = True
    touched[[HEALTHY, UNSURE]] = False
    if not touched.any():
        return Rect(0, 0, 0, 0), np.zeros((0, 0), bool)
    outside = touched[labels]
    outside[rect.slices] &= ~mask
    rows, columns = np.flatnonzero(outside.any(axis=1)), np.flatnonzero(outside.any(axis=0))
    if not rows.size:
        return Rect(0, 0, 0, 0), np.zeros((0, 0), bool)
    box = Rect(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    return box, outside[box.slices]
