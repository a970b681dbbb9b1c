"""Reads the photo that is asked for: it may have been read ahead, else it comes from the disk."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.presenters.photo_tasks import Loaded, load_photo
from plantseg_gui.ui.presenters.prefetch import Ahead, Prefetch, is_current
from plantseg_gui.ui.presenters.session import Session

PRIORITY = 10


class Reading(QObject):
    """See the module's text.

    Attributes:
        prefetch: What is read ahead.
        waiting: PhotoRecord; a photo that is asked for takes its time.
        loaded: Loaded, of the open project.
        unreadable: (PhotoRecord, AppError), of the open project.
    """

    waiting = Signal(object)
    loaded = Signal(object)
    unreadable = Signal(object, object)

    def __init__(
        self, session: Session, wanted: Callable[[], str], parent: QObject | None = None
    ) -> None:
        """Args: wanted: id of the photo that was asked for last."""
        super().__init__(parent)
        self._session, self._wanted = session, wanted
        self._under_way: set[str] = set()
        self._held: set[str] = set()
        self.prefetch = Prefetch(session, self)
        self.prefetch.read.connect(self._read_wanted)

    def read(self, project: Project, record: PhotoRecord) -> None:
        """Read a photo; `loaded` or `unreadable` tells the end."""
        if record.photo_id in self._held:
            self.waiting.emit(record)  # `release` follows
            return
        if record.photo_id in self._under_way or self.prefetch.is_reading(record.photo_id):
            self.waiting.emit(record)  # begun before
            return
        ahead = self.prefetch.take(record.photo_id)
        if ahead is not None:
            self._look(project, record, ahead)
        else:
            self._load(project, record)

    def hold(self, photo_id: str) -> bool:
        """Read a photo that is not open no more until `release`: its work is changed on the disk.

        Returns:
            False when it is being read just now.
        """
        if photo_id in self._under_way:
            return False
        self._held.add(photo_id)
        return True

    def release(self, photo_id: str) -> None:
        """The photo may be read again; it is, where it was asked for meanwhile."""
        if photo_id in self._held:
            self._held.discard(photo_id)
            self._read_wanted(photo_id)

    def forget_all(self) -> None:
        """Another project is opened."""
        self._under_way.clear()
        self._held.clear()
        self.prefetch.forget_all()

    def _look(self, project: Project, record: PhotoRecord, ahead: Ahead) -> None:
        """Give what was read ahead, if nothing changed since; else read it again.

        The photo before stays on screen for the moment that the look takes.
        """
        photo_id = record.photo_id
        self._under_way.add(photo_id)

        def looked(current: bool) -> None:
            if project is not self._session.project:
                return
            if current:
                self._on_loaded(project, _with_marks(ahead.loaded, self._session))
                return
            self._under_way.discard(photo_id)
            if photo_id == self._wanted():
                self._load(project, record)

        run_task(
            lambda: is_current(ahead),
            on_done=looked,
            on_error=self._session.fail,
            priority=PRIORITY,
            doing=f"reading {record.path}",
        )

    def _load(self, project: Project, record: PhotoRecord) -> None:
        self.waiting.emit(record)
        self._under_way.add(record.photo_id)
        run_task(
            lambda: load_photo(project, record),
            on_done=lambda loaded: self._on_loaded(project, loaded),
            on_error=lambda error: self._on_unreadable(project, record, error),
            priority=PRIORITY,
            doing=f"reading {record.path}",
        )

    def _read_wanted(self, photo_id: str) -> None:
        """What was being read ahead, or changed, may be asked for by now."""
        project, record = self._session.project, self._session.records.get(photo_id)
        waits = photo_id == self._wanted() != self._session.photo_id
        if project is not None and record is not None and waits:
            self.read(project, record)

    def _on_loaded(self, project: Project, loaded: Loaded) -> None:
        if project is self._session.project:
            self._under_way.discard(loaded.record.photo_id)
            self.loaded.emit(loaded)

    def _on_unreadable(self, project: Project, record: PhotoRecord, error: AppError) -> None:
        if project is self._session.project:
            self._under_way.discard(record.photo_id)
            self.unreadable.emit(record, error)


def _with_marks(loaded: Loaded, session: Session) -> Loaded:
    """What was read ahead, with what a person said of the photo since."""
    now = session.records.get(loaded.record.photo_id, loaded.record)
    if loaded.note is not None:
        # Reading it changed the work's state: a damaged save was set aside.
        now = replace(loaded.record, tags=now.tags, review=now.review, note=now.note)
    return loaded._replace(record=now)
