"""Brings every stroke to the disk at once.

What a document records waits here for a moment at most: as soon as the storage thread is free, all
that waits, of all photos, goes into the project's journal in one commit. A commit that fails is
tried again, in the same order, until it succeeds; nothing is dropped.
"""

from PySide6.QtCore import QObject, QTimer, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task, storage_pool
from plantseg_gui.storage.project import Entry, Project
from plantseg_gui.ui.presenters.session import Session

RETRY_MS = 5_000


class Journal(QObject):
    """See the module's text.

    Attributes:
        changed: What waits, or why it cannot be written, is another.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._documents: dict[str, Document] = {}
        self._writing: dict[str, int] = {}
        self._error: AppError | None = None

        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self.write)

    @property
    def error(self) -> AppError | None:
        """Why the last attempt failed; None when it did not."""
        return self._error

    @property
    def waiting(self) -> bool:
        """Whether a person's work is not on the disk yet."""
        return any(document.pending.urgent for document in self._documents.values())

    def follow(self, document: Document) -> None:
        """Write what this document records from now on."""
        self._documents[document.document_id] = document
        document.recorded.connect(self._on_recorded)
        if document.pending.urgent:
            self.write()

    def forget(self, photo_id: str) -> None:
        """A document was closed; nothing of it waits."""
        document = self._documents.pop(photo_id, None)
        if document is not None:
            document.recorded.disconnect(self._on_recorded)

    def forget_all(self) -> None:
        """Another project is opened."""
        for photo_id in list(self._documents):
            self.forget(photo_id)
        self._retry.stop()
        self._error = None

    def write(self) -> None:
        """Begin to write what waits, unless that is being done."""
        project = self._session.project
        if project is None or project.read_only or self._writing:
            return
        entries = []
        for photo_id, document in self._documents.items():
            if document.pending.urgent:
                waiting = document.pending.first()
                entries += [Entry(photo_id, o, document.status) for o in waiting]
                self._writing[photo_id] = len(waiting)
        if not entries:
            return
        documents = {photo_id: self._documents[photo_id] for photo_id in self._writing}
        run_task(
            lambda: project.journal(entries),
            on_done=lambda last: self._on_written(project, documents, last),
            on_error=lambda error: self._on_failed(project, error),
            pool=storage_pool(),
            doing="writing down a stroke",
        )

    def _on_recorded(self) -> None:
        self.write()
        self.changed.emit()

    def _on_written(
        self, project: Project, documents: dict[str, Document], last: dict[str, int]
    ) -> None:
        counts, self._writing = self._writing, {}
        self._error = None
        for photo_id, document in documents.items():
            document.pending.written(counts[photo_id])
            document.journaled_seq = last[photo_id]
        if project is self._session.project:
            self.write()
        self.changed.emit()

    def _on_failed(self, project: Project, error: AppError) -> None:
        self._writing = {}
        news, self._error = self._error is None, error
        if project is self._session.project:
            if news:
                do = f"{error.do} Or save the open masks elsewhere (File menu). It is tried again."
                self._session.fail(type(error)(error.what, do.strip()))
            self._retry.start(RETRY_MS)
        self.changed.emit()
