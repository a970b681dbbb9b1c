"""Two versions compared in a process of its own: `plantseg models compare` with JSON lines.

Unlike a training run it has nothing to keep, so it ends with the window: its standard input is the
leash, and ends whenever the window does, even when that is killed. Closing the input is also how it
is asked to stop; it then tells the figures of the photos that it has judged.
"""

import json
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QTimer, Signal, Slot

from plantseg_gui.core.errors import AppError, StorageError

STOP_MS = 10_000
_MOST_WORDS = 20
_PREFIX = "plantseg: "


def compare_command(first: str, second: str, pairs: Path, options: Sequence[str]) -> list[str]:
    """The command line: the same program that a person would type.

    Args:
        first: Version that is compared with.
        second: The other one.
        pairs: List of photos and masks.
        options: Further ones, for instance "--scale 2".
    """
    return [
        *(sys.executable, "-m", "plantseg_gui", "models", "compare", first, second),
        *("--pairs", str(pairs), "--background", "--progress", "json", "--time-limit", "0"),
        *options,
    ]


class ComparisonProcess(QObject):
    """One comparison, seen from the window.

    Attributes:
        progress: done, total, name of the photo.
        judged: A photo that both versions have judged (dict, as in the rows of the result).
        noted: A sentence about what was left out or changed.
        finished: The result (dict, see `evaluation.model_comparison.content`).
        failed: AppError; there is no result.
    """

    progress = Signal(float, int, str)
    judged = Signal(object)
    noted = Signal(str)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Callable[[str, str, Path, Sequence[str]], list[str]] = compare_command,
        stop_ms: int = STOP_MS,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._process: QProcess | None = None
        self._words: deque[str] = deque(maxlen=_MOST_WORDS)
        self._result: dict[str, Any] | None = None
        self._stopped = self._judged = False
        self._impatient = QTimer(self)
        self._impatient.setSingleShot(True)
        self._impatient.setInterval(stop_ms)
        self._impatient.timeout.connect(self._kill)

    @property
    def running(self) -> bool:
        """Whether a comparison goes on."""
        return self._process is not None

    def start(self, first: str, second: str, pairs: Path, options: Sequence[str] = ()) -> None:
        """Begin; one that goes on is ended first."""
        self.end_now()
        program, *arguments = self._command(first, second, pairs, options)
        self._words.clear()
        self._result = None
        self._stopped = self._judged = False
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_words)
        process.finished.connect(self._on_end)
        process.errorOccurred.connect(self._on_error)
        process.start(program, arguments)

    def stop(self) -> None:
        """Ask it to end with what it has; with nothing, or after 10 s, it is killed."""
        if self._process is None or self._stopped:
            return
        self._stopped = True
        if self._judged:
            self._process.closeWriteChannel()
            self._impatient.start()
        else:
            self._process.kill()

    def end_now(self) -> None:
        """End it without a word: nobody waits for the result."""
        process, self._process = self._process, None
        self._impatient.stop()
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(2000)
            process.deleteLater()

    @Slot()
    def _read(self) -> None:
        process = self._process
        while process is not None and process is self._process and process.canReadLine():
            self._on_line(bytes(process.readLine().data()))

    def _on_line(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            kind = event["event"]
        except (ValueError, TypeError, LookupError, RecursionError):
            return  # a library's own words
        if kind == "progress":
            self.progress.emit(float(event["done"]), int(event["total"]), str(event["text"]))
        elif kind == "photo":
            self._judged = True
            self.judged.emit(event)
        elif kind == "note":
            self.noted.emit(str(event["text"]))
        elif kind == "error":
            self.noted.emit(f"{event['what']} {event['do']}".strip())
        elif kind == "comparison":
            self._result = event

    @Slot()
    def _read_words(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self._words.extend(line for line in text.splitlines() if line.strip())

    @Slot()
    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._close()
            self.failed.emit(
                StorageError("The comparison could not be started.", "Install the program again.")
            )

    def _on_end(self, code: int, _status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_words()
        result, stopped = self._result, self._stopped
        self._close()
        if result is not None:
            self.finished.emit(result)
        elif stopped:
            self.failed.emit(AppError("Stopped before a photo was judged."))
        else:
            self.failed.emit(_obituary(code, list(self._words)))

    def _close(self) -> None:
        process, self._process = self._process, None
        self._impatient.stop()
        if process is not None:
            process.deleteLater()


def _obituary(code: int, words: list[str]) -> AppError:
    """Why there is no result: the process's own line, else that it died."""
    told = [w.removeprefix(_PREFIX) for w in words if w.startswith(_PREFIX)]
    told = [w for w in told if not w.startswith("note: ")]
    if told:
        return AppError(told[-1])
    return AppError(
        f"The comparison ended unexpectedly (code {code}); it may have run out of memory.",
        "Close other programs and try again.",
    )
