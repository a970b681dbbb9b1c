"""Opens folders and photos, from the dialogs, the recent list, a drop or the command line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.scale import SCALE_FACTORS
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.images import PHOTO_SUFFIXES, is_photo_name
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.actions import Actions, Menus, reset_menu
from plantseg_gui.ui.bindings import bind_switch
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import ask_lose
from plantseg_gui.ui.presenters.session import Session

LAST_PHOTO = "last_photo"
SCALE = "scale"


class _Opened(NamedTuple):
    project: Project
    records: list[PhotoRecord]
    notes: list[str]
    first: str
    scale: int


class OpenProject(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        jobs: JobModel,
        stage: Stage,
        photos: PhotosPanel,
        actions: Actions,
        menus: Menus,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._jobs = session, store, jobs
        self._stage, self._photos, self._menus, self._window = stage, photos, menus, window
        self._actions = actions
        self._busy = False
        self._next: tuple[Path, Path | None] | None = None
        actions["open_folder"].triggered.connect(self.ask_folder)
        actions["open_photos"].triggered.connect(self.ask_photos)
        stage.empty.recent_chosen.connect(lambda folder: self.open_folder(Path(folder)))
        store.waiting.connect(self._on_waiting)
        for factor in SCALE_FACTORS:
            bind_switch(
                actions[f"scale_{factor}"],
                session.scale_changed,
                lambda factor=factor: session.scale == factor,  # type: ignore[misc]
                lambda _, factor=factor: self.set_scale(factor),  # type: ignore[misc]
            )
        session.project_opened.connect(self._refresh_scale)
        self._refresh_scale()
        self._show_recent()

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        folder = QFileDialog.getExistingDirectory(
            self._window, "Open a folder of leaf photos", self._session.settings.last_folder
        )
        if folder:
            self.open_folder(Path(folder))

    def ask_photos(self) -> None:
        """Ask for photos and open them."""
        pattern = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            "Open photos",
            self._session.settings.last_folder,
            f"Photos ({pattern});;All files (*)",
        )
        if names:
            self.open_paths([Path(name) for name in names])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was dropped or given: a folder as a project, photos in the one of their folder.

        Photos are added to the open project; without one, their folder is opened.
        """
        folders = [p for p in paths if p.is_dir()]
        photos = [p for p in paths if p.is_file() and is_photo_name(p)]
        if folders:
            self.open_folder(folders[0])
            if len(folders) > 1:
                self._session.say(f"One folder at a time: {folders[0]} was opened.")
        elif photos and self._session.project is not None and not self._session.read_only:
            self._add(self._session.project, photos)
        elif photos:
            self.open_folder(photos[0].parent, first=photos[0])
        elif paths:
            self._session.fail(
                InputError(
                    f"{paths[0]} is neither a folder nor a photo that can be read.",
                    "Use JPEG, PNG, TIFF, BMP or WebP photos.",
                )
            )

    def open_folder(self, folder: Path, *, first: Path | None = None) -> None:
        """Open the project of a folder; what is open is saved before.

        Args:
            folder: Photos.
            first: The photo to begin with; else the one that was on screen last.
        """
        if self._busy:
            self._next = folder, first  # when the one before is open; of several the last
        else:
            self._busy = True
            self._store.flush(lambda failed: self._open_flushed(folder, first, failed))

    def set_scale(self, scale: int) -> None:
        """Look at this project's photos at another scale from now on; kept in the project."""
        project = self._session.project
        if project is None or scale == self._session.scale:
            return
        self._session.set_scale(scale)
        run_task(
            lambda: project.set(SCALE, scale),
            on_error=self._session.fail,
            doing="keeping the lesion size of the project",
        )

    def _refresh_scale(self) -> None:
        on = self._session.project is not None and not self._session.read_only
        self._actions.enable(on, *(f"scale_{factor}" for factor in SCALE_FACTORS))

    def look_again(self, folder: Path) -> None:
        """Look for new photos, if the project of `folder` is the one that is open."""
        project = self._session.project
        if project is not None and project.folder == folder.absolute():
            run_task(
                lambda: (project.scan(), project.photos())[1],
                on_done=lambda records: self.show_records(project, records),
                on_error=self._session.fail,
                doing=f"looking through {folder}",
            )

    def close_project(self) -> None:
        """Let go of the open project; everything must have been saved before."""
        project = self._session.project
        if project is None:
            return
        photo_id = self._store.wanted
        self._store.forget_all()
        self._session.set_project(None, [])
        if not project.read_only:
            try:
                project.set(LAST_PHOTO, photo_id)
            except AppError as error:
                self._session.fail(error)
        project.close()

    def _open_flushed(self, folder: Path, first: Path | None, failed: list[AppError]) -> None:
        if failed:
            self._session.fail(failed[0])
            self._ready()
            return
        lost = self._store.lost()
        if lost is not None and not ask_lose(
            self._window, lost, "Open and lose them", "Do not open"
        ):
            self._ready()
            return
        self.close_project()
        job = self._jobs.add(f"Opening {folder.name}")
        home = self._session.settings.project_home
        run_task(
            lambda: _open(folder, home, first),
            on_done=lambda opened: self._on_opened(opened, job),
            on_error=lambda error: self._on_failed(error, job, folder),
            doing=f"opening {folder}",
        )

    def _ready(self) -> None:
        self._busy = False
        wanted, self._next = self._next, None
        project = self._session.project
        if wanted is None:
            return
        folder, first = wanted
        if first is None and project is not None and project.folder == folder.resolve():
            return
        self.open_folder(folder, first=first)

    def _on_opened(self, opened: _Opened, job: int) -> None:
        self._show_opened(opened, job)
        self._ready()

    def _show_opened(self, opened: _Opened, job: int) -> None:
        self._jobs.remove(job)
        project = opened.project
        self._session.set_project(project, opened.records, opened.scale)
        self._session.settings = self._session.settings.with_recent(project.folder)
        self._session.write_settings()
        self._show_recent()
        self._photos.set_project(project.folder.name, str(project.folder), opened.records)
        self._window.setWindowTitle(f"{project.folder.name}[*] – PlantSeg-Next Studio")
        self._stage.tell("\n".join(opened.notes), "project")
        if not opened.records:
            self._stage.show_waiting(
                "No photos in this folder",
                f"{project.folder}\nJPEG, PNG, TIFF, BMP and WebP photos are found, "
                "also in sub-folders. Drop photos here to add them.",
            )
            return
        count = len(opened.records)
        self._session.say(f"{count} photo{'s' if count != 1 else ''} in {project.folder}.")
        first = opened.first or next(
            (r.photo_id for r in opened.records if not r.error), opened.records[0].photo_id
        )
        self.show_photo(first)

    def _on_failed(self, error: AppError, job: int, folder: Path) -> None:
        self._jobs.remove(job)
        if not folder.is_dir():
            self._session.settings = self._session.settings.without_recent(folder)
            self._session.write_settings()
            self._show_recent()
        self._photos.set_project("Photos", "", [])
        self._stage.show_empty()
        self._session.fail(error)
        self._ready()

    def _add(self, project: Project, photos: list[Path]) -> None:
        run_task(
            lambda: (project.add_photos(photos), project.photos()),
            on_done=lambda found: self._on_added(project, found[0], found[1], len(photos)),
            on_error=self._session.fail,
            doing="adding photos",
        )

    @property
    def something_wanted(self) -> bool:
        """Whether a photo is on screen or about to be."""
        return bool(self._store.wanted)

    def show_photo(self, photo_id: str) -> None:
        """Put a photo on screen and mark it in the list."""
        self._photos.show_current(photo_id)
        self._store.show(photo_id)

    def show_records(self, project: Project, records: list[PhotoRecord]) -> None:
        """The project has other photos now; the one on screen and the marks stay.

        Args:
            project: Theirs; another one than the open one is passed over.
            records: All its photos.
        """
        if project is self._session.project:
            # A photo that is open stays known although its file has gone: its work is still saved.
            gone = {
                key: replace(record, missing=True)
                for key, record in self._session.records.items()
                if self._store.is_open(key)
            }
            self._session.records = gone | {record.photo_id: record for record in records}
            self._photos.change_rows(records)
            self._session.status_changed.emit()

    def _on_added(
        self, project: Project, ids: list[str], records: list[PhotoRecord], count: int
    ) -> None:
        self.show_records(project, records)
        if project is not self._session.project:
            return
        if ids:
            self.show_photo(ids[0])
        if len(ids) < count:
            self._session.say(
                f"{count - len(ids)} of them were removed from the project before: "
                "Photos ▸ Put back brings them back."
            )

    def _on_waiting(self, title: str, text: str) -> None:
        self._stage.show_waiting(title, text)

    def _show_recent(self) -> None:
        folders = list(self._session.settings.recent_projects)
        self._stage.empty.show_recent(folders)
        menu = self._menus["Open &recent>"]
        entries = [(folder.replace("&", "&&"), f"Open {folder}") for folder in folders]
        for folder, action in zip(folders, reset_menu(menu, self, entries), strict=True):
            action.triggered.connect(lambda _, f=folder: self.open_folder(Path(f)))
        menu.setEnabled(bool(folders))


def _open(folder: Path, home: str, first: Path | None) -> _Opened:
    """Open a project and look for new photos; runs in the pool."""
    project = Project.open_folder(folder, home=home)
    try:
        report = project.scan()
        records = project.photos()
        shown = ""
        if first is not None:
            wanted = first.expanduser().absolute()
            shown = next((r.photo_id for r in records if r.path == wanted), "")
        elif isinstance(last := project.get(LAST_PHOTO, ""), str):
            shown = next((r.photo_id for r in records if r.photo_id == last), "")
        scale = project.get(SCALE, 1)
    except AppError:
        project.close()
        raise
    notes = list(project.notes) + list(report.notes)
    if report.missing:
        notes.append(
            f"{len(report.missing)} photo(s) with saved work are no longer in the folder; "
            "the work is kept."
        )
    known = scale if isinstance(scale, int) and scale in SCALE_FACTORS else 1
    return _Opened(project, records, notes, shown, known)
