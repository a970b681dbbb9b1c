"""Keeps what the program says: every fault, warning and message, in a list and on a button."""

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.errors import AppError, StorageError
from plantseg_gui.storage.paths import log_dir
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.messages import MessagesDialog
from plantseg_gui.ui.messages import FAULT, SAID, WARNING, Message, MessageLog
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.panels.status_jobs import StatusJobs
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme, set_icon
from plantseg_gui.ui.tools.registry import TOOLS


class Messages(QObject):
    """See the module's text.

    Attributes:
        log: What was said.
        dialog: The list; None until it is first wanted.
    """

    def __init__(
        self,
        session: Session,
        stage: Stage,
        status: StatusJobs,
        theme: Theme,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._status, self._window = session, status, window
        self._theme, self._action = theme, actions["messages"]
        self.log = MessageLog(self)
        self.dialog: MessagesDialog | None = None
        status.add_messages_button(self._action)
        self._action.triggered.connect(self.show)
        session.said.connect(self._on_said)
        session.failed.connect(self._on_failed)
        stage.noticed.connect(self._on_noticed)
        self.log.unread_changed.connect(self._show_unread)

    def show(self) -> None:
        """Open the list beside the work; what is in it counts as read."""
        if self.dialog is None:
            self.dialog = MessagesDialog(self._theme, self._window)
            self.dialog.folder_wanted.connect(self._open_folder)
            self.log.added.connect(self.dialog.add)
            self.log.repeated.connect(self.dialog.repeat)
        self.dialog.show_messages(self.log.messages)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.log.read_all()

    @Slot(str, str)
    def add_fault(self, summary: str, details: str) -> None:
        """A fault in the program itself (`FaultTeller.faulted`)."""
        self._add(
            FAULT,
            f"Something went wrong inside the program: {summary}",
            "Your work is kept and you can go on. If it happens again, save a diagnostic report "
            "(Help menu) and send it to us.",
            details,
        )

    def _on_said(self, text: str) -> None:
        # A tool's hint says what the mouse does, not what happened.
        if text and all(text != tool.hint for tool in TOOLS.values()):
            self._add(SAID, text)

    def _on_failed(self, error: AppError) -> None:
        self._add(FAULT, error.what, error.do)

    def _on_noticed(self, text: str, source: str) -> None:
        if source != "fault":  # that came from the session already
            for line in text.splitlines():
                self._add(WARNING, line)

    def _add(self, kind: str, what: str, do: str = "", details: str = "") -> None:
        record = self._session.records.get(self._session.photo_id)
        photo = Path(record.name).name if record is not None else ""
        self.log.add(Message(kind, what, do, photo, details))
        if self.dialog is not None and self.dialog.isVisible():
            self.log.read_all()

    def _show_unread(self) -> None:
        count = self.log.unread
        set_icon(self._theme, self._action, "warning" if count else "message")
        self._status.show_unread(count)

    def _open_folder(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_dir()))):
            self._session.fail(
                StorageError(
                    f"The folder {log_dir()} could not be shown.",
                    "Open it with your file manager.",
                )
            )
