"""Imports masks and annotations of other tools, after a look at which photo each one goes to."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.core.results import LabelArray
from plantseg_gui.jobs.io_pool import Task, run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.batch import act_on
from plantseg_gui.storage.formats.annotation import Annotation
from plantseg_gui.storage.formats.pairing import Pairing, PhotoRef, pair, preview
from plantseg_gui.storage.formats.registry import read_all
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.presenters.batch import EDIT, Batch
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

if TYPE_CHECKING:
    from plantseg_gui.ui.dialogs.import_masks import ImportDialog

NAME = "Import masks"
_Step = tuple[Pairing, Annotation | PhotoRecord | AppError | None] | None


class ImportMasks(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        batch: Batch,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._batch = session, store, batch
        self._jobs, self._actions, self._window = jobs, actions, window
        self._looking: Task | None = None
        self._job = self._total = self._done = 0
        actions["import"].triggered.connect(self.ask)
        session.project_opened.connect(self._refresh)
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether masks are being imported."""
        return bool(self._job)

    def ask(self) -> None:
        """Ask what, show what goes where, then import."""
        if self._session.project is None or self.running or self._batch.running:
            return
        # Loaded when it is first used: the window opens a tenth of a second earlier.
        from plantseg_gui.ui.dialogs.import_masks import ImportDialog

        dialog = ImportDialog(self._session.settings.last_folder, self._window)
        dialog.look.connect(lambda path, key: self._look(dialog, path, key))
        if dialog.exec():
            path, key = dialog.source
            self.run(path, key, over_work=dialog.replaces_work, total=dialog.chosen())
        if self._looking is not None:
            self._looking.drop()

    def run(self, path: Path, key: str = "", *, over_work: bool = False, total: int = 0) -> None:
        """Import; everything that is open is saved first.

        Args:
            path: File or folder.
            key: Of the format; "" = by content.
            over_work: Replace masks that people corrected or approved as well.
            total: How many masks there are, for the time left; 0 = not known.
        """
        project = self._session.project
        if project is None or self.running:
            return
        token = CancelToken()
        self._job = self._jobs.add(NAME, token.cancel)
        self._total, self._done = total, 0
        self._refresh()

        def begin(failed: list[AppError]) -> None:
            if failed:
                self._session.fail(StorageError(f"Not imported. {failed[0].what}", failed[0].do))
                self._end([], [])
                return
            steps = _steps(project, path, key, self._open_ids(), batch, over_work=over_work)
            self._step(project, steps, token, batch, [], [])

        batch = uuid.uuid4().hex
        self._store.flush(begin)

    def _look(self, dialog: "ImportDialog", path: Path, key: str) -> None:
        project = self._session.project
        if project is None:
            return
        if self._looking is not None:
            self._looking.drop()
        dialog.show_looking(f"Reading {path}…")
        statuses = {r.photo_id: r.status for r in self._session.records.values()}

        def broke(error: AppError) -> None:
            dialog.show_looking(f"{error.what} {error.do}".strip())

        self._looking = run_task(
            lambda: preview(read_all(path, key), photo_refs(project)),
            on_done=lambda rows: dialog.show_pairings(rows, statuses),
            on_error=broke,
            doing=f"reading {path}",
        )

    def _step(
        self,
        project: Project,
        steps: Iterator[_Step],
        token: CancelToken,
        batch: str,
        changed: list[str],
        failed: list[AppError],
    ) -> None:
        def done(step: _Step) -> None:
            if step is None or token.cancelled or project is not self._session.project:
                self._batch.keep(NAME, batch, EDIT, changed)
                self._end(changed, failed)
                return
            row, result = step
            photo_id = row.photo.photo_id if row.photo is not None else ""
            if isinstance(result, AppError):
                failed.append(result)
            elif isinstance(result, PhotoRecord):
                changed.append(photo_id)
                self._session.set_record(result)
            elif isinstance(result, Annotation):
                document = self._store.document(photo_id)
                if document is not None and put_on(document, result.labels, batch):
                    changed.append(photo_id)
            self._done += 1
            self._jobs.update(self._job, self._done, self._total, f"{NAME}: {self._done} done")
            self._step(project, steps, token, batch, changed, failed)

        def broke(error: AppError) -> None:
            failed.append(error)
            done(None)

        run_task(lambda: next(steps, None), on_done=done, on_error=broke, doing="importing masks")

    def _end(self, changed: list[str], failed: list[AppError]) -> None:
        self._jobs.remove(self._job)
        self._job = 0
        if failed:
            self._session.fail(
                StorageError(
                    f"{len(failed)} mask(s) were not imported. The first: {failed[0].what}",
                    failed[0].do,
                )
            )
        if changed:
            photos = "1 photo" if len(changed) == 1 else f"{len(changed)} photos"
            self._session.say(f"Masks of {photos} imported. Photos ▸ Take back undoes it.")
        self._store.save_all()
        self._refresh()

    def _open_ids(self) -> frozenset[str]:
        return frozenset(i for i in self._session.records if self._store.is_open(i))

    def _refresh(self) -> None:
        there = self._session.project is not None and not self._session.read_only
        self._actions.enable(there and not self.running, "import")


def photo_refs(project: Project) -> list[PhotoRef]:
    """The project's photos, with the sizes that are needed to draw on them; runs in the pool."""
    records = [r if r.width else project.describe(r.photo_id) for r in project.photos()]
    return [PhotoRef(r.photo_id, r.name, r.width, r.height) for r in records]


def put_on(document: Document, labels: LabelArray, batch: str) -> bool:
    """Put an imported mask in the place of the one there, as one step of the import.

    Args:
        document: The photo.
        labels: [H, W] uint16.
        batch: The import's number.

    Returns:
        Whether anything changed.
    """
    before = document.change_count
    # All of it is somebody's work: no later prediction may fill it.
    touched = document.touched | (labels > 0) | (document.labels.array != labels)
    with document.in_batch(batch):
        document.replace(NAME, labels, touched)
    return document.change_count != before


def _steps(
    project: Project,
    path: Path,
    key: str,
    open_ids: frozenset[str],
    batch: str,
    *,
    over_work: bool,
) -> Iterator[_Step]:
    """Each usable annotation, put onto its photo unless that is open; runs in the pool."""
    photos = photo_refs(project)
    for row, annotation in pair(read_all(path, key), photos):
        if annotation is None or row.photo is None:
            continue
        photo_id, labels = row.photo.photo_id, annotation.labels
        if not over_work and project.photo(photo_id).status in ("corrected", "approved"):
            continue
        if photo_id in open_ids:
            yield row, annotation
            continue
        try:
            yield row, act_on(project, photo_id, lambda d, new=labels: put_on(d, new, batch), batch)  # type: ignore[misc]
        except AppError as error:
            yield row, error
