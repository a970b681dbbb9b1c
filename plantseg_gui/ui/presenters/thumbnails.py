"""Makes the small pictures of the photo list; the row that came into view last is first."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QThreadPool
from PySide6.QtGui import QImage, QPixmap

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import RgbArray
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.images import thumbnail
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session

SIDE_PX = 128


class Thumbnails(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, photos: PhotosPanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._photos = session, photos
        # A pool of its own: hundreds of them must not hold up a save.
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._queue: list[str] = []
        self._running = False
        photos.thumbnail_wanted.connect(self._want)
        session.project_opened.connect(self._queue.clear)

    @property
    def busy(self) -> bool:
        """Whether a picture is being made or waited for."""
        return self._running or bool(self._queue)

    def shutdown(self) -> None:
        """Make no more; waits for the one that is being made."""
        self._queue.clear()
        self._pool.waitForDone()

    def _want(self, photo_id: str) -> None:
        if photo_id in self._queue:
            self._queue.remove(photo_id)
        self._queue.append(photo_id)
        self._next()

    def _next(self) -> None:
        if self._running or not self._queue:
            return
        record = self._session.records.get(self._queue.pop())
        if record is None:
            self._next()
            return
        self._running = True
        path, photo_id = Path(record.path), record.photo_id
        run_task(
            lambda: thumbnail(path, SIDE_PX),
            on_done=lambda array: self._on_made(photo_id, array),
            on_error=lambda error: self._on_error(photo_id, error),
            pool=self._pool,
            doing=f"reading {path}",
        )

    def _on_made(self, photo_id: str, array: RgbArray) -> None:
        self._running = False
        self._photos.set_thumbnail(photo_id, pixmap_of(array))
        self._next()

    def _on_error(self, photo_id: str, error: AppError) -> None:
        # Told when the photo is opened; the list shows the sign of a photo without a picture.
        del error
        self._running = False
        self._photos.set_thumbnail(photo_id, QPixmap())
        self._next()


def pixmap_of(array: RgbArray) -> QPixmap:
    """A pixmap of [h, w, 3] uint8 RGB."""
    array = np.ascontiguousarray(array)
    height, width = array.shape[:2]
    image = QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)
