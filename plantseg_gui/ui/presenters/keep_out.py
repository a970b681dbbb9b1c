"""“Never train on this”: puts photos into the person's own test set, and takes them out again."""

from PySide6.QtCore import QObject

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.marks import Marks
from plantseg_gui.ui.presenters.session import Session


class KeepOut(QObject):
    """See the module's text. The same act takes it back."""

    def __init__(
        self,
        session: Session,
        photos: PhotosPanel,
        marks: Marks,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._photos, self._marks = session, photos, marks
        self._action = actions["keep_out"]
        self._action.triggered.connect(self.toggle)
        photos.marks_changed.connect(self._refresh)
        session.project_opened.connect(self._refresh)
        session.record_changed.connect(lambda _: self._refresh())
        self._refresh()

    def toggle(self) -> None:
        """Put the marked photos into the test set; when all are in it, take them out."""
        ids = self._photos.marked_ids()
        on = not self._all_in()
        name = "Into the test set" if on else "Out of the test set"
        self._marks.put(name, {i: {"keep_out": on} for i in ids}, lambda n: self._tell(n, on))
        self._refresh()

    def _tell(self, count: int, on: bool) -> None:
        photos = "1 photo is" if count == 1 else f"{count} photos are"
        if count and on:
            self._session.say(f"{photos} in your test set now: never trained on, only judged by.")
        elif count:
            self._session.say(f"{photos} out of your test set: used for training again.")
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
