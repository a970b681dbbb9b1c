"""The last net: a fault that nobody handled is written to the log and told in a dialog.

The program goes on: documents are in memory and autosave goes on too. A fault that repeats (a
timer, a paint event) is told once.
"""

import contextlib
import logging
import logging.handlers
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

LOG_NAME = "studio.log"
LOG_BYTES = 1_000_000
LOG_FILES = 3

log = logging.getLogger("plantseg_gui")


def start_log(folder: Path) -> Path | None:
    """Write warnings and faults to a file that cannot grow without end.

    Returns:
        The file; None where it cannot be written (the program runs without).
    """
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("plantseg_gui")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path


class FaultTeller(QObject):
    """Installs itself as Python's hook for unhandled exceptions of all threads.

    Attributes:
        on_report: Saves a diagnostic report; set by the window.
        faulted: (summary, traceback); a fault that was not told yet.
    """

    faulted = Signal(str, str)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.on_report: Callable[[], None] | None = None
        self._told: set[str] = set()
        # Queued: a dialog must not open inside a paint event or another thread.
        self.faulted.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks."""
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def _hook(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        details = "".join(traceback.format_exception(kind, value, trace))
        log.critical("unhandled fault\n%s", details)
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(details)
        place = traceback.extract_tb(trace)[-1] if trace is not None else None
        key = f"{kind.__name__} {place.filename}:{place.lineno}" if place else kind.__name__
        if key not in self._told:
            self._told.add(key)
            self.faulted.emit(f"{kind.__name__}: {value}", details)

    @Slot(str, str)
    def _tell(self, summary: str, details: str) -> None:
        box = QMessageBox(QApplication.activeWindow())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("A fault in the program")
        box.setText("Something went wrong inside the program. Your work is kept.")
        box.setInformativeText(
            f"{summary}\n\nYou can go on. If it happens again, save a diagnostic report "
            "(it holds the log, versions and machine data; no photos) and send it to us."
        )
        box.setDetailedText(details)
        save = box.addButton("Save a report…", QMessageBox.ButtonRole.ActionRole)
        go_on = box.addButton("Go on", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(go_on)
        box.exec()
        if box.clickedButton() is save and self.on_report is not None:
            self.on_report()
