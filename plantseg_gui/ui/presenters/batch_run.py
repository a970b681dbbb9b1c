"""Works through several photos: those that are open in memory, the others in the pool."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.batch import Act, act_on
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

OnPhoto = Callable[[str], PhotoRecord | None]
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
            there: list[str] = []
            for photo_id, act in acts.items():
                document = self._store.document(photo_id)
                if document is not None:
                    before = document.change_count
                    with document.in_batch(batch):
                        act(document)
                    if document.change_count != before:
                        there.append(photo_id)
            rest = [i for i in acts if self._store.document(i) is None]
            self.each(name, rest, lambda i: act_on(project, i, acts[i], batch), finish, there)

        self._starting = True
        self._store.flush(begin)

    def each(
        self,
        name: str,
        ids: Sequence[str],
        on_photo: OnPhoto,
        finish: Finish,
        there: Sequence[str] = (),
    ) -> None:
        """Do something to photos one after the other, in the pool.

        Args:
            name: In words.
            ids: The photos.
            on_photo: Runs in the pool; gives the new record, None when nothing changed.
            finish: As `edit`.
            there: Photos that are changed already.
        """
        project = self._session.project
        token, changed, failed = CancelToken(), list(there), list[AppError]()
        self._job = self._jobs.add(name, token.cancel)
        self.changed.emit()

        def step(place: int) -> None:
            self._jobs.update(self._job, place, len(ids), name)
            if place >= len(ids) or token.cancelled or project is not self._session.project:
                self._end(failed)
                finish(changed)
                return

            def done(record: PhotoRecord | None) -> None:
                if record is not None:
                    changed.append(ids[place])
                    document = self._store.document(record.photo_id)
                    # Of an open photo the list's row follows with the next save.
                    status = document.status if document is not None else record.status
                    self._session.set_record(replace(record, status=status))
                step(place + 1)

            def broke(error: AppError) -> None:
                failed.append(error)
                step(place + 1)

            run_task(lambda: on_photo(ids[place]), on_done=done, on_error=broke, doing=name.lower())

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
