"""Noticing that long work stands still (specification 6)."""

import threading
import time
from collections.abc import Callable


class StallWatch:
    """Tells when nothing was finished for far longer than it takes.

    A thread of its own looks, so that it works while the main thread hangs in a device call.
    """

    def __init__(self, on_stall: Callable[[float], None], least_s: float = 120.0) -> None:
        self._on_stall = on_stall
        self._least_s = least_s
        self._usual_s = 0.0
        self._last = time.monotonic()
        self._told = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall-watch", daemon=True)
        self._thread.start()

    def beat(self, usual_s: float = 0.0) -> None:
        """Something was finished; `usual_s` = how long one piece of work takes."""
        self._last = time.monotonic()
        self._usual_s = usual_s or self._usual_s
        self._told = False

    def close(self) -> None:
        """End the watching thread."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(min(5.0, self._least_s / 4)):
            silent = time.monotonic() - self._last
            if silent > max(self._least_s, 20 * self._usual_s) and not self._told:
                self._told = True
                self._on_stall(silent)
