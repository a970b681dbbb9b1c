"""A photo that was worked on before, as it was: labels, undo and redo."""

from collections.abc import Iterable

from plantseg_gui.core.document import Document
from plantseg_gui.core.replay import JournalRow, replayed
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
    for name, saved in (("labels", labels), ("touched", touched)):
        if saved is not None and saved.shape != shape:
            raise ValueError(f"{name} have shape {saved.shape}; the photo has {shape}")
    # The document takes the labels over as they are: a copy of 2048² costs 7 ms.
    array, state = replayed(shape, labels, touched, rows, saved_seq=saved_seq, approved=approved)
    document = Document(
        document_id,
        image,
        array,
        state.touched,
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
