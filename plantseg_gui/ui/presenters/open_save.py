"""Opens photos and saves work: reading and writing in the pool, nothing lost on the way.

Each stroke goes into the journal at once (`Journal`); the file with the whole mask, the prediction
and the numbers for the list follows a few seconds later, and when another photo is shown. A
document that was changed stays in memory until it is on the disk, whatever photo is on screen by
then; a save that fails leaves the "unsaved" mark, says why, and is tried again. A few documents
stay open behind the one on screen, so that going back is instant.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.presenters.journal import Journal
from plantseg_gui.ui.presenters.photo_tasks import Loaded, Snapshot, write_photo
from plantseg_gui.ui.presenters.prefetch import Prefetch
from plantseg_gui.ui.presenters.reading import Reading
from plantseg_gui.ui.presenters.session import Session

# What stays open behind the photo on screen, in photo pixels (about 12 bytes each, and the undo).
KEPT_PX = 24_000_000
RETRY_MS = 15_000
STROKE_WAIT_MS = 400
SAVE_PRIORITY = 5


class OpenSave(QObject):
    """See the module's text.

    Attributes:
        saving_changed: `state` is new.
        waiting: (title, text): the photo asked for is being read, or cannot be.
    """

    saving_changed = Signal()
    waiting = Signal(str, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.journal = Journal(session, self)
        self.journal.changed.connect(self._on_journal)
        self.reading = Reading(session, lambda: self._wanted, self)
        self.reading.waiting.connect(self._on_waiting)
        self.reading.loaded.connect(self._on_loaded)
        self.reading.unreadable.connect(self._on_unreadable)
        self._open: OrderedDict[str, Document] = OrderedDict()
        self._saving: dict[str, Snapshot] = {}
        self._failed: dict[str, AppError] = {}
        self._after_flush: list[Callable[[list[AppError]], None]] = []
        # What a flush waits for: a person may go on painting meanwhile.
        self._goals: dict[str, int] = {}
        self._wanted = ""
        # A save waits for the journal.
        self._put_off = False
        self._autosave = QTimer(self)
        self._autosave.setSingleShot(True)
        self._autosave.timeout.connect(self._on_timer)
        session.status_changed.connect(self._on_status)
        session.prediction_changed.connect(self._on_status)

    @property
    def prefetch(self) -> Prefetch:
        """What is read before it is asked for."""
        return self.reading.prefetch

    @property
    def wanted(self) -> str:
        """The photo that was asked for last, on screen or still being read."""
        return self._wanted

    @property
    def state(self) -> tuple[str, str]:
        """Whether all work is on the disk, in a word, and the explanation."""
        failed = self.journal.error or next(iter(self._failed.values()), None)
        if failed is not None:
            return "Not saved", failed.what
        if self._session.read_only and any(d.dirty for d in self._open.values()):
            return "Cannot be saved", "This project is open elsewhere; changes here are lost"
        if self.journal.waiting:
            return "Saving…", "The last stroke is being written"
        return ("Saved", "Every stroke is on the disk") if self._open else ("", "")

    def show(self, photo_id: str) -> None:
        """Put a photo on screen; what was changed on the one before is saved."""
        if photo_id == self._wanted:
            return
        project = self._session.project
        record = self._session.records.get(photo_id)
        if project is None or record is None:
            return
        self._wanted = photo_id
        self.save_all()
        found = self._open.get(photo_id)
        if found is not None:
            self._present(found)
        else:
            self.reading.read(project, record)

    def forget_all(self) -> None:
        """Close all documents; everything must have been saved before (`flush`)."""
        self._wanted, self._put_off = "", False
        self._open.clear()
        self._failed.clear()
        self.reading.forget_all()
        self.journal.forget_all()
        self._autosave.stop()
        self.saving_changed.emit()

    def close(self, photo_ids: Iterable[str]) -> None:
        """Close documents that are saved (`flush`): their photos leave the project."""
        for photo_id in photo_ids:
            self._open.pop(photo_id, None)
            self._failed.pop(photo_id, None)
            self.journal.forget(photo_id)
            if photo_id == self._wanted:
                self._wanted = ""
                self._session.set_document(None)
        self.saving_changed.emit()

    def save_all(self) -> None:
        """Save every document with unsaved changes, now."""
        for document in list(self._open.values()):
            if document.dirty:
                self._save(document)

    def flush(self, then: Callable[[list[AppError]], None]) -> None:
        """Save everything and call `then` with what failed, once nothing is being written."""
        # A stroke that is being drawn counts as drawn.
        self._session.settling.emit()
        if self._session.read_only or self._session.project is None:
            then([])
            return
        self._after_flush.append(then)
        self._goals |= {k: d.change_count for k, d in self._open.items() if d.dirty}
        self.save_all()
        self._finish_flush()

    def unsaved(self) -> int:
        """Documents whose file does not hold their last state; the journal does as a rule."""
        return sum(document.dirty for document in self._open.values())

    @property
    def at_risk(self) -> bool:
        """Whether some work is not on the disk in any form."""
        lost = self._session.read_only and self.unsaved() > 0
        return lost or self.journal.waiting or bool(self._failed)

    def lost(self) -> AppError | None:
        """What a person did in a window that cannot save; None when nothing is lost."""
        count = sum(
            document.dirty and document.status in ("corrected", "approved")
            for document in self._open.values()
        )
        if not self._session.read_only or not count:
            return None
        return StorageError(
            f"This project is open elsewhere: your work on {count} photo(s) cannot be saved here.",
            "Close the other window, then open the folder again and repeat it.",
        )

    def is_open(self, photo_id: str) -> bool:
        """Whether a photo's document is in memory."""
        return photo_id in self._open

    def documents(self) -> list[tuple[str, Document]]:
        """All that are in memory, by photo id."""
        return list(self._open.items())

    def document(self, photo_id: str) -> Document | None:
        """A photo's document, where it is in memory."""
        return self._open.get(photo_id)

    def _on_timer(self) -> None:
        self.save_all()
        self._finish_flush()

    def _on_status(self) -> None:
        document = self._session.document
        unsaved = document is not None and document.dirty and not self._session.read_only
        waits = self._autosave.isActive() or self._session.photo_id in self._saving
        if unsaved and not waits:
            self._autosave.start(round(1000 * self._session.settings.autosave_s))
        self.saving_changed.emit()

    def _save(self, document: Document) -> None:
        project = self._session.project
        key = document.document_id
        if project is None or self._session.read_only or key in self._saving:
            return
        if document.history.open:
            # In the middle of a stroke: its lesion number is not decided yet.
            self._autosave.start(STROKE_WAIT_MS)
            return
        if document.pending.urgent:
            self._put_off = True
            self.journal.write()
            return  # the file follows as soon as the journal has it: `_on_journal`
        snapshot = self._snapshot(document)
        record = self._session.records.get(key)
        doing = f"saving the mask of {record.path}" if record is not None else "saving a mask"
        self._saving[key] = snapshot
        run_task(
            lambda: write_photo(project, snapshot),
            on_done=lambda record: self._on_saved(snapshot, record),
            on_error=lambda error: self._on_save_failed(snapshot, error),
            priority=SAVE_PRIORITY,
            doing=doing,
        )
        self.saving_changed.emit()

    def _snapshot(self, document: Document) -> Snapshot:
        prediction = document.prediction
        arrays = PhotoArrays(
            labels=document.labels.array.copy(),
            touched=document.touched.copy(),
            prediction=prediction,
        )
        leaf = self._session.leaves.get(document.document_id)
        return Snapshot(
            document,
            document.change_count,
            len(document.pending),
            document.journaled_seq,
            arrays,
            document.status,
            leaf,
            document.image,
        )

    def _on_journal(self) -> None:
        if not self.journal.waiting and (self._after_flush or self._put_off):
            self._put_off = False
            self.save_all()
        self._finish_flush()
        self.saving_changed.emit()

    def _on_saved(self, snapshot: Snapshot, record: PhotoRecord) -> None:
        key = snapshot.document.document_id
        self._saving.pop(key, None)
        self._failed.pop(key, None)
        snapshot.document.pending.saved(snapshot.pending)
        snapshot.document.mark_saved(snapshot.change_count)
        if key in self._session.records:
            self._session.set_record(record)
        if snapshot.change_count >= self._goals.get(key, 0):
            self._goals.pop(key, None)
        if snapshot.document.dirty and (key in self._goals or key != self._wanted):
            self._save(snapshot.document)
        elif snapshot.document.dirty:
            self._on_status()
        self._trim()
        self._finish_flush()
        self.saving_changed.emit()

    def _on_save_failed(self, snapshot: Snapshot, error: AppError) -> None:
        key = snapshot.document.document_id
        self._saving.pop(key, None)
        if self._open.get(key) is not snapshot.document:
            self._finish_flush()
            return  # its photo left the project meanwhile
        news = key not in self._failed
        self._failed[key] = error
        if news:
            self._session.fail(error)
        self._autosave.start(RETRY_MS)
        self._finish_flush()
        self.saving_changed.emit()

    def _finish_flush(self) -> None:
        if not self._after_flush:
            return
        stuck = self.journal.error is not None
        left = [
            key
            for key in self._goals
            if (document := self._open.get(key)) is not None
            and (
                key in self._saving
                or (key not in self._failed and not (stuck and document.pending.urgent))
            )
        ]
        if left or any(document.history.open for document in self._open.values()):
            if not self._saving:
                self._autosave.start(STROKE_WAIT_MS)
            return
        self._goals.clear()
        waiting, self._after_flush = self._after_flush, []
        failed = list(self._failed.values())
        failed += [self.journal.error] if self.journal.error is not None else []
        for then in waiting:
            then(failed)

    def _on_waiting(self, record: PhotoRecord) -> None:
        if record.photo_id == self._wanted:
            self.waiting.emit(f"Reading {Path(record.name).name}…", "")

    def _on_loaded(self, loaded: Loaded) -> None:
        record, document = loaded.record, loaded.document
        if record.photo_id != self._wanted:
            return  # the person has gone on
        if record.photo_id in self._open:
            self._present(self._open[record.photo_id])
            return
        if loaded.note is not None:
            self._session.fail(loaded.note)
        self._open[record.photo_id] = document
        self.journal.follow(document)
        found = replace(record, width=document.width, height=document.height, error="")
        if found != self._session.records.get(record.photo_id):
            self._session.set_record(found)
        self._present(document)

    def _on_unreadable(self, record: PhotoRecord, error: AppError) -> None:
        self._session.set_record(replace(record, error=error.what))
        if record.photo_id == self._wanted:
            self._wanted = ""
            self._session.set_document(None)
            self.waiting.emit("This photo cannot be shown", f"{error.what}\n{error.do}".strip())

    def _present(self, document: Document) -> None:
        self._open.move_to_end(document.document_id)
        self._session.set_document(document)
        self._trim()

    def _trim(self) -> None:
        """Close the documents that were looked at longest ago, as far as they are saved."""
        room = KEPT_PX
        for key in reversed(list(self._open)):
            document = self._open[key]
            room -= document.height * document.width
            shown = document is self._session.document or key == self._wanted
            if room < 0 and not shown and not document.dirty and key not in self._saving:
                del self._open[key]
                self.journal.forget(key)
