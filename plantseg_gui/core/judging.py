"""What a person says of single lesions: right, none, one together, or apart. Each is one undo step.

Who says which pixels make one lesion says it of all of them: all count as touched, or accepting a
prediction would undo it. The boxes that are given bound the work: a photo of 2048² is never
looked through.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY
from plantseg_gui.core.lesions import Lesion
from plantseg_gui.core.region_change import Change, lesion_boxes


def accept_lesions(document: Document, lesions: Sequence[Lesion]) -> Edit | None:
    """They are right as they are: all their pixels count as touched by a person.

    Args:
        document: The photo.
        lesions: As they are measured now.

    Returns:
        The step; None when a stroke is open or nothing would change.
    """
    return _relabel(document, "Accept " + _words(lesions), _boxes(lesions), None)


def reject_lesions(document: Document, lesions: Sequence[Lesion]) -> Edit | None:
    """They are none: their pixels become healthy, and a person said so. As `accept_lesions`."""
    return _relabel(document, "Reject " + _words(lesions), _boxes(lesions), HEALTHY)


def merge_lesions(document: Document, boxes: Mapping[int, Rect], keep: int) -> Edit | None:
    """They are one lesion, and a person said so.

    Args:
        document: The photo.
        boxes: Lesion id → its box, inside the photo.
        keep: The id of the lesion that they become.

    Returns:
        The step; None for fewer than two, when a stroke is open or nothing would change.
    """
    if len(boxes) < 2:
        return None
    return _relabel(document, f"Merge {len(boxes)} lesions", boxes, keep)


def part_lesions(document: Document, name: str, change: Change) -> Edit | None:
    """Write what a function of `regions` gave that parts lesions; all their parts are touched.

    Args:
        document: The photo.
        name: What the person did, in words.
        change: Rectangle and new labels [h, w] uint16.

    Returns:
        The step; None when a stroke is open or nothing would change.
    """
    rect, values = change
    if document.history.open or rect.empty:
        return None
    before = document.labels.array[rect.slices]
    parted = np.unique(before[before != values]).tolist()
    document.history.begin(name)
    document.history.paint(rect, values)
    touch_lesions(document, parted)
    return document.history.commit()


def touch_lesions(document: Document, ids: Iterable[int]) -> None:
    """Inside an open stroke: all pixels of these lesions count as touched; labels stay.

    Raises:
        RuntimeError: No stroke is open.
    """
    for lesion in ids:
        for _, box in lesion_boxes(document.labels.array, lesion):
            values = document.labels.read(box)
            document.history.paint(box, values, values == lesion)


def _relabel(
    document: Document, name: str, boxes: Mapping[int, Rect], value: int | None
) -> Edit | None:
    """Give the lesions' pixels `value`, or leave their labels where it is None; touched by hand."""
    history = document.history
    if history.open:
        return None
    history.begin(name)
    for lesion, box in boxes.items():
        values = document.labels.read(box)
        pixels = values == lesion
        if value is not None:
            values[pixels] = value
        history.paint(box, values, pixels)
    return history.commit()


def _boxes(lesions: Sequence[Lesion]) -> dict[int, Rect]:
    return {lesion.id: lesion.box for lesion in lesions}


def _words(lesions: Sequence[Lesion]) -> str:
    return f"lesion {lesions[0].id}" if len(lesions) == 1 else f"{len(lesions)} lesions"
