"""What the figures of `studio.py` share: photos with masks, the window on them, the clock."""

import random
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _report import ROOT
from _window import PATIENCE_S, open_window, wait

PHOTOS = 6
SHARED = (ROOT.parent / "shared" / "data", ROOT / "shared" / "data")
# pyqtgraph's scene, the view and the window pass an update on to each other, a turn each.
PAINT_TURNS = 5
ALL_SHOWN = 20
Figure = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How a figure is measured.

    Attributes:
        lesions: On each photo; 0 for those that are found by colour.
        share: Of the long work, for a short run.
    """

    lesions: int = 0
    share: float = 1.0


def photos_2048() -> list[Path]:
    """Real photos of 2048²."""
    for folder in SHARED:
        found = sorted((folder / "large").glob("*_2048_*.jpg"))[:PHOTOS]
        if found:
            return found
    raise SystemExit(f"no photos: {SHARED[0]} is not there")


def photo_folder(work: Path, options: Options, photos: int = PHOTOS) -> Path:
    """A folder of real photos with masks and predictions."""
    folder = work / "photos"
    folder.mkdir()
    for path in photos_2048()[:photos]:
        shutil.copy(path, folder)
    make_project(folder, options.lesions)
    return folder


def make_project(folder: Path, lesions: int = 0) -> None:
    """Save a mask and a prediction for each photo of a folder, as the program writes them.

    Args:
        folder: Of the photos.
        lesions: So many round ones, set by a person; 0: what is dark and brown, found by a model.
    """
    import cv2
    import numpy as np
    from _lesions import round_lesions

    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.project import PhotoArrays, Project
    from tests.helpers.builders import make_prediction

    project = Project.open_folder(folder)
    project.scan()
    for record in project.photos():
        image = read_photo(record.path)
        if lesions:
            labels = round_lesions(*image.shape[:2], lesions)
        else:
            smooth = cv2.GaussianBlur(image, (0, 0), 3).astype(np.int16)
            spots = (smooth[..., 0] - smooth[..., 1] > 5).astype(np.uint8)
            labels = cv2.connectedComponents(spots)[1].astype(np.uint16)
        probability = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 4)
        prediction = make_prediction(labels, probability=probability)
        # Touched, so that a real model's prediction does not take the lesions' place.
        touched = (labels > 0) & bool(lesions)
        arrays = PhotoArrays(labels, touched, prediction)
        status = "corrected" if lesions else "predicted"
        project.save(record.photo_id, arrays, status=status, model="test")
    project.close()


class Painted:
    """When the canvas of a window was painted last; counts from its making on."""

    def __init__(self, window: Any) -> None:
        view = type(window.canvas)
        self.window, self.at_s = window, 0.0
        # Of this thread, for each photo: tells a slow act from a busy machine.
        self.cpu_ms: list[float] = []
        plain = view.paintEvent

        def paint(canvas: Any, event: Any) -> None:
            plain(canvas, event)
            self.at_s = time.perf_counter()

        view.paintEvent = paint

    def until_shown_ms(self, act: Callable[[], object], photo_id: str) -> float:
        """From the act to the end of the paint event that shows a photo with its whole mask."""
        from PySide6.QtWidgets import QApplication

        window, began, cpu_s = self.window, time.perf_counter(), time.thread_time()
        act()
        composed_s = 0.0
        while not composed_s or self.at_s < composed_s:
            QApplication.processEvents()
            there = window.session.photo_id == photo_id and window.canvas.overlay_ready
            if there and not composed_s:
                # The chunk that was composed last waits for its paint event.
                composed_s = time.perf_counter()
                window.canvas.viewport().update()
            if time.perf_counter() - began > PATIENCE_S:
                raise TimeoutError(f"{photo_id} was not shown")
            time.sleep(0.0005)
        self.cpu_ms.append(1000 * (time.thread_time() - cpu_s))
        return 1000 * (self.at_s - began)

    def cpu(self) -> Figure:
        """The median processor time of the UI thread in `until_shown_ms`."""
        return {"ui_cpu_ms": round(statistics.median(self.cpu_ms), 1)}

    def until_painted_ms(self, act: Callable[[], object]) -> float:
        """From the act to the end of the last paint event that it leads to.

        Raises:
            RuntimeError: Nothing was painted.
        """
        from PySide6.QtWidgets import QApplication

        began, turns = time.perf_counter(), 0
        act()
        while turns < PAINT_TURNS:
            QApplication.processEvents()
            turns = turns + 1 if self.window.canvas.overlay_ready else 0
            # A real event loop sleeps between its turns, and lets other threads in.
            time.sleep(0.0002)
        if self.at_s < began:
            raise RuntimeError("nothing was painted")
        return 1000 * (self.at_s - began)


def open_studio(folder: Path) -> tuple[Any, Painted]:
    """The window on a folder, no model running by itself, the first photo on screen."""
    from PySide6.QtCore import Qt

    window = open_window()
    window.session.keep(predict_on_open=False, uncertainty_on_open=False)
    painted = Painted(window)
    window.start([folder])
    wait(lambda: window.session.document is not None and window.segment.ready)
    rest(window)
    # Without a pointer on the screen nothing tells the canvas that one is over it.
    window.canvas.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    return window, painted


def rest(window: Any) -> None:
    """Until nothing is being read, made or saved."""
    prefetch = window.store.prefetch
    idle_since = time.monotonic()

    def idle() -> bool:
        nonlocal idle_since
        # As when another photo is shown: the timer for it may be seconds away.
        window.store.save_all()
        busy = window.thumbnails.busy or prefetch.busy or window.store.unsaved()
        idle_since = time.monotonic() if busy else idle_since
        return time.monotonic() - idle_since > 0.3

    wait(idle)


def breathe() -> None:
    """Turn the event loop for two frames, so that the next act is not held back by the last."""
    from PySide6.QtWidgets import QApplication

    until = time.perf_counter() + 0.02
    while time.perf_counter() < until:
        QApplication.processEvents()
        time.sleep(0.001)


def zigzag(rng: random.Random, moves: int, step_px: float) -> list[tuple[float, float]]:
    """Points (x, y) of a stroke that wanders over a photo of 2048² and stays on it."""
    x, y = rng.uniform(200, 1848), rng.uniform(200, 1848)
    points = [(x, y)]
    for _ in range(moves):
        x = min(2040.0, max(8.0, x + rng.uniform(-1, 1) * step_px))
        y = min(2040.0, max(8.0, y + rng.uniform(-1, 1) * step_px))
        points.append((x, y))
    return points


def summary(taken_ms: Sequence[float], name: str = "") -> Figure:
    """Median, 99th percentile and worst of the measured times; all of them where they are few."""
    ordered = sorted(taken_ms)
    start = f"{name}_" * bool(name)
    figure: Figure = {
        f"{start}median_ms": round(statistics.median(ordered), 1),
        f"{start}p99_ms": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        f"{start}worst_ms": round(ordered[-1], 1),
        f"{start}n": len(ordered),
    }
    if len(ordered) <= ALL_SHOWN:
        figure[f"{start}all_ms"] = [round(t, 1) for t in taken_ms]
    return figure
