"""The napari column of `napari_compare.py`; run by an environment that has napari, not by ours.

    python _napari_side.py FOLDER

Opens napari's real window with the photo as an image layer and the lesions as a labels layer, sends
real Qt mouse events into its canvas widget and prints the figures as JSON. `FOLDER` holds
photo.npy [H, W, 3] uint8, labels.npy [H, W] uint16 and the strokes in steps.json. Knows
nothing of the studio.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
import psutil
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication
from vispy.gloo import gl

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PRESS, MOVE, RELEASE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
PATIENCE_S = 30


class Napari:
    """The viewer, and when its canvas was drawn last."""

    def __init__(self, photo: np.ndarray, labels: np.ndarray, canvas_px: list[int]) -> None:
        self.viewer = napari.Viewer(show=True)
        self.viewer.add_image(photo, rgb=True)
        self.layer = self.viewer.add_labels(labels)
        self.canvas = self.viewer.window._qt_viewer.canvas
        self.widget = self.canvas.native
        self.drawn_s = 0.0
        self.canvas._scene_canvas.events.draw.connect(self._on_draw, position="last")
        window = self.viewer.window._qt_window
        for _ in range(3):
            size = self.widget.size()
            window.resize(
                window.width() + canvas_px[0] - size.width(),
                window.height() + canvas_px[1] - size.height(),
            )
            rest(0.3)
        self.viewer.reset_view()
        self.layer.mode = "paint"
        rest(0.5)

    def _on_draw(self, _event: object) -> None:
        # Drivers draw later than they are told to: the clock stops when the picture is there.
        gl.glFinish()
        self.drawn_s = time.perf_counter()

    def renderer(self) -> str:
        """Who draws."""
        self.widget.makeCurrent()
        return str(gl.glGetParameter(gl.GL_RENDERER))

    def place(self, point: list[float]) -> QPointF:
        """Where (x, y) of the photo lies on the widget; a pixel's middle is whole in napari."""
        view = self.canvas.view
        y0, x0 = self.canvas._map_canvas2world((0, 0), view)[-2:]
        y1, x1 = self.canvas._map_canvas2world((100, 100), view)[-2:]
        x, y = point[0] - 0.5, point[1] - 0.5
        return QPointF(100 * (x - x0) / (x1 - x0), 100 * (y - y0) / (y1 - y0))

    def send(self, kind: QEvent.Type, at: QPointF) -> None:
        """One mouse event."""
        button = NONE if kind == MOVE else LEFT
        held = NONE if kind == RELEASE else LEFT
        where = QPointF(self.widget.mapToGlobal(at.toPoint()))
        event = QMouseEvent(kind, at, where, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.widget, event)

    def timed(self, act: Callable[[], object], step_s: float) -> tuple[float, float]:
        """Milliseconds until the act returned, and until the canvas was drawn after that."""
        began = time.perf_counter()
        act()
        returned = time.perf_counter()
        while self.drawn_s < returned:
            QApplication.processEvents()
            if time.perf_counter() - began > PATIENCE_S:
                raise SystemExit("napari drew nothing")
        drawn = self.drawn_s
        rest(max(0.0, began + step_s - time.perf_counter()))
        return 1000 * (returned - began), 1000 * (drawn - began)


def rest(seconds: float) -> None:
    """Let the event loop turn."""
    until = time.perf_counter() + seconds
    while True:
        QApplication.processEvents()
        if time.perf_counter() >= until:
            return
        time.sleep(0.001)


def memory_mb() -> float:
    """Resident memory of this process."""
    return psutil.Process().memory_info().rss / 2**20


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1])
    steps = json.loads((folder / "steps.json").read_text())
    photo, labels = np.load(folder / "photo.npy"), np.load(folder / "labels.npy")
    side = Napari(photo, labels, steps["canvas_px"])
    out: dict = {"version": napari.__version__, "renderer": side.renderer()}
    out["platform"] = QApplication.platformName()
    out["canvas_px"] = [side.widget.width(), side.widget.height()]
    out["memory_open_mb"] = memory_mb()
    layer, number = side.layer, int(labels.max())
    for brush in steps["brushes"]:
        layer.brush_size = brush
        before = layer.data.copy()
        labels_ms, painted_ms, undo_ms = [], [], []
        for stroke in steps["strokes"]:
            number += 1
            layer.selected_label = number
            rest(0.05)
            places = [side.place(point) for point in stroke]
            for n, at in enumerate(places):
                kind = MOVE if n else PRESS
                taken = side.timed(lambda k=kind, a=at: side.send(k, a), steps["step_s"])
                labels_ms.append(taken[0])
                painted_ms.append(taken[1])
            side.send(RELEASE, places[-1])
            rest(0.05)
        pixels = int(((layer.data > 0) & (before == 0)).sum())
        memory = memory_mb()
        for _ in steps["strokes"]:
            undo_ms.append(side.timed(layer.undo, 0.05)[1])
        if (layer.data != before).any():
            raise SystemExit("napari's undo did not bring the labels back")
        out[f"brush_{brush}"] = {
            "labels_ms": labels_ms,
            "painted_ms": painted_ms,
            "undo_ms": undo_ms,
            "pixels": pixels,
            "memory_mb": memory,
        }
    print(json.dumps(out), flush=True)
    # Plugins may keep threads that would hold the process.
    os._exit(0)


if __name__ == "__main__":
    main()
