"""Figure of `studio.py`: a 400 px brush and a thousand pointer events a second beside the network.

A thread posts real mouse events into the window's canvas, each when its millisecond has come; those
that the thread is late with are posted at once, so that none is left out. The real worker thread
finds lesions with the real network the whole time, run after run.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _studio import Figure, Options, breathe, open_studio, photo_folder, rest
from _window import Heart, close, predicted, wait

SECONDS = 10.0
RATE_HZ = 1000
MOVES_A_STROKE = 1000
BRUSH_PX = 400
LOOK_MS = 20


def measure_pressure(work: Path, options: Options) -> Figure:
    """Strokes of a second for ten seconds; what reached the tool, and the longest UI gap.

    `view_moved`: how often the photo moved under the brush, which nobody asked for.
    """
    from PySide6.QtCore import QTimer

    window, _ = open_studio(photo_folder(work, options, 1))
    window.view.set_tool("brush")
    window.view.set_brush_px(BRUSH_PX)
    window.segment.run()
    wait(lambda: predicted(window))
    rest(window)
    runs = _Runs(window)
    arrived = _Arrived(window.canvas.pointer.tool)
    events = _strokes(window, round(SECONDS * options.share * RATE_HZ))
    heart, again = Heart(), QTimer(window)
    again.timeout.connect(runs.keep_going)
    again.start(LOOK_MS)
    runs.keep_going()
    poster = _Poster(window.canvas.viewport(), events)
    moved = 0

    def on_view(_by_person: bool) -> None:
        nonlocal moved
        moved += 1

    window.canvas.navigation.moved.connect(on_view)
    heart.start()
    poster.start()
    wait(lambda: not poster.is_alive())
    breathe()  # what was posted last comes before any timer
    gaps = heart.figures()
    again.stop()
    window.segment.cancel()
    steps = len(window.session.document.history.names)
    sent, releases = (sum(kind == name for kind, _ in events) for name in ("move", "release"))
    wait(lambda: not window.segment.running)
    rest(window)
    close(window)
    if not runs.finished and not runs.started:
        raise RuntimeError("the network did not run")
    return gaps | {
        "sent": sent,
        # The tool is given the point of each release as well.
        "lost": sent + releases - len(arrived.times),
        "ended_early": arrived.releases - releases,
        "view_moved": moved,
        "strokes": steps,
        "posted_s": round(poster.took_s, 2),
        "posted_late_ms_worst": round(poster.late_ms, 1),
        "arrived_ms_worst": round(arrived.latest_ms(poster.due_s), 1),
        "runs_started": runs.started,
        "runs_finished": runs.finished,
    }


class _Runs:
    """Starts a run of the network as soon as the one before has ended."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self.started = self.finished = 0
        window.service.finished.connect(self._on_finished)

    def keep_going(self) -> None:
        if not self._window.segment.running:
            self.started += 1
            self._window.segment.run()

    def _on_finished(self, *_: object) -> None:
        self.finished += 1


class _Arrived:
    """When the tool was given each point."""

    def __init__(self, tool: Any) -> None:
        self.times: list[float] = []
        self.releases = 0
        plain_move, plain_release = tool.move, tool.release

        def move(points: Sequence[tuple[float, float]], *rest: Any) -> None:
            self.times += [time.perf_counter()] * len(points)
            plain_move(points, *rest)

        def release() -> bool:
            self.releases += 1
            return bool(plain_release())

        tool.move, tool.release = move, release

    def latest_ms(self, due_s: list[float]) -> float:
        """The longest time from a move's millisecond until the tool had its point."""
        # The point of each release comes after the moves of its stroke.
        moves = [when for n, when in enumerate(self.times, 1) if n % (MOVES_A_STROKE + 1)]
        return 1000 * max(when - due for when, due in zip(moves, due_s, strict=False))


class _Poster(threading.Thread):
    """Posts the events, a move a millisecond; presses and releases beside the move they go with."""

    def __init__(self, target: Any, events: Sequence[tuple[str, Any]]) -> None:
        super().__init__(daemon=True)
        self._target, self._events = target, events
        self._origin = target.mapToGlobal(events[0][1]) - events[0][1]
        self.took_s = self.late_ms = 0.0
        self.due_s: list[float] = []

    def run(self) -> None:
        from _events import LEFT, MOVE, NONE, PLAIN, PRESS, RELEASE
        from PySide6.QtCore import QCoreApplication
        from PySide6.QtGui import QMouseEvent

        kinds = {"press": PRESS, "move": MOVE, "release": RELEASE}
        began, moves = time.perf_counter(), 0
        for kind, at in self._events:
            if kind == "move":
                due = began + moves / RATE_HZ
                moves += 1
                self.due_s.append(due)
                ahead = due - time.perf_counter()
                if ahead > 0:
                    time.sleep(ahead)
                self.late_ms = max(self.late_ms, 1000 * (time.perf_counter() - due))
            button = NONE if kind == "move" else LEFT
            held = NONE if kind == "release" else LEFT
            event = QMouseEvent(kinds[kind], at, at + self._origin, button, held, PLAIN)
            QCoreApplication.postEvent(self._target, event)
        self.took_s = time.perf_counter() - began


def _strokes(window: Any, moves: int) -> list[tuple[str, Any]]:
    """Kind and place in the viewport of each event: circles that wander over the photo."""
    from math import cos, sin

    from PySide6.QtCore import QPointF

    events: list[tuple[str, Any]] = []
    for n in range(moves):
        x = 1024 + 700 * cos(n / 90) + 150 * sin(n / 1000)
        y = 1024 + 700 * sin(n / 97)
        at = window.canvas.navigation.to_screen(QPointF(x, y))
        if n % MOVES_A_STROKE == 0:
            events.append(("press", at))
        events.append(("move", at))
        if n % MOVES_A_STROKE == MOVES_A_STROKE - 1 or n == moves - 1:
            events.append(("release", at))
    return events
