"""Sums up how long people work at each photo.

A second counts while the photo is on screen, the window is the active one, and there was an input
in the last half minute. The sum goes to the project when another photo is shown, when everything is
saved, and once a minute: a crash loses at most that.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.durations import duration
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task, storage_pool
from plantseg_gui.ui.panels.diagnosis import DiagnosisPanel
from plantseg_gui.ui.presenters.session import Session

TICK_MS = 1000
# A longer gap between two ticks is a computer that slept.
LONGEST_TICK_S = 3.0
ACTIVE_S = 30.0
WRITE_S = 60.0
# Going through photos quickly is no work at any of them, and no reason to write.
GLANCE_S = 1.0
INPUTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TabletPress,
        QEvent.Type.TabletMove,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
    }
)


class TimeSpent(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        panel: DiagnosisPanel,
        window: QWidget,
        clock: Callable[[], float] = time.monotonic,
        is_active: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(window)
        self._session, self._panel, self._window = session, panel, window
        self._clock, self._is_active = clock, is_active or window.isActiveWindow
        self._photo_id = ""
        self._last_input = self._last_tick = clock()
        # Seconds that are not in the project yet, by photo.
        self._unwritten: defaultdict[str, float] = defaultdict(float)
        self._filtered: QObject | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        session.document_opened.connect(self._on_document)
        session.settling.connect(lambda: self.write())

    def seconds(self, photo_id: str) -> float:
        """How long people have worked at a photo by now, s."""
        record = self._session.records.get(photo_id)
        return (record.spent_s if record is not None else 0.0) + self._unwritten[photo_id]

    def tick(self) -> None:
        """Count the time since the last tick, if the person works."""
        now = self._clock()
        passed, self._last_tick = now - self._last_tick, now
        if now - self._last_input < ACTIVE_S and self._is_active() and self._photo_id:
            self._unwritten[self._photo_id] += max(0.0, min(passed, LONGEST_TICK_S))
            if self._unwritten[self._photo_id] >= WRITE_S:
                self.write()
            self._show()

    def write(self, least_s: float = 0.0) -> None:
        """Bring what was counted into the project; not where it is less than so many seconds."""
        project = self._session.project
        if project is None or project.read_only:
            return
        for photo_id, seconds in [(k, s) for k, s in self._unwritten.items() if s > least_s]:
            self._unwritten[photo_id] = 0.0
            self._show_sum(photo_id, self.seconds(photo_id) + seconds)

            def failed(error: AppError, photo_id: str = photo_id, seconds: float = seconds) -> None:
                # Tried again with the next minute; the saves of the masks tell of a full disk.
                del error
                if project is self._session.project and photo_id in self._session.records:
                    self._unwritten[photo_id] += seconds
                    self._show_sum(photo_id, self._session.records[photo_id].spent_s - seconds)

            run_task(
                lambda photo_id=photo_id, seconds=seconds: project.add_time(photo_id, seconds),  # type: ignore[misc]
                on_error=failed,
                pool=storage_pool(),
                doing="writing down the time spent",
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note when the person did something; nothing is held up."""
        del watched
        if event.type() in INPUTS:
            self._last_input = self._clock()
        return False

    def _on_document(self) -> None:
        self._catch_inputs()
        self.tick()
        self.write(GLANCE_S)
        self._photo_id = self._session.photo_id
        self._last_input = self._last_tick = self._clock()  # it was opened by somebody
        if self._photo_id:
            self._timer.start()
        else:
            self._timer.stop()
            self._unwritten.clear()
        self._show()

    def _catch_inputs(self) -> None:
        """Watch what the window system sends: far fewer events than all widgets get."""
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._filtered:
            handle.installEventFilter(self)
            self._filtered = handle

    def _show(self) -> None:
        seconds = self.seconds(self._photo_id) if self._photo_id else 0.0
        self._panel.show_time_spent(duration(seconds) if seconds >= 1 else "")

    def _show_sum(self, photo_id: str, seconds: float) -> None:
        record = self._session.records.get(photo_id)
        if record is not None:
            self._session.set_record(replace(record, spent_s=max(0.0, seconds)))
