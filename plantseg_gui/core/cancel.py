"""Cancelling long work and reporting its progress, without Qt."""

import threading
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

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when the job should stop."""
        if self._event.is_set():
            raise Cancelled


class Progress(Protocol):
    """Reports that `done` of `total` units are finished."""

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report progress; must return quickly."""


def no_progress(done: int, total: int, text: str = "") -> None:
    """Report nothing."""
