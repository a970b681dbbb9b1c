"""How long a dab, a pan step and a zoom step take until they are painted.

    python benchmarks/canvas.py --json
    python benchmarks/canvas.py --cases --json

A photo of 2048², all overlays on, a view of 1600×1000. Real mouse and wheel events go into the real
widget; the clock runs from the event to the end of the paint event that shows it. Needs no screen.
`--cases` measures 2048² and 8192², each at one and at two device pixels, with minimap, loupe, scale
bar, tiles and adjusted colours as well; each case in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from _events import LEFT, MIDDLE, MOVE, PRESS, RELEASE, mouse, wheel
from _lesions import round_lesions
from _report import report
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from plantseg_gui.core.display_tables import Adjustment
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import MAP_LAYERS, ORIGIN
from plantseg_gui.core.results import ScoredTile
from plantseg_gui.storage.paths import resources_dir
from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.photo_look import PhotoLook
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.view_aids import AIDS, ViewAids
from plantseg_gui.ui.theme import Theme
from plantseg_gui.ui.tools.options import Option, Value
from plantseg_gui.ui.tools.registry import make_tool

VIEW_PX = (1600, 1000)
CASES = ((2048, "1"), (2048, "2"), (8192, "1"), (8192, "2"))
TILES_A_SIDE = 5
STEP_S = 0.010
LESIONS = 60


class Brush:
    """The settings that the brush reads."""

    paint = "lesion"

    def __init__(self, brush_px: int) -> None:
        self.brush_px = brush_px

    def step_brush(self, direction: int) -> None:
        """Not used here."""

    def option(self, option: Option) -> Any:
        """As the program comes."""
        return option.default

    def set_option(self, option: Option, value: Value) -> None:
        """Not used here."""


class TimedView(CanvasView):
    """Notes when it was painted last."""

    painted_s = 0.0
    paints = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, then look at the clock."""
        super().paintEvent(event)
        self.painted_s = time.perf_counter()
        self.paints += 1


def photo(size: int, lesions: int = LESIONS) -> tuple[np.ndarray, np.ndarray]:
    """A noisy picture [H, W, 3] uint8 and round lesions [H, W] uint16."""
    image = np.random.default_rng(5).integers(40, 180, (size, size, 3), dtype=np.uint8)
    return image, round_lesions(size, size, lesions)


def maps(size: int) -> dict[str, np.ndarray]:
    """A map for every layer, [h, w] uint8 at network scale."""
    generator = np.random.default_rng(6)
    side = min(1024, size)
    small = generator.random((32, 32)).astype(np.float32)
    smooth = np.clip(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)
    return {
        name: np.roll((255 * smooth).astype(np.uint8), 37 * n, axis=1)
        for n, name in enumerate(MAP_LAYERS)
        if name != "preview"
    }


def until_painted_ms(view: TimedView, act: Callable[[], None]) -> float:
    """Do `act`, run the event loop until it is painted, then rest until the next step."""
    began, paints = time.perf_counter(), view.paints
    act()
    while view.paints == paints:
        QApplication.processEvents()
        if time.perf_counter() - began > 2:
            raise SystemExit("nothing was painted")
    took_ms = (view.painted_s - began) * 1000
    QApplication.processEvents()
    time.sleep(max(0.0, began + STEP_S - time.perf_counter()))
    return took_ms


def dabs_ms(view: TimedView, steps: int) -> list[float]:
    """Strokes of 50 moves each: every move until it is painted, and the press as well."""
    taken = []
    width, height = view.viewport().width(), view.viewport().height()
    for start in range(0, steps, 50):
        x, y = width * 0.35, height * (0.2 + 0.6 * (start / max(steps, 1)))
        for n in range(50):
            at = QPointF(x + 5.3 * n, y + 30 * np.sin(n / 5))
            kind = MOVE if n else PRESS
            taken.append(until_painted_ms(view, lambda a=at, k=kind: mouse(view, k, a, LEFT)))
        mouse(view, RELEASE, at, LEFT)
        QApplication.processEvents()
    return taken


def pans_ms(view: TimedView, steps: int) -> list[float]:
    """Middle drags: every step repaints the whole view."""
    centre = QPointF(view.viewport().width() / 2, view.viewport().height() / 2)
    mouse(view, PRESS, centre, MIDDLE)
    taken = []
    for n in range(steps):
        at = centre + QPointF(60 * np.sin(n / 7), 60 * np.cos(n / 7))
        taken.append(until_painted_ms(view, lambda a=at: mouse(view, MOVE, a, MIDDLE)))
    mouse(view, RELEASE, centre, MIDDLE)
    return taken


def zooms_ms(view: TimedView, steps: int) -> list[float]:
    """Wheel turns, in and out again."""
    at = QPointF(view.viewport().width() * 0.4, view.viewport().height() * 0.6)
    turns = [120 if n % 20 < 10 else -120 for n in range(steps)]
    return [until_painted_ms(view, lambda t=turn: wheel(view, at, t)) for turn in turns]


def show_aids(application: QApplication, view: CanvasView, document: Document) -> ViewAids:
    """Switch on all that may lie over the photo, and show it with other colours."""
    session = Session(Settings(view_aids=dict.fromkeys(AIDS, True)), view)
    owner = QWidget(view)
    owner.hide()
    actions = Actions(owner, Theme(application, resources_dir(), "light"))
    aids = ViewAids(session, view, PhotoLook(view), actions, view)
    session.set_document(document)
    side = -(-document.height // TILES_A_SIDE)
    tiles = [
        ScoredTile(rect, 0.5, True)
        for rect in Rect(0, 0, document.height, document.width).blocks(side)
    ]
    aids.tile_grid.set_tiles(tiles)
    aids.tile_grid.setVisible(True)
    view.set_adjustment(Adjustment(brightness=10, contrast=20))
    return aids


def settled(view: CanvasView) -> float:
    """Wait until the overlay is composed; returns the seconds."""
    began = time.perf_counter()
    while not view.overlay_ready:
        QApplication.processEvents()
    return time.perf_counter() - began


def figures_of(name: str, taken: list[float]) -> dict[str, float]:
    return {
        f"{name}_ms_p50": float(np.percentile(taken, 50)),
        f"{name}_ms_p99": float(np.percentile(taken, 99)),
        f"{name}_ms_max": float(np.max(taken)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the figures only, as JSON")
    parser.add_argument("--size", type=int, default=2048, help="side of the photo, px")
    parser.add_argument("--lesions", type=int, default=LESIONS, help="on the photo")
    parser.add_argument("--steps", type=int, default=300, help="events of each kind")
    parser.add_argument("--brush", type=int, default=24, help="diameter of the brush, photo px")
    parser.add_argument("--scale", default="1", help="device pixel ratio of the screen")
    parser.add_argument("--origin", action="store_true", help="with the layer Origin as well")
    parser.add_argument(
        "--aids", action="store_true", help="with minimap, loupe, scale bar, tiles, other colours"
    )
    parser.add_argument("--cases", action="store_true", help="see above; other sizes are ignored")
    arguments = parser.parse_args()
    if arguments.cases:
        measure_cases(arguments.steps, arguments.lesions)
        return
    # Qt reads these when the application is made.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = arguments.scale
    application = QApplication([])
    view = TimedView()
    view.resize(*VIEW_PX)
    view.show()
    image, labels = photo(arguments.size, arguments.lesions)
    view.set_tool(make_tool("brush", Brush(arguments.brush)))
    document = Document("benchmark", image, labels)
    view.set_document(document)
    if arguments.aids:
        show_aids(application, view, document)
    for name, values in maps(arguments.size).items():
        view.set_map(name, values)
        view.set_layer(name, True, 0.5)
    view.set_layer(ORIGIN, arguments.origin, 0.6)
    overlay_s = settled(view)
    taken = measured(view, arguments.steps)
    figures = {key: value for name in taken for key, value in figures_of(name, taken[name]).items()}
    if not arguments.json:
        for key, value in figures.items():
            print(f"{key:14} {value:7.2f}")
    report(
        {**figures, "overlay_s": overlay_s, "size": arguments.size, "scale": arguments.scale}
        | {"origin": arguments.origin, "aids": arguments.aids, "lesions": arguments.lesions}
        | {"load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None}
    )
    view.shutdown()
    view.close()
    application.quit()


def measure_cases(steps: int, lesions: int) -> None:
    """Each case in its own process: Qt reads the device pixel ratio at its start."""
    found = {}
    for size, scale in CASES:
        command = [sys.executable, __file__, "--json", "--aids", "--size", str(size)]
        command += ["--scale", scale, "--steps", str(steps), "--lesions", str(lesions)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figures = json.loads(done.stdout.splitlines()[-1])
        found[f"{size}px_x{scale}"] = {
            key: value for key, value in figures.items() if key not in ("machine", "version")
        }
    report(found)


def measured(view: TimedView, steps: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of event, half of them fitted and half at 300 %."""
    taken: dict[str, list[float]] = {"dab": [], "pan": [], "zoom": []}
    for zoom in (None, 3.0):
        if zoom is None:
            view.fit()
        else:
            view.navigation.set_zoom(zoom)
        QApplication.processEvents()
        taken["dab"] += dabs_ms(view, steps // 2)
        taken["pan"] += pans_ms(view, steps // 2)
    view.fit()
    QApplication.processEvents()
    taken["zoom"] = zooms_ms(view, steps)
    return taken


if __name__ == "__main__":
    main()
