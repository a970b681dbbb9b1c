"""Watches the photo folder: what comes into it joins the list and is predicted behind the scenes.

The system tells of changes at once; network drives do not, so the folder is looked at every ten
seconds as well. Looking, and decoding what came, happens in the pool. The photo on screen, the
marks in the list and its place on screen stay as they are.
"""

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.folder_watch import SETTLED_S, FolderWatch, Seen
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.predict_all import PredictAll
from plantseg_gui.ui.presenters.session import Session

KEPT = "watched"
POLL_MS = 10_000
SOON_MS = 300
NAMED = 3
MOST_FOLDERS = 500
NEW_PHOTOS = "New photos"


class Watch(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        projects: OpenProject,
        predict_all: PredictAll,
        actions: Actions,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._session, self._projects, self._predict_all = session, projects, predict_all
        self._clock = clock
        self._action = actions["watch"]
        self._folder_watch: FolderWatch | None = None
        self._looking = self._again = False
        self._reachable = True
        self._changes = QFileSystemWatcher(self)
        self._changes.directoryChanged.connect(lambda _: self._look_in(SOON_MS))
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self.look)
        self._action.triggered.connect(self.watch)
        session.project_opened.connect(self._on_project)
        self._on_project()

    @property
    def watching(self) -> bool:
        """Whether the open project's folder is watched."""
        return self._folder_watch is not None

    def watch(self, on: bool) -> None:
        """Begin or end to watch; kept in the project."""
        project = self._session.project
        if project is None or project.read_only:
            return
        self._begin(project if on else None)
        run_task(
            lambda: project.set(KEPT, on),
            on_error=self._session.fail,
            doing="keeping that the folder is watched",
        )
        self._session.say(
            f"{project.folder.name} is watched: new photos in it are added by themselves."
            if on
            else f"{project.folder.name} is no longer watched."
        )

    def look(self) -> None:
        """Look through the folder now."""
        watch, project = self._folder_watch, self._session.project
        if watch is None or project is None:
            return
        if self._looking:
            self._again = True
            return
        self._looking, self._again = True, False
        now = self._clock()

        def work() -> tuple[Seen, list[PhotoRecord]]:
            seen = watch.look(now)
            return seen, project.photos() if seen.report is not None else []

        run_task(
            work,
            on_done=partial(self._on_looked, project),
            on_error=partial(self._on_error, project),
            priority=-1,
            doing=f"looking through {project.folder}",
        )

    def _on_project(self) -> None:
        project = self._session.project
        there = project is not None and not project.read_only
        kept = project is not None and there and project.get(KEPT, False) is True
        self._begin(project if kept else None)
        self._action.setEnabled(there)

    def _begin(self, project: Project | None) -> None:
        self._next.stop()
        if self._changes.directories():
            self._changes.removePaths(self._changes.directories())
        self._folder_watch = None if project is None else FolderWatch(project)
        self._reachable = True
        self._action.setChecked(project is not None)
        if project is not None:
            self._look_in(0)

    def _look_in(self, ms: int) -> None:
        """Look after so long, or earlier where that is planned."""
        if self.watching and not (self._next.isActive() and self._next.remainingTime() <= ms):
            self._next.start(ms)

    def _on_looked(self, project: Project, found: tuple[Seen, list[PhotoRecord]]) -> None:
        self._looking = False
        if project is self._session.project and self.watching:
            self._take_in(project, *found)
        seen = found[0]
        soon = round(1000 * SETTLED_S) + SOON_MS if seen.waiting else POLL_MS
        self._look_in(0 if self._again else soon)

    def _on_error(self, project: Project, error: AppError) -> None:
        self._looking = False
        if project is self._session.project:
            self._session.fail(error)
        self._look_in(POLL_MS)

    def _take_in(self, project: Project, seen: Seen, records: list[PhotoRecord]) -> None:
        if seen.reachable != self._reachable:
            self._reachable = seen.reachable
            self._session.say(
                f"{project.folder} can be reached again."
                if seen.reachable
                else f"{project.folder} cannot be reached now; it is tried again. All work is kept."
            )
        if not seen.reachable:
            return
        new = [str(f) for f in seen.folders[:MOST_FOLDERS]]
        watched = set(self._changes.directories())
        if fresh := [f for f in new if f not in watched]:
            self._changes.addPaths(fresh)
        if seen.unreadable:
            first = seen.unreadable[0]
            more = f" {len(seen.unreadable)} such files came." if len(seen.unreadable) > 1 else ""
            self._session.fail(
                InputError(f"{first.what}{more}", "It is looked at again when the file changes.")
            )
        report = seen.report
        if report is None:
            return
        self._projects.show_records(project, records)
        if text := _told(report.added, records, report.notes):
            self._session.say(text)
        if not self._projects.something_wanted and report.added:
            self._projects.show_photo(report.added[0])
        if self._session.settings.predict_on_open and self._session.model:
            self._predict_all.also(report.added, NEW_PHOTOS)


def _told(added: list[str], records: list[PhotoRecord], notes: list[str]) -> str:
    """One line about what came and went."""
    names = {r.photo_id: r.path.name for r in records}
    come = [names[i] for i in added if i in names]
    parts = []
    if come:
        more = f" and {len(come) - NAMED} more" if len(come) > NAMED else ""
        count = "1 new photo" if len(come) == 1 else f"{len(come)} new photos"
        parts.append(f"{count}: {', '.join(come[:NAMED])}{more}.")
    return " ".join([*parts, *notes])
