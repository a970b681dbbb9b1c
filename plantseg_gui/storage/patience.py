"""Trying again, later and later, where a file is only busy for a moment (specification 6).

A missing, damaged or forbidden file is not tried again: time does not mend it.
"""

import errno
import os
import time
from collections.abc import Callable
from typing import TypeVar

from plantseg_gui.core.errors import AppError

ATTEMPTS = 5
FIRST_WAIT_S = 0.05
_names = ("EAGAIN", "EBUSY", "EDEADLK", "EINTR", "ESTALE", "ETIMEDOUT", "ETXTBSY")
_BUSY = {getattr(errno, name) for name in _names if hasattr(errno, name)}
# Another program has the file open, or a part of it locked.
_WINDOWS_SHARING, _WINDOWS_LOCKED = 32, 33

T = TypeVar("T")


def is_transient(error: BaseException | None) -> bool:
    """Whether a fault of a file may pass: the file is locked, or a network drive is slow.

    Args:
        error: An `OSError`, or an `AppError` that one caused.
    """
    if isinstance(error, AppError):
        error = error.__cause__
    if not isinstance(error, OSError):
        return False
    if os.name == "nt" and isinstance(error, PermissionError):
        # Virus scanners and indexers hold a new file for a moment; without a number it may be both.
        return getattr(error, "winerror", None) in (None, 5, _WINDOWS_SHARING, _WINDOWS_LOCKED)
    return error.errno in _BUSY


def patiently(act: Callable[[], T], wait: Callable[[float], object] = time.sleep) -> T:
    """Do something with a file, up to 5 times where the fault may pass: after 50, 100, 200, 400 ms.

    Args:
        act: What is done; must leave nothing half done when it raises.
        wait: Waits so many seconds; may raise to stop.

    Raises:
        OSError, AppError: what `act` raised at last.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return act()
        except (OSError, AppError) as error:
            if not is_transient(error):
                raise
        wait(FIRST_WAIT_S * 2**attempt)
    return act()
