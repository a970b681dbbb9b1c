"""An act on a photo that is not open, as one step of a batch: done, journaled and saved."""

from collections.abc import Callable

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.measure import measure
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.project import Entry, Project

Act = Callable[[Document], object]


def act_on(project: Project, photo_id: str, act: Act, batch: str) -> PhotoRecord | None:
    """Do something to a photo's mask; on the disk when this returns.

    Args:
        project: Of the photo.
        photo_id: The photo, which nobody has open.
        act: Changes the document.
        batch: Name of the whole act, by which it is taken back.

    Returns:
        The photo's new record; None when the act changed nothing.

    Raises:
        InputError: the photo is gone, or another one now.
        StorageError: its work cannot be read, is damaged, or cannot be written.
    """
    record = project.photo(photo_id)
    work = project.work(photo_id)
    if work.damaged is not None:
        raise work.damaged
    prediction = work.arrays.prediction
    image = None
    if prediction is None or work.arrays.labels is None:
        image = read_photo(record.path)
    shape = image.shape[:2] if image is not None else (prediction.height, prediction.width)  # type: ignore[union-attr]
    # Nobody looks at the picture: one black pixel stands for all.
    blank = np.broadcast_to(np.zeros(3, np.uint8), (*shape, 3))
    document = work.document(photo_id, image if image is not None else blank)
    before = document.change_count
    with document.in_batch(batch):
        act(document)
    if document.change_count == before:
        return None
    waiting = document.pending.first()
    if document.pending.urgent:
        entries = [Entry(photo_id, operation, document.status) for operation in waiting]
        document.journaled_seq = project.journal(entries)[photo_id]
    labels = document.labels.array
    return project.save(
        photo_id,
        PhotoArrays(labels, document.touched, document.prediction),
        status=document.status,
        diagnosis=measure(labels, document.prediction, image) if document.status != "new" else None,
        saved_seq=document.journaled_seq,
    )
