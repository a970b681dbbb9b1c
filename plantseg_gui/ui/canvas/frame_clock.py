"""At most one tick per frame: the first request ticks at once, more wait for the next frame.

So a single dab is painted without delay, and thirty pen points in one frame cost one stamp.
"""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

FRAME_MS = 8


class FrameClock(QObject):
    """Gathers requests into ticks that are at least `frame_ms` apart."""

    tick = Signal()

    def __init__(self, parent: QObject | None = None, frame_ms: int = FRAME_MS) -> None:
        super().__init__(parent)
        self._frame_s = frame_ms / 1000
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fire)

    def request(self) -> None:
        """Ask for a tick: now when the last one is a frame ago, else as soon as it is."""
        if self._timer.isActive():
            return
        wait_s = self._last_s + self._frame_s - time.perf_counter()
        if wait_s <= 0:
            self._fire()
        else:
            self._timer.start(max(1, round(wait_s * 1000)))

    def request_later(self) -> None:
        """Ask for a tick after this event, never inside the call."""
        if not self._timer.isActive():
            wait_s = self._last_s + self._frame_s - time.perf_counter()
            self._timer.start(max(0, round(wait_s * 1000)))

    def stop(self) -> None:
        """Forget a tick that waits."""
        self._timer.stop()

    @Slot()
    def _fire(self) -> None:
        self._last_s = time.perf_counter()
        self.tick.emit()
