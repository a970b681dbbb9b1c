"""The real window for a benchmark: opened, watched by a heartbeat, painted on, closed."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from _report import ROOT

BEAT_MS = 10
PATIENCE_S = 300


class Heart:
    """Beats every 10 ms on the UI thread and remembers how late the worst beats were."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Forget what was before."""
        self.gaps.clear()
        self._last = time.perf_counter()
        self._timer.start()

    def figures(self) -> dict[str, Any]:
        """Longest gap and the tail, ms beyond the beat."""
        self._timer.stop()
        late = sorted(max(0.0, 1000 * gap - BEAT_MS) for gap in self.gaps) or [0.0]
        return {
            "gap_ms": round(late[-1], 1),
            "gap_ms_p99": round(late[int(0.99 * (len(late) - 1))], 1),
            "gaps_over_100_ms": sum(gap > 100 for gap in late),
            "beats": len(late),
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now


def wait(condition: Callable[[], bool]) -> None:
    """Turn the event loop until `condition` holds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, began = QEventLoop(), time.monotonic()

    def look() -> None:
        if condition() or time.monotonic() - began > PATIENCE_S:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError("the scenario did not end")


def open_window() -> Any:
    """A shown window as `plantseg-gui` makes it, with a model on the shelf."""
    from plantseg_gui.storage.models import list_models
    from plantseg_gui.storage.paths import user_models_dir
    from plantseg_gui.ui.app import SWITCH_INTERVAL_S, make_application, make_window

    if not [m for m in list_models() if not m.damaged]:
        # A checkout without the shipped weights: the real network with random ones. Made in
        # another process, because torch must not be loaded here yet.
        target = user_models_dir() / "random"
        code = (
            "from pathlib import Path; from tests.helpers.tiny_model import write_tiny_model; "
            f"write_tiny_model(Path({str(target)!r}), name='random', fpn_channels=128)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = make_application()
    window = make_window(app)
    window.resize(1600, 1000)
    window.show()
    wait(window.isVisible)
    return window


def predicted(window: Any) -> bool:
    """Whether the photo on screen has its prediction and nothing runs."""
    document = window.session.document
    return document is not None and document.prediction is not None and not window.segment.running


def close(window: Any) -> None:
    """Close as a person does, and wait for the saves."""
    window.close()
    wait(lambda: not window.isVisible())


def stroker(window: Any) -> Any:
    """Paints a short stroke four times a second through the document, as the brush does."""
    from PySide6.QtCore import QTimer

    from plantseg_gui.core.painting import StrokePainter

    timer = QTimer(window)
    state = {"n": 0}

    def stroke() -> None:
        document = window.session.document
        if document is not None and not document.history.open:
            state["n"] += 1
            painter = StrokePainter(document, "lesion", 12.0)
            y = 200 + 37 * state["n"] % (document.height - 400)
            painter.press(y, 300.0)
            painter.move([(y, 300.0 + 10 * i) for i in range(20)])
            painter.release()

    timer.timeout.connect(stroke)
    timer.start(250)
    return timer
