"""A photo that was worked on before, as it was: labels, undo and redo."""

from collections.abc import Iterable

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.replay import JournalRow, Replay
from plantseg_gui.core.results import BoolArray, LabelArray, Prediction, RgbArray


def resume_document(
    document_id: str,
    image: RgbArray,
    labels: LabelArray | None,
    touched: BoolArray | None,
    rows: Iterable[JournalRow],
    *,
    saved_seq: int = 0,
    prediction: Prediction | None = None,
    approved: bool = False,
) -> Document:
    """Open a photo with its journal. May run in any thread; the document is then handed over.

    Args:
        document_id: The photo's id in its project.
        image: [H, W, 3] uint8 RGB.
        labels: [H, W] uint16 as they were saved, taken over; None when they never were.
        touched: [H, W] bool, likewise.
        rows: Of the photo, by rising number.
        saved_seq: The labels hold the operations up to this one.
        prediction: What a network said.
        approved: As it was saved.

    Returns:
        The document; dirty where the journal went on after the save.

    Raises:
        ValueError: A size differs from the photo's.
    """
    shape = image.shape[:2]
    rows = list(rows)
    # Taken over by the document as it is: a copy of 2048² costs 7 ms.
    array = (
        np.zeros(shape, np.uint16) if labels is None else np.require(labels, np.uint16, ["C", "W"])
    )
    image_labels = LabelImage(array)
    marks = np.zeros(shape, bool) if touched is None else np.array(touched, bool)
    if {image_labels.shape, marks.shape} != {shape}:
        raise ValueError(
            f"labels {image_labels.shape}, touched {marks.shape}; the photo has {shape}"
        )
    state = Replay(image_labels, marks, saved_seq, approved).run(rows)
    document = Document(
        document_id,
        image,
        array,
        marks,
        prediction=prediction,
        approved=state.approved,
    )
    document.journaled_seq = max([saved_seq, *(row.seq for row in rows)])
    document.lost_steps = state.lost
    if rows:
        document.history.restore(state.undo, state.redo, state.loose)
    if not state.applied:
        document.mark_saved()
    return document
