"""Cancelling long work and reporting its progress, without Qt."""

import threading
import time
from typing import Protocol


class Cancelled(Exception):
    """Raised inside a job whose token was cancelled."""


class CancelToken:
    """A flag that one thread sets and a job polls between units of work."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop at its next check."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until the job should stop; returns whether it should."""
        self._event.wait(seconds)
        return self.cancelled

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when the job should stop."""
        if self.cancelled:
            raise Cancelled


class Deadline(CancelToken):
    """A token that also stops a job when its time is over.

    Args:
        limit_s: Seconds from now; None = no limit.
        parent: Stops the job too.
    """

    def __init__(self, limit_s: float | None, parent: CancelToken | None = None) -> None:
        super().__init__()
        self._parent = parent
        self._end = None if limit_s is None else time.monotonic() + limit_s

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self._end is not None and time.monotonic() >= self._end

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop, or its time is over."""
        asked = self._parent is not None and self._parent.cancelled
        return asked or self._event.is_set() or self.expired


class Progress(Protocol):
    """Reports that `done` of `total` units are finished."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report progress; must return quickly."""


def no_progress(done: int, total: int, text: str = "") -> None:
    """Report nothing."""
