"""Puts on photos what a person says of them besides painting, and takes it back.

A mark is a field of a photo's record (review, note, tags, keep_out …), or "approved", which goes
the way of the mask: through the document and its journal. Marks on several photos are one act in
the list of `Batch`. A mark on one photo is taken back by Undo on that photo, while it is the last
thing that was done there and the photo has stayed open.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task, storage_pool
from plantseg_gui.storage.batch import act_on
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.batch_run import Finish, Work
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

KIND = "marks"
APPROVED = "approved"
Fields = dict[str, Any]


class _Last(NamedTuple):
    """The last mark on one photo."""

    name: str
    document: Document
    revision: int
    before: Fields
    after: Fields


class Marks(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, store: OpenSave, batch: Batch, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._batch = session, store, batch
        self._last: dict[str, _Last] = {}
        batch.undoers[KIND] = self._take_back
        session.project_opened.connect(self._last.clear)

    def put(
        self,
        name: str,
        wanted: Mapping[str, Fields],
        then: Callable[[int], None] | None = None,
    ) -> None:
        """Put marks on photos, as one act.

        Args:
            name: In words, for undo.
            wanted: By photo id the new values; those that are there already are left out.
            then: Gets the number of photos that changed.
        """
        records = self._session.records
        after = {i: _news(records[i], fields) for i, fields in wanted.items() if i in records}
        after = {i: fields for i, fields in after.items() if fields}
        before = {i: {key: value_of(records[i], key) for key in after[i]} for i in after}
        alone = next(iter(after)) if len(wanted) == 1 and after else ""
        if alone and self._store.is_open(alone):
            self._put_one(name, alone, before[alone], after[alone])
            if then is not None:
                then(1)
            return

        def finish(changed: list[str]) -> None:
            items = [[i, before[i], after[i]] for i in changed]
            self._batch.keep(name, uuid.uuid4().hex, KIND, items)
            if then is not None:
                then(len(changed))

        if after:
            self._put_many(name, after, finish)
        elif then is not None:
            then(0)

    def last_here(self, document: Document) -> str:
        """Name of the mark that Undo would take back on this photo; "" where it is none."""
        last = self._last.get(document.document_id)
        if last is None or last.document is not document or last.revision != document.revision:
            return ""
        record = self._session.records.get(document.document_id)
        there = record is not None and not _news(record, last.after)
        return last.name if there else ""

    def take_back_here(self, document: Document) -> str:
        """Take the last mark on a photo back; see `last_here`, whose answer it gives."""
        name = self.last_here(document)
        if name:
            last = self._last.pop(document.document_id)
            self._put_one("", document.document_id, last.after, last.before)
        return name

    def _put_one(self, name: str, photo_id: str, before: Fields, after: Fields) -> None:
        """On a photo that is open: at once, and to the disk in the order of the strokes."""
        document, project = self._store.document(photo_id), self._session.project
        if document is None or project is None:
            return
        if name:
            # Documents that were closed since are let go.
            for key in [k for k, v in self._last.items() if v.document is not self._open(k)]:
                del self._last[key]
            self._last[photo_id] = _Last(name, document, document.revision, before, after)
        if APPROVED in after:
            document.approve(after[APPROVED])
            if name and document.revision != self._last[photo_id].revision:
                # The prediction came in with it: no work that somebody did since.
                self._last[photo_id] = _Last(name, document, document.revision, before, after)
                self._session.status_changed.emit()
        fields = _fields(after)
        if not fields:
            return
        self._show(photo_id, fields)

        def failed(error: AppError) -> None:
            if project is self._session.project:
                self._last.pop(photo_id, None)
                self._show(photo_id, _fields(before))
            self._session.fail(error)

        run_task(
            lambda: project.set_marks(photo_id, fields),
            on_error=failed,
            pool=storage_pool(),
            doing="marking a photo",
        )

    def _open(self, photo_id: str) -> Document | None:
        return self._store.document(photo_id)

    def _show(self, photo_id: str, fields: Fields) -> None:
        record, document = self._session.records.get(photo_id), self._store.document(photo_id)
        if record is not None:
            status = record.status if document is None else document.status
            self._session.set_record(replace(record, **{"status": status, **fields}))

    def _put_many(self, name: str, wanted: Mapping[str, Fields], finish: Finish) -> None:
        project = self._session.project
        if project is None or self._batch.running:
            self._session.say("Another act on several photos is under way; wait for its end.")
            return

        def begin(photo_id: str, document: Document | None) -> Work:
            fields = wanted[photo_id]
            if document is not None and APPROVED in fields:
                document.approve(fields[APPROVED])
            return lambda: _store(project, photo_id, fields, closed=document is None)

        self._batch.runner.each(name, list(wanted), begin, finish)

    def _take_back(self, act: dict[str, Any], finish: Finish) -> None:
        """Of an act on several photos, where nobody marked them otherwise since."""
        records, wanted = self._session.records, {}
        for photo_id, before, after in act["photos"]:
            record = records.get(photo_id)
            if record is not None and not _news(record, after):
                wanted[photo_id] = _typed(before)
        if wanted:
            self._put_many(f"Taking back “{act['name']}”", wanted, finish)
        else:
            finish([])


def value_of(record: PhotoRecord, key: str) -> Any:
    """A mark as it is: a field of the record, or whether the photo is approved."""
    return record.status == "approved" if key == APPROVED else getattr(record, key)


def _news(record: PhotoRecord, fields: Fields) -> Fields:
    """Those of the fields that differ from what is there."""
    return {k: v for k, v in _typed(fields).items() if value_of(record, k) != v}


def _typed(fields: Fields) -> Fields:
    """JSON knows no tuple."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}


def _fields(marks: Fields) -> Fields:
    return {k: v for k, v in marks.items() if k != APPROVED}


def _store(project: Project, photo_id: str, marks: Fields, *, closed: bool) -> PhotoRecord:
    """Runs in the pool. Raises StorageError, InputError."""
    if closed and APPROVED in marks:
        act_on(project, photo_id, lambda document: document.approve(marks[APPROVED]), "")
    if fields := _fields(marks):
        project.set_marks(photo_id, fields)
    return project.photo(photo_id)
