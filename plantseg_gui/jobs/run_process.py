"""The process of a run as others know it: which it is, and what is said when it died."""

import json
from pathlib import Path

from plantseg_gui.core.errors import ErrorCategory
from plantseg_gui.storage.platform_files import killed_by
from plantseg_gui.training.protocol import Error

PROCESS_FILE = "process.json"
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


def watched_process(run_dir: Path) -> tuple[int, float] | None:
    """Id and start time of the process that was started for a run; None where that is not known."""
    try:
        data = json.loads((run_dir / PROCESS_FILE).read_text(encoding="utf-8"))
        return int(data["pid"]), float(data["start_time"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
