"""“Never train on this”: puts photos into the person's own test set, and takes them out again."""

from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session


class _Done(NamedTuple):
    project: Project
    photo_ids: list[str]
    error: AppError | None


class KeepOut(QObject):
    """See the module's text. The same act takes it back."""

    def __init__(
        self, session: Session, photos: PhotosPanel, actions: Actions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session, self._photos = session, photos
        self._action = actions["keep_out"]
        self._action.triggered.connect(self.toggle)
        self._menu = QMenu(window)
        self._menu.setToolTipsVisible(True)
        self._menu.addAction(self._action)
        photos.menu_wanted.connect(self._show_menu)
        photos.marks_changed.connect(self._refresh)
        session.project_opened.connect(self._refresh)
        session.record_changed.connect(lambda _: self._refresh())
        self._refresh()

    def toggle(self) -> None:
        """Put the marked photos into the test set; when all are in it, take them out."""
        project, ids = self._session.project, self._photos.marked_ids()
        if project is None or not ids:
            return
        on = not self._all_in()
        run_task(
            lambda: _store(project, ids, on),
            on_done=lambda done: self._on_stored(done, on),
            on_error=self._session.fail,
            doing="marking photos for the test set",
        )

    def _on_stored(self, done: _Done, on: bool) -> None:
        if done.project is self._session.project:
            for photo_id in done.photo_ids:
                record = self._session.records.get(photo_id)
                if record is not None:
                    self._session.set_record(replace(record, keep_out=on))
        count = len(done.photo_ids)
        photos = "1 photo is" if count == 1 else f"{count} photos are"
        if count and on:
            self._session.say(f"{photos} in your test set now: never trained on, only judged by.")
        elif count:
            self._session.say(f"{photos} out of your test set: used for training again.")
        if done.error is not None:
            self._session.fail(done.error)
        self._refresh()

    def _all_in(self) -> bool:
        """Whether there are marked photos and all of them are in the test set."""
        records = self._session.records
        ids = self._photos.marked_ids(most=1)
        if not ids or not (ids[0] in records and records[ids[0]].keep_out):
            return False
        return all(i in records and records[i].keep_out for i in self._photos.marked_ids())

    def _refresh(self) -> None:
        there = self._session.project is not None and not self._session.read_only
        self._action.setEnabled(there and bool(self._photos.marked_ids(most=1)))
        self._action.setChecked(self._all_in())

    def _show_menu(self, at: QPoint) -> None:
        if self._photos.marked_ids(most=1):
            self._menu.popup(at)


def _store(project: Project, photo_ids: list[str], on: bool) -> _Done:
    """Runs in the pool; the photos before one that fails are done."""
    done: list[str] = []
    for photo_id in photo_ids:
        try:
            project.set_keep_out(photo_id, on)
        except AppError as error:
            return _Done(project, done, error)
        done.append(photo_id)
    return _Done(project, done, None)
