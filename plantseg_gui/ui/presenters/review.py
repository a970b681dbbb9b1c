"""The verdict on a photo: approved, needs work, skipped, with a note; and its tags.

A verdict on the photo on screen goes on to the next one that is still to do. Where several photos
are marked in the list, needs work, skip, note and tags mean those, after a question that says how
many they are.
"""

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.document import Document
from plantseg_gui.storage.photo_record import NEEDS_WORK, SKIPPED, PhotoRecord
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.note import NoteDialog
from plantseg_gui.ui.dialogs.tags import TagsDialog
from plantseg_gui.ui.panels.photo_model import STATUS_TEXT
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.batch_run import counted
from plantseg_gui.ui.presenters.marks import APPROVED, Fields, Marks
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

_WHAT_IT_MEANS = {
    NEEDS_WORK: "They stay in the list as “Needs work” until somebody approves them.",
    SKIPPED: "Going on to the next photo to do passes over them.",
}


class Review(QObject):
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
        self._window = window
        for name, act in {
            "approve": self.approve,
            "unapprove": self.withdraw,
            "needs_work": lambda: self.judge(NEEDS_WORK),
            "skip": lambda: self.judge(SKIPPED),
            "note": self.ask_note,
            "tags": self.ask_tags,
            "approve_marked": self.ask_approve,
        }.items():
            actions[name].triggered.connect(act)
        for changed in (session.status_changed, session.document_opened, session.project_opened):
            changed.connect(self._refresh)
        photos.marks_changed.connect(self._refresh)
        self._refresh()

    def approve(self) -> None:
        """The whole leaf was checked; go on to the next photo that is still to do."""
        document = self._session.document
        if document is None:
            return
        following = self._following()
        self._put(document, "Approve", {APPROVED: True, "review": ""})
        if following:
            self._go(following)
        else:
            self._store.save_all()
            self._session.say("Approved. No photo shown in the list is left to do.")

    def withdraw(self) -> None:
        """The photo needs another look."""
        document = self._session.document
        if document is not None:
            self._put(document, "Withdraw approval", {APPROVED: False})
            self._session.say("Approval withdrawn.")

    def judge(self, review: str) -> None:
        """Say that a photo needs work, or skip it, and go on; a second time takes it back.

        Args:
            review: NEEDS_WORK or SKIPPED.
        """
        word = STATUS_TEXT[review]
        if self._batch.several_marked:
            self._ask_judge(review)
            return
        document = self._session.document
        if document is None:
            return
        record = self._session.records[document.document_id]
        if record.review == review:
            self._put(document, f"No longer “{word}”", {"review": ""})
            self._session.say(f"No longer “{word}”: {record.path.name}.")
            return
        following = self._following()
        self._put(document, word, {"review": review, APPROVED: False})
        self._session.say(f"{word}: {record.path.name}. Undo on that photo takes it back.")
        if following:
            self._go(following)

    def ask_note(self) -> None:
        """Ask for a line about the photo on screen, or about those that are marked."""
        records = self._meant()
        if not records:
            return
        first = records[0]
        same = all(r.note == first.note for r in records)
        written = ""
        if same and first.note:
            at = first.note_at[:16].replace("T", " ")
            written = ", ".join(part for part in (first.note_by, at) if part)
        dialog = NoteDialog(_about(records), first.note if same else "", written, self._window)
        if dialog.exec():
            self.set_note(records, dialog.note())

    def set_note(self, records: list[PhotoRecord], note: str) -> None:
        """Write a line about photos; an empty one removes it."""
        by, at = (self._session.person, time.strftime("%Y-%m-%dT%H:%M:%S%z")) if note else ("", "")
        fields = {"note": note, "note_by": by, "note_at": at}
        wanted = {r.photo_id: fields for r in records if r.note != note}
        self._marks.put("Note" if note else "Remove note", wanted, self._told("Note"))

    def ask_tags(self) -> None:
        """Ask for the tags of the photo on screen, or of those that are marked."""
        records = self._meant()
        if not records:
            return
        known = {t for r in self._session.records.values() for t in r.tags}
        everywhere = [t for t in records[0].tags if all(t in r.tags for r in records)]
        some = {t for r in records for t in r.tags} - set(everywhere)
        dialog = TagsDialog(
            _about(records), everywhere, sorted(known, key=str.casefold), self._window, some=some
        )
        if dialog.exec():
            self.set_tags(records, dialog.tags(), dialog.left())

    def set_tags(
        self, records: list[PhotoRecord], tags: tuple[str, ...], left: frozenset[str] = frozenset()
    ) -> None:
        """Give photos their tags.

        Args:
            records: The photos.
            tags: What all of them shall have.
            left: Tags that stay where they are.
        """
        wanted = {
            r.photo_id: {"tags": tuple(dict.fromkeys((*(t for t in r.tags if t in left), *tags)))}
            for r in records
        }
        self._marks.put("Tags", wanted, self._told("Tags"))

    def ask_approve(self) -> None:
        """Approve the photos that are marked in the list, as far as they have a mask."""
        chosen = [r for r in self._batch.chosen("predicted", "corrected") if not r.error]
        new = len(self._batch.chosen("new"))
        details = "Their whole leaves count as checked: all of it is exported and trained on."
        if new:
            details += f"\n{counted(new)} without a mask are left out."
        if not chosen:
            self._session.say("None of the marked photos has a mask that is not approved yet.")
        elif self._batch.agree(f"Approve {counted(len(chosen))}?", details, "Approve"):
            self._put_all("Approve", chosen, {APPROVED: True, "review": ""})

    def _ask_judge(self, review: str) -> None:
        word = STATUS_TEXT[review]
        chosen = [r for r in self._meant() if r.review != review]
        approved = sum(r.status == "approved" for r in chosen)
        details = _WHAT_IT_MEANS[review]
        if approved:
            details += f"\n{counted(approved)} of them lose their approval."
        if not chosen:
            self._session.say(f"The marked photos are “{word}” already.")
        elif self._batch.agree(f"Mark {counted(len(chosen))} as “{word}”?", details, "Mark"):
            self._put_all(word, chosen, {"review": review, APPROVED: False})

    def _put_all(self, name: str, records: list[PhotoRecord], fields: Fields) -> None:
        self._marks.put(name, {r.photo_id: dict(fields) for r in records}, self._told(name))

    def _told(self, name: str) -> Callable[[int], None]:
        def tell(count: int) -> None:
            undo = " Photos ▸ Take back undoes it." if count > 1 else ""
            self._session.say(f"{name}: {counted(count)} changed.{undo}")

        return tell

    def _put(self, document: Document, name: str, fields: Mapping[str, object]) -> None:
        self._marks.put(name, {document.document_id: dict(fields)})

    def _meant(self) -> list[PhotoRecord]:
        """The marked photos where there are several, else the one on screen."""
        records = self._session.records
        several = self._batch.several_marked
        ids = self._photos.marked_ids() if several else [self._session.photo_id]
        return [records[i] for i in ids if i in records]

    def _following(self) -> str:
        # Before the verdict takes the photo out of the list, where a filter does so.
        return self._photos.step(1, only_open=True) or self._photos.step(-1, only_open=True)

    def _go(self, photo_id: str) -> None:
        self._photos.show_current(photo_id)
        self._store.show(photo_id)

    def _refresh(self) -> None:
        document, free = self._session.document, not self._session.read_only
        several = self._session.project is not None and self._batch.several_marked
        there = document is not None
        self._actions.enable(free and (there or several), "needs_work", "skip", "note", "tags")
        self._actions.enable(document is not None and not document.approved, "approve")
        self._actions.enable(document is not None and document.approved, "unapprove")
        self._actions.enable(free and several, "approve_marked")


def _about(records: list[PhotoRecord]) -> str:
    return records[0].path.name if len(records) == 1 else f"these {len(records)} photos"
