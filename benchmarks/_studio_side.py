"""The studio's column of `napari_compare.py`: the same steps as in `_napari_side.py`.

python _studio_side.py FOLDER
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from _events import LEFT, MOVE, PRESS, RELEASE, mouse
from _studio import Painted, rest
from _window import close, open_window, wait
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

PATIENCE_S = 30


def measure(folder: Path) -> dict[str, Any]:
    """Open the window on FOLDER/photos, paint the strokes of steps.json, undo them."""
    from plantseg_gui import __version__

    steps = json.loads((folder / "steps.json").read_text(encoding="utf-8"))
    window = open_window()
    window.session.keep(predict_on_open=False, uncertainty_on_open=False)
    painted = Painted(window)
    # No network yet: napari has none.
    window.projects.open_paths([folder / "photos"])
    wait(lambda: window.session.document is not None and window.canvas.overlay_ready)
    canvas, document = window.canvas, window.session.document
    for _ in range(3):
        width, height = steps["canvas_px"]
        window.resize(
            window.width() + width - canvas.width(), window.height() + height - canvas.height()
        )
        turn(0.3)
    canvas.fit()
    canvas.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    rest(window)
    side: dict[str, Any] = {
        "version": __version__,
        "renderer": "the CPU (Qt raster)",
        "platform": QApplication.platformName(),
        "canvas_px": [canvas.width(), canvas.height()],
        "memory_open_mb": memory_mb(),
    }
    window.view.set_tool("brush")
    for brush in steps["brushes"]:
        window.view.set_brush_px(brush)
        before = document.labels.array.copy()
        labels_ms, painted_ms, undo_ms = [], [], []
        for stroke in steps["strokes"]:
            turn(0.05)
            places = [canvas.navigation.to_screen(QPointF(*point)) for point in stroke]
            for n, at in enumerate(places):
                kind = MOVE if n else PRESS
                taken = timed(
                    painted, lambda k=kind, a=at: mouse(canvas, k, a, LEFT), steps["step_s"]
                )
                labels_ms.append(taken[0])
                painted_ms.append(taken[1])
            mouse(canvas, RELEASE, places[-1], LEFT)
            turn(0.05)
        fresh = (document.labels.array > 0) & (before == 0)
        pixels, memory = int(fresh.sum()), memory_mb()
        for _ in steps["strokes"]:
            undo_ms.append(painted.until_painted_ms(window.actions_["undo"].trigger))
            turn(0.05)
        if (document.labels.array != before).any():
            raise SystemExit("undo did not bring the labels back")
        side[f"brush_{brush}"] = {
            "labels_ms": labels_ms,
            "painted_ms": painted_ms,
            "undo_ms": undo_ms,
            "pixels": pixels,
            "memory_mb": memory,
        }
    window.segment.choose_model_soon(wait_for_photo=False)
    wait(lambda: window.segment.ready)
    side["memory_network_mb"] = memory_mb()
    close(window)
    return side


def timed(painted: Painted, act: Callable[[], object], step_s: float) -> tuple[float, float]:
    """As in `_napari_side.py`: milliseconds until the act returned, and until painted."""
    began = time.perf_counter()
    act()
    returned = time.perf_counter()
    while painted.at_s < returned:
        QApplication.processEvents()
        if time.perf_counter() - began > PATIENCE_S:
            raise SystemExit("the studio painted nothing")
    shown = painted.at_s
    turn(began + step_s - time.perf_counter())
    return 1000 * (returned - began), 1000 * (shown - began)


def turn(seconds: float) -> None:
    """Let the event loop turn."""
    until = time.perf_counter() + seconds
    while True:
        QApplication.processEvents()
        if time.perf_counter() >= until:
            return
        time.sleep(0.001)


def memory_mb() -> float:
    """Resident memory of this process."""
    return float(psutil.Process().memory_info().rss / 2**20)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
