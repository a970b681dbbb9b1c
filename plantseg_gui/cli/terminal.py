"""What a command says on the terminal: progress, results, one-line errors and exit codes.

Results go to standard output, everything else to standard error, so that a pipe gets results alone.
With `--progress json` standard output holds one JSON object a line (`event` tells which kind) and
nothing else.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from plantseg_gui.core.cancel import Cancelled
from plantseg_gui.core.durations import duration
from plantseg_gui.core.errors import AppError

EXIT_OK = 0
EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

PROGRESS_CHOICES = ("auto", "bar", "json", "none")
_REDRAW_S = 0.1
_BAR_CELLS = 24


def add_progress_option(parser: argparse.ArgumentParser) -> None:
    """Add `--progress`, the same in every command."""
    parser.add_argument(
        "--progress",
        choices=PROGRESS_CHOICES,
        default="auto",
        help="auto: a bar when standard error is a terminal; json: one JSON object a line on "
        "standard output (default: %(default)s)",
    )


def one_line(text: object) -> str:
    """`text` without control characters, so that a file's name cannot break or fake a line."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def say(text: str, stream: TextIO) -> None:
    """Write a line; a character that the terminal cannot show is written as an escape."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader went away (`| head`). The results are files: the work goes on, in silence.
        # Python would complain once more when it flushes the old stream at exit.
        if stream is sys.stdout:
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until exit


def say_error(what: str, do: str = "") -> None:
    """Say one error in one line on standard error: what happened, then what to do."""
    say(f"plantseg: {one_line(f'{what} {do}'.strip())}", sys.stderr)


def plain_os_error(error: OSError) -> str:
    """The system's reason in words, without its number."""
    return error.strerror or type(error).__name__


def guarded(command: Callable[[], int]) -> int:
    """Run a command and turn what it raises into one line and an exit code.

    A fault of the program itself (any other exception) keeps its traceback: it is a bug to report.

    Returns:
        The command's own exit code, 2 for an `AppError`, 130 after Ctrl-C.
    """
    try:
        return command()
    except AppError as error:
        say_error(error.what, error.do)
        return EXIT_USAGE
    except (KeyboardInterrupt, Cancelled):
        say_error("stopped.", "What was finished is kept.")
        return EXIT_INTERRUPTED
    except MemoryError:
        say_error("out of memory.", "Close other programs, or use smaller photos.")
        return EXIT_USAGE


class Reporter:
    """Tells progress, notes, failures and results in the way that `--progress` asks for.

    Attributes:
        failed: Files that failed so far.
    """

    def __init__(self, progress: str = "auto") -> None:
        self._mode = progress
        if progress == "auto":
            self._mode = "bar" if sys.stderr.isatty() else "none"
        self._started = time.monotonic()
        self._done = 0.0
        self._drawn = 0.0
        self._on_screen = 0
        self.failed = 0

    @property
    def json_lines(self) -> bool:
        """Whether standard output belongs to JSON lines."""
        return self._mode == "json"

    def progress(self, done: float, total: int, text: str = "") -> None:
        """Report that `done` of `total` units are finished; cheap enough for every tile.

        Args:
            done: A part of a unit may be finished.
            total: Units.
            text: What is worked on. Work that begins anew has an estimate of its own.
        """
        now = time.monotonic()
        if done < self._done:
            self._started = now
        self._done = done
        if done < total and now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        eta_s = (now - self._started) / done * (total - done) if done else None
        if self._mode == "json":
            self.event(
                "progress",
                done=round(done, 3),
                total=total,
                text=text,
                eta_s=None if eta_s is None else round(eta_s, 1),
            )
        elif self._mode == "bar":
            self._draw(bar_line(done, total, text, eta_s))

    def event(self, kind: str, **fields: Any) -> None:
        """Write one JSON line, where JSON lines are asked for."""
        if self._mode == "json":
            say(json.dumps({"event": kind, **fields}, allow_nan=False), sys.stdout)

    def result(self, text: str) -> None:
        """Say a result to a person (nothing with JSON lines: the event says it)."""
        if self._mode != "json":
            self._clear()
            say(one_line(text), sys.stdout)

    def note(self, text: str) -> None:
        """Say something that is neither result nor failure."""
        self._clear()
        say_error(f"note: {text}")
        self.event("note", text=text)

    def failure(self, what: str, do: str = "", file: str = "") -> None:
        """Say that one file failed, and count it."""
        self.failed += 1
        self._clear()
        say_error(what, do)
        self.event("error", file=file, what=what, do=do)

    def finish(self) -> None:
        """Leave the terminal's cursor on an empty line."""
        self._clear()

    def _draw(self, line: str) -> None:
        padding = " " * max(0, self._on_screen - len(line))
        sys.stderr.write(f"\r{line}{padding}")
        sys.stderr.flush()
        self._on_screen = len(line)

    def _clear(self) -> None:
        if self._on_screen:
            sys.stderr.write("\r" + " " * self._on_screen + "\r")
            sys.stderr.flush()
            self._on_screen = 0


def bar_line(done: float, total: int, text: str, eta_s: float | None) -> str:
    """One line of a progress bar, ASCII, at most 79 characters."""
    share = min(1.0, done / total) if total else 0.0
    cells = "#" * round(share * _BAR_CELLS)
    eta = "" if eta_s is None or done >= total else f", {duration(eta_s)} left"
    line = f"[{cells:<{_BAR_CELLS}}] {int(done)}/{total}{eta}  {one_line(text)}"
    return line.encode("ascii", "replace").decode("ascii")[:79]
