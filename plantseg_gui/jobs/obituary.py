"""What is said of a training process that ended without a word."""

from pathlib import Path

from plantseg_gui.core.errors import ErrorCategory
from plantseg_gui.storage.platform_files import killed_by
from plantseg_gui.training.protocol import Error

# As POSIX numbers it; Windows has no such thing.
_SIGKILL = 9


def obituary(pid: int, log: Path, *, terminated: bool) -> Error:
    """The last words in its place.

    Args:
        pid: Its process id.
        log: File of its output.
        terminated: It was ended from here, because it did not stop.
    """
    category = ErrorCategory.BUG
    if terminated:
        text = "The training did not stop by itself and was ended."
    elif killed_by(pid) == _SIGKILL:
        category = ErrorCategory.MEMORY
        text = "The training process was killed, most likely because memory ran out."
    else:
        text = "The training process ended unexpectedly; it may have run out of memory."
    return Error(str(category), text, f"Your photos and masks are untouched. Details: {log}")
