"""The photos that are likely to be asked for next, read before anybody asks.

They are decoded in a thread of their own, with mask, prediction and journal, and kept within a
bound of bytes. Nothing stale is ever shown: what was read is handed out together with the state of
the photo's file and of its work at that time, and whoever shows it looks first whether both are
still so (`is_current`).
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy.typing as npt
import psutil
from PySide6.QtCore import QObject, QThreadPool, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.memory_limits import limits_in_force
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.images import read_photo_info
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.presenters.photo_tasks import Loaded, load_photo
from plantseg_gui.ui.presenters.session import Session

MOST_BYTES = 200 << 20
MOST_PHOTOS = 3
# Photo, labels, touched pixels and a prediction with its uncertainty, for a guess beforehand.
BYTES_PER_PX = 24

Stamp = tuple[int, ...]


class Ahead(NamedTuple):
    """A photo that was read before it was asked for.

    Attributes:
        project: It belongs to.
        loaded: As `load_photo` gave it.
        stamp: State of its file and its work just before they were read.
        nbytes: What it takes.
    """

    project: Project
    loaded: Loaded
    stamp: Stamp
    nbytes: int


class Prefetch(QObject):
    """See the module's text.

    Attributes:
        read: photo id; it was read, or could not be: `take` tells which.
    """

    read = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kept: dict[str, Ahead] = {}
        self._wanted: list[str] = []
        self._failed: set[str] = set()
        self._reading = ""
        # A thread of its own: what is asked for now never waits for what may be asked for next.
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    @property
    def nbytes(self) -> int:
        """What the photos that are kept take."""
        return sum(ahead.nbytes for ahead in self._kept.values())

    @property
    def kept(self) -> tuple[str, ...]:
        """Ids of the photos that are there."""
        return tuple(self._kept)

    def want(self, ids: Sequence[str]) -> None:
        """Keep these photos ready, the likeliest first; others are let go."""
        if psutil.virtual_memory().available < limits_in_force().ram_warn_free:
            ids = ()
        self._wanted = list(dict.fromkeys(ids))[:MOST_PHOTOS]
        self._failed &= set(self._wanted)
        for photo_id in [k for k in self._kept if k not in self._wanted]:
            del self._kept[photo_id]
        self._next()

    def take(self, photo_id: str) -> Ahead | None:
        """Hand a photo out, and keep it no longer; None when it is not there."""
        return self._kept.pop(photo_id, None)

    @property
    def busy(self) -> bool:
        """Whether a photo is being read."""
        return bool(self._reading)

    def is_reading(self, photo_id: str) -> bool:
        """Whether a photo is being read just now: `read` follows."""
        return self._reading == photo_id

    def forget_all(self) -> None:
        """Another project is opened."""
        self._wanted.clear()
        self._kept.clear()
        self._failed.clear()

    def shutdown(self) -> None:
        """Read no more, and wait for the thread."""
        self.forget_all()
        self._pool.waitForDone()

    def _next(self) -> None:
        project = self._session.project
        if self._reading or project is None:
            return
        for photo_id in self._wanted:
            record = self._session.records.get(photo_id)
            there = photo_id in self._kept or photo_id in self._failed
            if record is None or record.error or there:
                continue
            room = MOST_BYTES - self.nbytes
            self._reading = photo_id
            run_task(
                lambda record=record, room=room: _read(project, record, room),  # type: ignore[misc]
                on_done=self._on_read,
                on_error=self._on_unread,
                pool=self._pool,
                doing=f"reading {record.path} ahead",
            )
            return

    def _on_read(self, ahead: Ahead | None) -> None:
        photo_id, self._reading = self._reading, ""
        fits = ahead is not None and self.nbytes + ahead.nbytes <= MOST_BYTES
        if ahead is None or not fits:
            self._failed.add(photo_id)
        elif ahead.project is self._session.project and photo_id in self._wanted:
            self._kept[photo_id] = ahead
        self.read.emit(photo_id)
        self._next()

    def _on_unread(self, error: AppError) -> None:
        # Told when the photo is opened.
        del error
        photo_id, self._reading = self._reading, ""
        self._failed.add(photo_id)
        self.read.emit(photo_id)
        self._next()


def is_current(ahead: Ahead) -> bool:
    """Whether the photo's file and its work are still as they were read; runs in the pool."""
    try:
        return _stamp(ahead.project, ahead.loaded.record) == ahead.stamp
    except (AppError, OSError):
        return False


def _stamp(project: Project, record: PhotoRecord) -> Stamp:
    """State of the file and the work. Raises OSError, AppError."""
    file = os.stat(record.path)
    return file.st_size, file.st_mtime_ns, file.st_ino, *project.work_stamp(record.photo_id)


def _read(project: Project, record: PhotoRecord, room: int) -> Ahead | None:
    """Read a photo as far as there is room; runs in the pool.

    Raises:
        AppError, OSError: as `load_photo`.
    """
    info = read_photo_info(record.path)
    needed = info.width * info.height * BYTES_PER_PX
    spare = psutil.virtual_memory().available - limits_in_force().ram_warn_free
    if needed > min(room, spare):
        return None
    stamp = _stamp(project, record)
    loaded = load_photo(project, record)
    if loaded.note is not None:
        stamp = _stamp(project, record)  # a damaged save was set aside
    return Ahead(project, loaded, stamp, document_bytes(loaded.document))


def document_bytes(document: Document) -> int:
    """What the arrays of a document take."""
    arrays: list[npt.NDArray[Any]] = [document.image, document.labels.array, document.touched]
    prediction = document.prediction
    if prediction is not None:
        arrays += [prediction.probability, prediction.labels, prediction.affinity]
        arrays += [*prediction.attention]
        if prediction.leaf.mask is not None:
            arrays.append(prediction.leaf.mask)
        if prediction.uncertainty is not None:
            arrays += [prediction.uncertainty.variance, prediction.uncertainty.energy]
    return sum(int(array.nbytes) for array in arrays)
