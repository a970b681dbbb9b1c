"""The project as one zip file, out and in; the open masks to another place when saving fails."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.formats.annotation import Annotation, Written
from plantseg_gui.storage.formats.archive import export_project, unpack_project
from plantseg_gui.storage.formats.registry import write
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import Role, ask
from plantseg_gui.ui.presenters.session import Session

ZIP = "Project copies (*.zip)"


class Copies(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        projects: OpenProject,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._projects = session, store, projects
        self._jobs, self._actions, self._window = jobs, actions, window
        self._job = 0
        actions["save_copy"].triggered.connect(self.ask_save)
        actions["open_copy"].triggered.connect(self.ask_open)
        actions["save_masks"].triggered.connect(self.ask_masks)
        session.project_opened.connect(self._refresh)
        session.document_opened.connect(self._refresh)
        self._refresh()

    def ask_save(self) -> None:
        """Ask where to, and whether with the photos; then write the zip file."""
        project = self._session.project
        if project is None or self._job:
            return
        start = project.folder.with_name(f"{project.folder.name}.zip")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save a copy of the project", str(start), ZIP
        )
        if not name:
            return
        whole, masks = "With the photos", "Without the photos"
        answer = ask(
            self._window,
            "Copy of the project",
            "Put the photos into the file as well?",
            "Without them the copy is small, and opens where the same photos are.\n"
            "Photos go in as they are: with the place (GPS) where the camera wrote it.",
            {whole: Role.AcceptRole, masks: Role.ActionRole},
            "Cancel",
        )
        if answer in (whole, masks):
            self.save(Path(name), photos=answer == whole)

    def save(self, target: Path, *, photos: bool) -> None:
        """Write the zip file; everything that is open is saved first.

        Args:
            target: The file.
            photos: Put the photos in.
        """

        def begin(failed: list[AppError]) -> None:
            project = self._session.project
            if project is None or self._job:
                return
            for error in failed:
                self._session.fail(error)  # what is saved is copied all the same
            files = [(r.path, r.name) for r in project.photos()] if photos else []
            home = project.home
            self._run(
                "Copying the project",
                lambda token: export_project(home, target, files, _stopper(token)),
                lambda _: self._session.say(f"Copy of the project written: {target}."),
            )

        self._store.flush(begin)

    def ask_open(self) -> None:
        """Ask for a zip file and a new folder, unpack it and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a copy of a project", self._session.settings.last_folder, ZIP
        )
        if not name:
            return
        archive = Path(name)
        folder = QFileDialog.getExistingDirectory(
            self._window, f"Folder in which to unpack {archive.name}", str(archive.parent)
        )
        if folder:
            self.open(archive, Path(folder) / archive.stem)

    def open(self, archive: Path, folder: Path) -> None:
        """Unpack into a new folder, then open it."""
        self._run(
            "Unpacking the project",
            lambda token: unpack_project(archive, folder, progress=_stopper(token)),
            lambda _: self._projects.open_folder(folder),
        )

    def ask_masks(self) -> None:
        """Ask for a folder and write the open masks there, whatever the project's drive does."""
        folder = QFileDialog.getExistingDirectory(self._window, "Save the open masks to")
        if folder:
            self.write_masks(Path(folder))

    def write_masks(self, folder: Path) -> None:
        """Write the masks that are in memory as numbered PNG, to be imported again later."""
        records = self._session.records
        items = [
            Annotation(records[i].name, document.labels.array.copy())
            for i, document in self._store.documents()
            if i in records
        ]
        self._run(
            "Saving the open masks",
            lambda _token: write("png-labels", items, folder),
            lambda written: self._session.say(
                f"{len(written.files)} mask(s) written to {folder}; File ▸ Import brings them back."
            ),
        )

    def _run(
        self,
        text: str,
        work: Callable[[CancelToken], Written],
        then: Callable[[Written], None],
    ) -> None:
        token = CancelToken()
        self._job = self._jobs.add(text, token.cancel)
        self._refresh()

        def done(written: Written) -> None:
            self._end()
            if written.files:
                then(written)
            for note in written.notes[:3]:
                self._session.say(note)

        def broke(error: AppError) -> None:
            self._end()
            self._session.fail(error)

        def run() -> Written:
            try:
                return work(token)
            except Cancelled:
                return Written((), (f"{text}: stopped.",))

        run_task(run, on_done=done, on_error=broke, doing=text.lower())

    def _end(self) -> None:
        self._jobs.remove(self._job)
        self._job = 0
        self._refresh()

    def _refresh(self) -> None:
        free = not self._job
        self._actions.enable(free, "open_copy")
        self._actions.enable(free and self._session.project is not None, "save_copy")
        self._actions.enable(free and self._session.document is not None, "save_masks")


def _stopper(token: CancelToken) -> Callable[[int, int], None]:
    """Ends the work when it was cancelled."""

    def progress(_done: int, _total: int) -> None:
        token.raise_if_cancelled()

    return progress
