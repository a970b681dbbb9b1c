"""The acts of correcting: undo, accept, reset, approve, tags, and walking through the photos."""

from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.dialogs.tags import TagsDialog
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.tools.registry import TOOLS

NEED_PHOTO = (*TOOLS, "smaller", "larger", "paint_lesion", "paint_unsure", "tags")


class Correct(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        batch: Batch,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._photos = session, store, photos
        self._batch = batch
        self._actions, self._window = actions, window
        for name, act in {
            "undo": self.undo,
            "redo": self.redo,
            "accept": self.accept,
            "reset": self.reset,
            "approve": self.approve,
            "unapprove": self.withdraw,
            "tags": self.ask_tags,
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
        """Take the last change of the mask back."""
        document = self._session.document
        if document is None or not self._batch.ask_undo_one(document):
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

    def approve(self) -> None:
        """The whole leaf was checked; go on to the next photo that is not approved."""
        document = self._session.document
        if document is None:
            return
        # Before it leaves the list, where a filter shows open photos only.
        following = self._photos.step(1, only_open=True) or self._photos.step(-1, only_open=True)
        document.approve(True)
        if following:
            self._go(following)
        else:
            self._store.save_all()
            self._session.say("Approved. Every photo shown in the list is approved now.")

    def withdraw(self) -> None:
        """The photo needs another look."""
        if self._session.document is not None:
            self._session.document.approve(False)
            self._session.say("Approval withdrawn.")

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
                "No photo after this one is left to approve."
                if only_open
                else f"This is the {'last' if direction > 0 else 'first'} photo."
            )

    def ask_tags(self) -> None:
        """Ask for the tags of the photo on screen."""
        record = self._session.records.get(self._session.photo_id)
        project = self._session.project
        if record is None or project is None:
            return
        known = sorted(
            {t for r in self._session.records.values() for t in r.tags}, key=str.casefold
        )
        dialog = TagsDialog(record.path.name, record.tags, known, self._window)
        if dialog.exec():
            self.set_tags(record.photo_id, dialog.tags())

    def set_tags(self, photo_id: str, tags: tuple[str, ...]) -> None:
        """Store the tags of a photo."""
        project = self._session.project
        if project is None:
            return
        run_task(
            lambda: project.set_tags(photo_id, tags),
            on_done=lambda _: self._on_tagged(photo_id, tags),
            on_error=self._session.fail,
            doing="saving tags",
        )

    def _go(self, photo_id: str) -> None:
        self._photos.show_current(photo_id)
        self._store.show(photo_id)

    def _on_tagged(self, photo_id: str, tags: tuple[str, ...]) -> None:
        record = self._session.records.get(photo_id)
        if record is not None:
            self._session.set_record(replace(record, tags=tags))

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

    def _refresh(self) -> None:
        document = self._session.document
        there = document is not None
        history = document.history if document is not None else None
        predicted = document is not None and document.prediction is not None
        self._actions.enable(there, *NEED_PHOTO)
        self._actions.enable(predicted, "accept", "reset")
        self._actions.enable(document is not None and not document.approved, "approve")
        self._actions.enable(document is not None and document.approved, "unapprove")
        self._actions.enable(bool(self._session.records), "next", "previous", "next_open", "filter")
        self._actions.enable(there and not self._session.read_only, "save")
        for name, able, what in (
            ("undo", history is not None and history.can_undo, "undo_name"),
            ("redo", history is not None and history.can_redo, "redo_name"),
        ):
            action = self._actions[name]
            action.setEnabled(able)
            step = getattr(history, what) if able else ""
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
