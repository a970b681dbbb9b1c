"""What every job needs at the border between its thread and the window.

Measured trap (threads.md 7): with a worker moved to a thread, a lambda or a plain object's method
connected to its signal runs in the *worker* thread; only methods of a QObject run in that object's
thread. Hence the rule: signals of a worker are connected by `connect_queued` alone.
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QObject, Qt, SignalInstance

from plantseg_gui.core.errors import AppError, DeviceError, MemoryLimitError, StorageError

PROGRESS_INTERVAL_S = 0.05

log = logging.getLogger(__name__)


def connect_queued(pairs: Mapping[SignalInstance, Callable[..., None]]) -> None:
    """Connect signals of one thread to slots of QObjects in another.

    Args:
        pairs: signal → bound method of a QObject.

    Raises:
        TypeError: a slot is not a method of a QObject, so it would run in the wrong thread.
    """
    for signal, slot in pairs.items():
        if not isinstance(getattr(slot, "__self__", None), QObject):
            raise TypeError(f"{slot!r} is not a method of a QObject: it would run in the worker.")
        signal.connect(slot, Qt.ConnectionType.QueuedConnection)


class Throttle:
    """Lets a report through at most 20 times a second; the first and the last always.

    It is a `core.cancel.Progress`: inference calls it, the bridge emits.
    """

    def __init__(
        self,
        emit: Callable[[int, int, str], None],
        interval_s: float = PROGRESS_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._interval_s = interval_s
        self._clock = clock
        self._last: tuple[float, str] | None = None

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report progress; a new text or the last unit is never swallowed."""
        now = self._clock()
        if self._last is not None and done < total:
            before, last_text = self._last
            if now - before < self._interval_s and text == last_text:
                return
        self._last = (now, text)
        self._emit(done, total, text)


def give_up(result: object) -> None:
    """Make every array of a frozen dataclass read-only: from here on it belongs to the receiver.

    Signals hand over the *same* object across threads, so a worker that went on writing would
    change what the window shows.
    """
    if isinstance(result, np.ndarray):
        result.flags.writeable = False
    elif isinstance(result, (tuple, list)):
        for item in result:
            give_up(item)
    elif dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            give_up(getattr(result, field.name))


def as_app_error(error: BaseException, doing: str) -> AppError:
    """Turn whatever a job raised into a text for a person; unknown faults are logged in full.

    Args:
        error: What was raised.
        doing: What the job did, for instance "finding lesions".
    """
    if isinstance(error, AppError):
        return error
    log.error("failed while %s", doing, exc_info=error)
    kind = type(error).__name__
    text = str(error)
    # torch is not imported here, so its errors are known by their names.
    if isinstance(error, MemoryError) or kind == "OutOfMemoryError":
        return MemoryLimitError(
            f"There was not enough memory while {doing}.",
            "Close other programs or choose a smaller photo, then try again.",
        )
    if kind == "AcceleratorError" or "CUDA error" in text:
        return DeviceError(
            f"The graphics card failed while {doing}.",
            "Close other programs that use it and start this one again; where no graphics card "
            "answers, the processor (CPU) is used.",
        )
    if isinstance(error, OSError):
        name = f" {error.filename}" if error.filename else ""
        return StorageError(
            f"The file{name} could not be used while {doing}: {error.strerror or text}.",
            "Check that it exists and that the disk has room.",
        )
    return AppError(
        f"An internal fault stopped the program while {doing}: {kind}: {text}.",
        "Your work is kept. Help › Save a diagnostic report collects what is needed to mend it.",
    )
