"""Reading a photo with its work, and writing it: what runs in the pool for `OpenSave`."""

from typing import NamedTuple

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.measure import measure
from plantseg_gui.core.results import LeafResult, RgbArray
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.photo_once import read_photo_once
from plantseg_gui.storage.project import PhotoRecord, Project, Work


class Loaded(NamedTuple):
    """A photo as it was opened."""

    record: PhotoRecord
    document: Document
    note: StorageError | None


class Snapshot(NamedTuple):
    """What is written, copied at one moment on the main thread."""

    document: Document
    change_count: int
    pending: int
    saved_seq: int
    arrays: PhotoArrays
    status: str
    leaf: LeafResult | None
    image: RgbArray


def load_photo(project: Project, record: PhotoRecord) -> Loaded:
    """Read a photo and its work; runs in the pool.

    Raises:
        InputError: the photo cannot be read, or is another one than the work was done on.
        StorageError: its work cannot be read now. It is not shown then: on an empty mask that
            somebody goes on with, the real one would be lost.
    """
    photo = read_photo_once(record.path)
    image = photo.pixels
    work = project.work(record.photo_id, photo.sha256)
    note = work.damaged
    arrays, shape = work.arrays, image.shape[:2]
    if arrays.labels is not None and arrays.labels.shape != shape:
        if project.read_only:
            raise StorageError(
                f"The saved mask of {record.path} has another size than the photo.",
                "Open the folder in one window alone: the mask is set aside then.",
            )
        why = f"The saved mask of {record.path} has another size than the photo."
        project.put_aside(record.photo_id, why)
        note = StorageError(why, "It was set aside, and the mask begins empty.")
        work = Work(PhotoArrays(), [])
    document = work.document(record.photo_id, image)
    if document.lost_steps:
        note = StorageError(
            f"{document.lost_steps} change(s) of {record.path} could not be read from the journal.",
            "The rest is there. Look the mask over; the drive may have a fault.",
        )
    # A damaged save changes the record, to the state of the one before it.
    fresh = project.photo(record.photo_id)
    if note is None and fresh.error and fresh.error != record.error:
        note = StorageError(fresh.error)
    return Loaded(fresh, document, note)


def write_photo(project: Project, snapshot: Snapshot) -> PhotoRecord:
    """Save one photo's work with its numbers; runs in the pool."""
    prediction, labels = snapshot.arrays.prediction, snapshot.arrays.labels
    assert labels is not None
    diagnosis = None
    if snapshot.status != "new":
        diagnosis = measure(labels, prediction, snapshot.image, snapshot.leaf)
    return project.save(
        snapshot.document.document_id,
        snapshot.arrays,
        status=snapshot.status,
        diagnosis=diagnosis,
        model=prediction.model if prediction is not None else "",
        saved_seq=snapshot.saved_seq,
    )
