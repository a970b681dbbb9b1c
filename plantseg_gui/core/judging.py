"""What a person says of single lesions: right, none, or one of several. Each is one undo step.

The boxes that are given bound the work: a photo of 2048² is never looked through.
"""

from collections.abc import Sequence

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.labels import HEALTHY
from plantseg_gui.core.lesions import Lesion


def accept_lesions(document: Document, lesions: Sequence[Lesion]) -> Edit | None:
    """They are right as they are: all their pixels count as touched by a person.

    Args:
        document: The photo.
        lesions: As they are measured now.

    Returns:
        The step; None when a stroke is open or nothing would change.
    """
    return _relabel(document, "Accept " + _words(lesions), lesions, None)


def reject_lesions(document: Document, lesions: Sequence[Lesion]) -> Edit | None:
    """They are none: their pixels become healthy, and a person said so. As `accept_lesions`."""
    return _relabel(document, "Reject " + _words(lesions), lesions, HEALTHY)


def merge_lesions(document: Document, lesions: Sequence[Lesion]) -> Edit | None:
    """They are one lesion, with the number of the largest, and a person said so.

    Arguments and result as `accept_lesions`; nothing happens to fewer than two.
    """
    if len(lesions) < 2:
        return None
    largest = max(lesions, key=lambda lesion: lesion.area_px)
    return _relabel(document, f"Merge {len(lesions)} lesions", lesions, largest.id)


def _relabel(
    document: Document, name: str, lesions: Sequence[Lesion], value: int | None
) -> Edit | None:
    """Give the lesions' pixels `value`, or leave their labels where it is None; touched by hand."""
    history = document.history
    if history.open:
        return None
    history.begin(name)
    for lesion in lesions:
        values = document.labels.read(lesion.box)
        pixels = values == lesion.id
        if value is not None:
            values[pixels] = value
        history.paint(lesion.box, values, pixels)
    return history.commit()


def _words(lesions: Sequence[Lesion]) -> str:
    return f"lesion {lesions[0].id}" if len(lesions) == 1 else f"{len(lesions)} lesions"
