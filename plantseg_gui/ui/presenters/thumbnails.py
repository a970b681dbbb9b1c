"""Makes the small pictures of the photo list; the row that came into view last is first.

The same read gives what a photo is known by. Photos that nobody has scrolled to are looked at when
there is nothing else to do, one every half second, so that duplicates among them are named too.
"""

import contextlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from plantseg_gui.core.duplicates import Fingerprint
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import RgbArray
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.photo_hashes import StampedPrint
from plantseg_gui.storage.photo_once import read_small_once
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session

SIDE_PX = 128
LATER_PAUSE_MS = 500


class _Made(NamedTuple):
    project: Project | None
    pixels: RgbArray
    known_by: Fingerprint


class Thumbnails(QObject):
    """See the module's text.

    Attributes:
        looked_at: Fingerprint of a photo of the open project.
    """

    looked_at = Signal(object)

    def __init__(
        self, session: Session, photos: PhotosPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._photos = session, photos
        # A pool of its own: hundreds of them must not hold up a save.
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._queue: list[str] = []
        self._later: list[str] = []
        self._running = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(LATER_PAUSE_MS)
        self._pause.timeout.connect(self._look_at_one)
        photos.thumbnail_wanted.connect(self._want)
        session.project_opened.connect(self._forget)

    @property
    def busy(self) -> bool:
        """Whether a picture that is in view is being made or waited for."""
        return self._running or bool(self._queue)

    def look_later(self, photo_ids: list[str]) -> None:
        """Find out what these are known by, when there is nothing else to do."""
        self._later = photo_ids[::-1]
        self._next()

    def shutdown(self) -> None:
        """Make no more; waits for the one that is being made, and keeps what was found out."""
        self._forget()
        self._pool.waitForDone()
        if self._session.project is not None:
            _write_down(self._session.project)

    def _forget(self) -> None:
        self._queue.clear()
        self._later.clear()
        self._pause.stop()

    def _want(self, photo_id: str) -> None:
        if photo_id in self._queue:
            self._queue.remove(photo_id)
        self._queue.append(photo_id)
        self._next()

    def _next(self) -> None:
        if self._running:
            return
        if self._queue:
            self._make(self._queue.pop())
        elif self._later:
            self._pause.start()

    def _look_at_one(self) -> None:
        if self._running or self._queue or not self._later:
            return
        self._make(self._later.pop(), shown=False)
        if not self._later and (project := self._session.project) is not None:
            run_task(lambda: _write_down(project), pool=self._pool)

    def _make(self, photo_id: str, *, shown: bool = True) -> None:
        record, project = self._session.records.get(photo_id), self._session.project
        if record is None:
            self._next()
            return
        self._running = True
        path = Path(record.path)
        run_task(
            lambda: _look_at(project, photo_id, path),
            on_done=lambda made: self._on_made(made, shown),
            on_error=lambda error: self._on_error(photo_id, error, shown),
            pool=self._pool,
            doing=f"reading {path}",
        )

    def _on_made(self, made: _Made, shown: bool) -> None:
        self._running = False
        photo_id = made.known_by.photo_id
        # The list keeps some hundred pictures: those of photos out of view would push them out.
        if shown:
            self._photos.set_thumbnail(photo_id, pixmap_of(made.pixels))
        if made.project is self._session.project:
            if photo_id in self._later:
                self._later.remove(photo_id)
            self.looked_at.emit(made.known_by)
        self._next()

    def _on_error(self, photo_id: str, error: AppError, shown: bool) -> None:
        # Told when the photo is opened; the list shows the sign of a photo without a picture.
        del error
        self._running = False
        if shown:
            self._photos.set_thumbnail(photo_id, QPixmap())
        self._next()


def _look_at(project: Project | None, photo_id: str, path: Path) -> _Made:
    """Read a photo and keep what it is known by; runs in the pool."""
    small = read_small_once(path, SIDE_PX)
    known_by = Fingerprint(photo_id, small.sha256, small.look)
    if project is not None:
        # A list that cannot be written is no reason to show no picture: it is found out again.
        with contextlib.suppress(AppError):
            project.hashes.keep(StampedPrint(known_by, small.size, small.mtime_ns))
    return _Made(project, small.pixels, known_by)


def _write_down(project: Project) -> None:
    with contextlib.suppress(AppError):
        project.hashes.flush()


def pixmap_of(array: RgbArray) -> QPixmap:
    """A pixmap of [h, w, 3] uint8 RGB."""
    array = np.ascontiguousarray(array)
    height, width = array.shape[:2]
    image = QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)
