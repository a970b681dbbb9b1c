"""Takes photos out of the project, puts them back, and frees what the removed ones take.

The photo files are never touched. What was known of the photos goes into the project's folder for
removed ones (`storage.removed`); taking the act back puts them back.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.project import Project
from plantseg_gui.storage.removed import DiskUse, RemovedAct
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.dialogs.put_back import PutBackDialog
from plantseg_gui.ui.dialogs.remove_photos import RemoveDialog, megabytes
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.batch_run import Finish, counted
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import Role, ask
from plantseg_gui.ui.presenters.session import Session

KIND = "removed"
NAME = "Remove from project"
EMPTY = "Delete for good"


class Removal(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        projects: OpenProject,
        photos: PhotosPanel,
        batch: Batch,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._projects = session, store, projects
        self._photos, self._batch, self._jobs = photos, batch, jobs
        self._actions, self._window = actions, window
        self._job = 0
        # Of the open project, as far as it was looked at.
        self._acts: list[RemovedAct] = []
        self._nbytes = 0
        self._dialog: RemoveDialog | None = None
        batch.undoers[KIND] = self._take_back
        actions["remove_photos"].triggered.connect(self.ask_remove)
        actions["put_back"].triggered.connect(self.ask_put_back)
        actions["empty_removed"].triggered.connect(self.ask_empty)
        session.project_opened.connect(self._on_project)
        photos.marks_changed.connect(self._refresh)
        self._on_project()

    @property
    def running(self) -> bool:
        """Whether photos are being removed or put back."""
        return bool(self._job)

    def ask_remove(self) -> None:
        """Say what goes and what stays, then remove the marked photos."""
        project, records = self._session.project, self._marked()
        if project is None or not records or self.running:
            return
        if self._batch.running:
            self._session.say("Another act on several photos is under way; wait for its end.")
            return
        # What was painted last counts, too.
        self._store.save_all()
        dialog = self._dialog = RemoveDialog(records, str(project.folder), self._window)
        self._add_up(project, dialog, [r.photo_id for r in records], 0, DiskUse())
        accepted = dialog.exec()
        self._dialog = None
        if accepted:
            self.remove([r.photo_id for r in records])

    def remove(self, ids: Sequence[str]) -> None:
        """Remove photos; everything that is open is saved first."""
        project = self._session.project
        if project is None or self.running or not ids:
            return

        def begin(failed: list[AppError]) -> None:
            if failed:
                self._session.fail(StorageError(f"Nothing removed. {failed[0].what}", failed[0].do))
                return
            shown = self._store.wanted
            following = self._following(set(ids)) if shown in ids else shown
            self._store.close(ids)
            if shown in ids:
                self._store.waiting.emit("Removing…", "")

            def done(act: str) -> None:
                self._store.close(ids)  # opened again meanwhile
                self._batch.keep(NAME, act, KIND, [[i] for i in ids])
                self._session.say(
                    f"{counted(len(ids))} removed from the project; the files stay. "
                    "Photos ▸ Put back brings them back."
                )
                self._reload(project, following)

            steps = project.removed.remove(ids, self._session.person)
            self._run(
                project, "Removing photos", steps, len(ids), done,
                lambda: self._reload(project, shown),
            )  # fmt: skip

        self._store.flush(begin)

    def ask_put_back(self) -> None:
        """Ask which removed photos are wanted again."""
        if self._acts and not self.running:
            dialog = PutBackDialog(self._acts, self._window)
            if dialog.exec():
                self.put_back(dialog.acts())

    def put_back(self, acts: Sequence[RemovedAct], finish: Finish | None = None) -> None:
        """Bring the photos of acts back, one act after the other.

        Args:
            acts: Theirs.
            finish: Gets the names of their photos when all are back.
        """
        project = self._session.project
        if project is None or self.running or not acts:
            return
        act, rest = acts[0], acts[1:]

        def done(_: str) -> None:
            self._batch.forget(act.act)
            anew = "" if act.nbytes else " Their masks had been deleted: they begin anew."
            self._session.say(f"{counted(len(act.names))} put back.{anew}")
            self._reload(project, self._store.wanted)
            if rest:
                self.put_back(rest, finish)
            elif finish is not None:
                finish(list(act.names))

        self._run(
            project, "Putting photos back", _put_back(project, act), len(act.names), done,
            lambda: None,
        )  # fmt: skip

    def ask_empty(self) -> None:
        """Ask, then delete what is kept of removed photos."""
        project, count = self._session.project, sum(len(a.names) for a in self._acts if a.nbytes)
        if project is None or not self._nbytes or self.running:
            return
        answer = ask(
            self._window,
            "Empty removed",
            f"Delete the masks of {counted(count)} that were removed? That frees "
            f"{megabytes(self._nbytes)}.",
            "Masks, predictions and history are gone for good. The photo files stay; the photos "
            "stay out of the project until you put them back, and begin anew then.",
            {EMPTY: Role.DestructiveRole},
            "Cancel",
        )
        if answer == EMPTY:
            self.empty()

    def empty(self) -> None:
        """Delete what is kept of removed photos, for good."""
        project, acts = self._session.project, list(self._acts)
        if project is None:
            return

        def done(freed: int) -> None:
            for act in acts:
                self._batch.forget(act.act)
            self._session.say(f"{megabytes(freed)} freed.")
            self._look(project)

        run_task(
            project.removed.empty,
            on_done=done,
            on_error=self._session.fail,
            doing="deleting what was removed",
        )

    def _take_back(self, act: dict[str, Any], finish: Finish) -> None:
        """The act in the list of acts on several photos."""
        self.put_back([a for a in self._acts if a.act == act["id"]], finish)

    def _run(
        self,
        project: Project,
        text: str,
        steps: Iterator[str],
        total: int,
        done: Callable[[str], None],
        undone: Callable[[], None],
    ) -> None:
        """Go through the steps in the pool, one after the other.

        Args:
            project: Theirs.
            text: Of the job.
            steps: Each gives the act's name; all of it counts when they have ended.
            total: How many.
            done: Gets the act's name, if the project is still open.
            undone: Called where nothing was changed: a fault, or Cancel.
        """
        token = CancelToken()
        job = self._job = self._jobs.add(text, token.cancel)
        self._refresh()

        def end() -> None:
            self._jobs.remove(job)
            self._job = 0
            self._look(project)

        def failed(error: AppError) -> None:
            end()
            self._session.fail(error)
            undone()

        def stopped(_: object) -> None:
            end()
            self._session.say(f"{text}: stopped, nothing was changed.")
            undone()

        def step(place: int, act: str) -> None:
            self._jobs.update(job, place, total, text)

            def on_step(name: str | None) -> None:
                if name is None:
                    end()
                    if project is self._session.project:
                        done(act)
                else:
                    step(place + 1, name)

            if token.cancelled:
                run_task(lambda: _close(steps), on_done=stopped, on_error=failed)
            else:
                run_task(
                    lambda: next(steps, None), on_done=on_step, on_error=failed, doing=text.lower()
                )

        step(0, "")

    def _reload(self, project: Project, following: str) -> None:
        """Show the list as it is now; where no photo is on screen, this one of it, or any."""

        def loaded(records: list[PhotoRecord]) -> None:
            if project is not self._session.project:
                return
            self._projects.show_records(project, records)
            if self._store.wanted in self._session.records:
                return
            sound = [r.photo_id for r in records if not r.error]
            if sound:
                self._projects.show_photo(following if following in sound else sound[0])
            else:
                self._store.waiting.emit(
                    "No photos in this project",
                    "All were removed. Photos ▸ Put back brings them back.",
                )

        run_task(
            project.photos,
            on_done=loaded,
            on_error=self._session.fail,
            doing="reading the list of photos",
        )

    def _following(self, ids: set[str]) -> str:
        """The photo that is shown next when these are gone."""
        shown = self._photos.shown_ids()
        wanted = self._store.wanted
        place = shown.index(wanted) if wanted in shown else 0
        rest = [*shown[place:], *reversed(shown[:place])]
        records = self._session.records
        return next((i for i in rest if i not in ids and not records[i].error), "")

    def _add_up(
        self, project: Project, dialog: RemoveDialog, ids: list[str], place: int, sum_: DiskUse
    ) -> None:
        """Work out what the photos take, one after the other, while the dialog is there."""
        if dialog is not self._dialog:
            return  # answered already
        dialog.show_use(sum_, place)
        if place >= len(ids):
            return
        run_task(
            lambda: project.removed.disk_use(ids[place]),
            on_done=lambda use: self._add_up(project, dialog, ids, place + 1, sum_ + use),
            on_error=self._session.fail,
            doing="adding up what the photos take",
        )

    def _on_project(self) -> None:
        self._acts, self._nbytes = [], 0
        project = self._session.project
        if project is not None:
            self._look(project)
        self._refresh()

    def _look(self, project: Project) -> None:
        def looked(found: tuple[list[RemovedAct], int]) -> None:
            if project is self._session.project:
                self._acts, self._nbytes = found
                self._refresh()

        run_task(
            lambda: (project.removed.acts(), project.removed.nbytes()),
            on_done=looked,
            on_error=lambda _: None,
            doing="looking for removed photos",
        )

    def _marked(self) -> list[PhotoRecord]:
        records = self._session.records
        return [records[i] for i in self._photos.marked_ids() if i in records]

    def _refresh(self) -> None:
        free = self._session.project is not None and not self._session.read_only
        free = free and not self.running
        self._actions.enable(free and bool(self._photos.marked_ids(most=1)), "remove_photos")
        self._actions.enable(free and bool(self._acts), "put_back")
        self._actions.enable(free and bool(self._nbytes), "empty_removed")
        text = ACTIONS["empty_removed"].text
        size = f" ({megabytes(self._nbytes)})" if self._nbytes else ""
        self._actions["empty_removed"].setText(text.replace("…", f"{size}…"))


def _put_back(project: Project, act: RemovedAct) -> Iterator[str]:
    """The steps of putting photos back, and the look at the folder that follows."""
    yield from project.removed.put_back(act.act)
    project.scan()


def _close(steps: Iterator[str]) -> None:
    """End a generator in the middle: it cleans up."""
    steps.close()  # type: ignore[attr-defined]
