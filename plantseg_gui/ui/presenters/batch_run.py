"""Works through several photos: those that are open in memory, the others in the pool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.batch import Act, act_on
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

# A photo that is being read, or drawn on, waits so long.
WAIT_MS = 50

Work = Callable[[], PhotoRecord | None]
OnPhoto = Callable[[str, Document | None], Work]
Finish = Callable[[list[str]], None]


class BatchRun(QObject):
    """See the module's text. One run at a time; a second one is not begun.

    Attributes:
        changed: `running` is another.
    """

    changed = Signal()

    def __init__(
        self, session: Session, store: OpenSave, jobs: JobModel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._jobs = session, store, jobs
        self._job = 0
        self._starting = False

    @property
    def running(self) -> bool:
        """Whether photos are being worked through."""
        return self._starting or bool(self._job)

    def edit(self, name: str, acts: Mapping[str, Act], batch: str, finish: Finish) -> None:
        """Change masks; everything that is open is saved first.

        Args:
            name: In words, for the list of jobs.
            acts: By photo id, what changes its document.
            batch: Number of the act, which its steps carry.
            finish: Gets the ids of the photos that were changed.
        """
        project = self._session.project
        if project is None or self.running or not acts:
            return

        def begin(failed: list[AppError]) -> None:
            self._starting = False
            if failed:
                self._session.fail(StorageError(f"Not begun. {failed[0].what}", failed[0].do))
                return
            self.each(name, list(acts), on_photo, finish)

        def on_photo(photo_id: str, document: Document | None) -> Work:
            if document is None:
                return lambda: act_on(project, photo_id, acts[photo_id], batch)
            before = document.change_count
            with document.in_batch(batch):
                acts[photo_id](document)
            changed = document.change_count != before
            return lambda: project.photo(photo_id) if changed else None

        self._starting = True
        self._store.flush(begin)

    def each(
        self,
        name: str,
        ids: Sequence[str],
        on_photo: OnPhoto,
        finish: Finish,
    ) -> None:
        """Do something to photos one after the other.

        Args:
            name: In words.
            ids: The photos.
            on_photo: Gets a photo and its document, None where it is not open; that is changed
                at once, on this thread. What it gives runs in the pool, and the photo stays closed
                meanwhile; that gives the new record, None when nothing changed.
            finish: As `edit`.
        """
        project = self._session.project
        token, changed, failed = CancelToken(), list[str](), list[AppError]()
        self._job = self._jobs.add(name, token.cancel)
        self.changed.emit()

        def step(place: int) -> None:
            self._jobs.update(self._job, place, len(ids), name)
            if place >= len(ids) or token.cancelled or project is not self._session.project:
                self._end(failed)
                finish(changed)
                return

            photo_id = ids[place]
            document = self._store.document(photo_id)
            drawn_on = document is not None and document.history.open
            if drawn_on or (document is None and not self._store.reading.hold(photo_id)):
                QTimer.singleShot(WAIT_MS, lambda: step(place))
                return

            def done(record: PhotoRecord | None) -> None:
                self._store.reading.release(photo_id)
                if record is not None:
                    changed.append(photo_id)
                    document = self._store.document(record.photo_id)
                    # Of an open photo the list's row follows with the next save.
                    status = document.status if document is not None else record.status
                    self._session.set_record(replace(record, status=status))
                step(place + 1)

            def broke(error: AppError) -> None:
                self._store.reading.release(photo_id)
                failed.append(error)
                step(place + 1)

            work = on_photo(photo_id, document)
            run_task(work, on_done=done, on_error=broke, doing=name.lower())

        QTimer.singleShot(0, lambda: step(0))

    def _end(self, failed: list[AppError]) -> None:
        self._jobs.remove(self._job)
        self._job = 0
        if failed:
            self._session.fail(
                StorageError(
                    f"{counted(len(failed))} were left out. The first: {failed[0].what}",
                    failed[0].do,
                )
            )
        self._store.save_all()
        self.changed.emit()


def counted(count: int) -> str:
    """So many photos, in words."""
    return "1 photo" if count == 1 else f"{count} photos"
