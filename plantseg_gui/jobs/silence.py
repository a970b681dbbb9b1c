"""Noticing that a process on its own says nothing any more: it may hang."""

import time
from collections.abc import Callable

from plantseg_gui.training.protocol import Event, Step

# Silence that is too long: so many seconds, or as long as so many updates take.
SILENT_S, SILENT_UPDATES = 90.0, 20.0


class SilenceWatch:
    """Tells once for each silence that it is too long.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit_s = SILENT_S
        self._last = clock()
        self._told = False

    def heard(self, event: Event | None = None) -> None:
        """The process spoke, or has a reason to be silent."""
        self._last, self._told = self._clock(), False
        if isinstance(event, Step):
            self._limit_s = max(SILENT_S, SILENT_UPDATES * event.seconds_per_update)

    def too_long(self) -> float | None:
        """Seconds of a silence that is too long and has not been told yet, else None."""
        silent_s = self._clock() - self._last
        if silent_s <= self._limit_s or self._told:
            return None
        self._told = True
        return silent_s
