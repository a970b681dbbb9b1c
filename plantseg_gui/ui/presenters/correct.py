"""The acts of correcting: undo, accept, reset, and walking through the photos."""

from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.marks import Marks
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.tools.registry import TOOLS

NEED_PHOTO = (*TOOLS, "smaller", "larger", "paint_lesion", "paint_unsure")


class Correct(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        batch: Batch,
        marks: Marks,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._photos = session, store, photos
        self._batch, self._marks, self._actions = batch, marks, actions
        for name, act in {
            "undo": self.undo,
            "redo": self.redo,
            "accept": self.accept,
            "reset": self.reset,
            "next": lambda: self.step(1),
            "previous": lambda: self.step(-1),
            "next_open": lambda: self.step(1, only_open=True),
            "filter": photos.focus_filter,
            "save": self.save,
        }.items():
            actions[name].triggered.connect(act)
        photos.chosen.connect(store.show)
        session.status_changed.connect(self._refresh)
        session.prediction_changed.connect(self._refresh)
        session.record_changed.connect(self._on_record)
        session.document_opened.connect(self._on_document)
        session.project_opened.connect(self._refresh)
        self._refresh()

    def undo(self) -> None:
        """Take the last change of the mask back, or the verdict on it that came after."""
        document = self._session.document
        if document is None:
            return
        if mark := self._marks.take_back_here(document):
            self._session.say(f"Taken back: {mark}.")
            return
        if not self._batch.ask_undo_one(document):
            return
        edit = document.undo()
        if edit is not None:
            self._session.say(f"Taken back: {edit.name}.")

    def redo(self) -> None:
        """Do it again."""
        edit = self._session.document.redo() if self._session.document is not None else None
        if edit is not None:
            self._session.say(f"Done again: {edit.name}.")

    def accept(self) -> None:
        """Take the model's mask as the person's own."""
        document = self._session.document
        if document is not None:
            self._take_waiting(document)
            done = document.accept_prediction() is not None
            self._session.say(
                "Prediction accepted: its lesions count as yours now."
                if done
                else "Nothing to accept: the prediction is in your mask already."
            )

    def reset(self) -> None:
        """Go back to the model's mask."""
        document = self._session.document
        if document is not None:
            self._take_waiting(document)
            done = document.reset_to_prediction() is not None
            self._session.say(
                "Back to the prediction. Undo brings your mask back."
                if done
                else "The mask is the prediction already."
            )

    def _take_waiting(self, document: Document) -> None:
        """The mask at the threshold that the person chose is the prediction from now on."""
        if self._session.waiting is not None:
            document.set_prediction(self._session.waiting)

    def save(self) -> None:
        """Save now; says so when it is done."""
        self._store.flush(self._on_flushed)

    def step(self, direction: int, *, only_open: bool = False) -> None:
        """Go to the next or previous photo of those shown in the list."""
        following = self._photos.step(direction, only_open=only_open)
        if following:
            self._go(following)
        elif self._session.records:
            self._session.say(
                "No photo after this one is left to do."
                if only_open
                else f"This is the {'last' if direction > 0 else 'first'} photo."
            )

    def _go(self, photo_id: str) -> None:
        self._photos.show_current(photo_id)
        self._store.show(photo_id)

    def _on_flushed(self, failed: list[AppError]) -> None:
        if self._session.read_only:
            self._session.say("This project is open elsewhere: nothing can be saved here.")
        elif not failed:
            self._session.say("Saved.")

    def _on_document(self) -> None:
        if self._session.document is not None:
            self._photos.show_current(self._session.photo_id)

    def _on_record(self, photo_id: str) -> None:
        self._photos.update_row(self._session.records[photo_id])
        if photo_id == self._session.photo_id:
            self._refresh()

    def _refresh(self) -> None:
        document = self._session.document
        there = document is not None
        history = document.history if document is not None else None
        predicted = document is not None and document.prediction is not None
        self._actions.enable(there, *NEED_PHOTO)
        self._actions.enable(predicted, "accept", "reset")
        self._actions.enable(bool(self._session.records), "next", "previous", "next_open", "filter")
        self._actions.enable(there and not self._session.read_only, "save")
        undo = self._marks.last_here(document) if document is not None else ""
        redo = ""
        if history is not None:
            undo = undo or (history.undo_name if history.can_undo else "")
            redo = history.redo_name if history.can_redo else ""
        for name, step in (("undo", undo), ("redo", redo)):
            action = self._actions[name]
            action.setEnabled(bool(step))
            tip = f"{name.capitalize()}: {step}" if step else ACTIONS[name].tip
            self._actions.set_tip(name, tip)
        self._show_status()

    def _show_status(self) -> None:
        """The list shows the status at once, not only after the save."""
        document = self._session.document
        record = self._session.records.get(self._session.photo_id)
        if document is not None and record is not None and record.status != document.status:
            shown = replace(record, status=document.status)
            self._session.records[record.photo_id] = shown
            self._photos.update_row(shown)
