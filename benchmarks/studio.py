"""How long the acts of an annotator's day take in the real window.

    python benchmarks/studio.py --json

Each figure is a function here, run in a process of its own: it opens the real window (offscreen
where there is no screen) on real photos, whose masks and predictions are written beforehand as the
program writes them. To add a figure, write a function and enter it in FIGURES.

Figures, ms from the act to the end of the paint event that shows photo and mask:

- `open_cold`: a JPEG of 2048² that was not read before: goal 150
- `open_prefetched`: D is pressed, the next photo of 2048² was read ahead: goal 100
- `open_edited`: the same, a stroke on the photo before still being saved: goal 100
- `open_large`: a JPEG of 5000 × 6650, not read before: goal 1000
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _report import ROOT, report
from _window import PATIENCE_S, close, open_window, wait

PHOTOS = 6
LARGE_PX = (6650, 5000)
ROUNDS = 3
SHARED = (ROOT.parent / "shared" / "data", ROOT / "shared" / "data")
Figure = dict[str, Any]


def main() -> int:
    """Run all figures, each in a child process, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--only", default=",".join(FIGURES), help="figures, comma-separated")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(FIGURES[args.child](args.work)))
        return 0
    figures: dict[str, Figure] = {}
    for name in (n for n in args.only.split(",") if n in FIGURES):
        with tempfile.TemporaryDirectory(prefix="plantseg-studio-") as folder:
            figures[name] = child(name, Path(folder))
        if not args.json:
            print(f"{name}: {figures[name]}", file=sys.stderr)
    report({"figures": figures, "load_1min": os.getloadavg()[0]})
    return 0


def child(name: str, work: Path) -> Figure:
    """Run one figure in a process of its own."""
    environment = os.environ | {"PLANTSEG_HOME": str(work / "home"), "PYTHONPATH": str(ROOT)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), "--child", name, "--work", str(work)],
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return {"error": f"not ended after {error.timeout:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": done.stderr.strip()[-500:]}
    return dict(json.loads(lines[-1]))


# What the figures share


def photos_2048() -> list[Path]:
    """Real photos of 2048²."""
    for folder in SHARED:
        found = sorted((folder / "large").glob("*_2048_*.jpg"))[:PHOTOS]
        if found:
            return found
    raise SystemExit(f"no photos: {SHARED[0]} is not there")


def large_photo(target: Path) -> None:
    """A JPEG of 5000 × 6650 px, enlarged from a real one."""
    import cv2

    image = cv2.imread(str(photos_2048()[0]))
    height, width = LARGE_PX
    enlarged = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(target), enlarged, [cv2.IMWRITE_JPEG_QUALITY, 92])


def make_project(folder: Path) -> None:
    """Save a mask and a prediction for each photo: what is dark and brown counts as lesion."""
    import cv2
    import numpy as np

    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.project import PhotoArrays, Project
    from tests.helpers.builders import make_prediction

    project = Project.open_folder(folder)
    project.scan()
    for record in project.photos():
        image = read_photo(record.path)
        smooth = cv2.GaussianBlur(image, (0, 0), 3).astype(np.int16)
        spots = (smooth[..., 0] - smooth[..., 1] > 5).astype(np.uint8)
        labels = cv2.connectedComponents(spots)[1].astype(np.uint16)
        probability = cv2.GaussianBlur(spots.astype(np.float32), (0, 0), 4)
        prediction = make_prediction(labels, probability=probability)
        arrays = PhotoArrays(labels, np.zeros(labels.shape, bool), prediction)
        project.save(record.photo_id, arrays, status="predicted", model="test")
    project.close()


class Painted:
    """When the canvas of a window was painted last; counts from its making on."""

    def __init__(self, window: Any) -> None:
        view = type(window.canvas)
        self.window, self.at_s = window, 0.0
        # Of this thread: tells a slow act from a busy machine.
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


def open_studio(folder: Path) -> tuple[Any, Painted]:
    """The window on a folder, no model running by itself, the first photo on screen."""
    window = open_window()
    window.session.keep(predict_on_open=False, uncertainty_on_open=False)
    painted = Painted(window)
    window.start([folder])
    wait(lambda: window.session.document is not None and window.segment.ready)
    rest(window)
    return window, painted


def rest(window: Any) -> None:
    """Until nothing is being read, made or saved."""
    prefetch = window.store.prefetch
    idle_since = time.monotonic()

    def idle() -> bool:
        nonlocal idle_since
        busy = window.thumbnails.busy or prefetch.busy or window.store.unsaved()
        idle_since = time.monotonic() if busy else idle_since
        return time.monotonic() - idle_since > 0.3

    wait(idle)


def summary(taken_ms: list[float], painted: Painted) -> Figure:
    """Median and worst of the measured times, and the median processor time of the UI thread."""
    return {
        "ui_cpu_ms": round(statistics.median(painted.cpu_ms), 1),
        "median_ms": round(statistics.median(taken_ms), 1),
        "worst_ms": round(max(taken_ms), 1),
        "all_ms": [round(t, 1) for t in taken_ms],
    }


def _photo_folder(work: Path) -> Path:
    folder = work / "photos"
    folder.mkdir()
    for path in photos_2048():
        shutil.copy(path, folder)
    make_project(folder)
    return folder


# The figures


def measure_open_cold(work: Path) -> Figure:
    """Photos in turn, none of which was read before."""
    window, painted = open_studio(_photo_folder(work))
    window.look_ahead.stop()
    taken = []
    for photo_id in list(window.session.records)[1:]:
        window.store.prefetch.want(())
        taken.append(painted.until_shown_ms(lambda i=photo_id: window.store.show(i), photo_id))
        rest(window)
    close(window)
    return summary(taken, painted)


def measure_open_prefetched(work: Path) -> Figure:
    """D through the list, with a rest on each photo."""
    return _walk(work, lambda window: None)


def measure_open_edited(work: Path) -> Figure:
    """D through the list, a stroke on each photo just before."""
    from plantseg_gui.core.painting import StrokePainter

    def stroke(window: Any) -> None:
        painter = StrokePainter(window.session.document, "lesion", 24.0)
        painter.press(900, 300.0)
        painter.move([(900, 300.0 + 10 * i) for i in range(40)])
        painter.release()

    return _walk(work, stroke)


def _walk(work: Path, before: Callable[[Any], None]) -> Figure:
    window, painted = open_studio(_photo_folder(work))
    taken, ready = [], 0
    ids = list(window.session.records)
    for photo_id in ids[1:]:
        ready += photo_id in window.store.prefetch.kept
        before(window)
        taken.append(painted.until_shown_ms(window.actions_["next"].trigger, photo_id))
        rest(window)
    close(window)
    return summary(taken, painted) | {"read_ahead": f"{ready} of {len(taken)}"}


def measure_open_large(work: Path) -> Figure:
    """A photo of 33 megapixels, not read before."""
    folder = work / "photos"
    folder.mkdir()
    shutil.copy(photos_2048()[0], folder / "a.jpg")
    for n in range(ROUNDS):
        large_photo(folder / f"large{n}.jpg")
        # Another content for each.
        with (folder / f"large{n}.jpg").open("ab") as file:
            file.write(bytes([n]))
    window, painted = open_studio(folder)
    window.look_ahead.stop()
    first, *rest_ids = list(window.session.records)
    taken = []
    for photo_id in rest_ids:
        window.store.prefetch.want(())
        taken.append(painted.until_shown_ms(lambda i=photo_id: window.store.show(i), photo_id))
        rest(window)
        window.store.show(first)
        wait(lambda: window.session.photo_id == first)
    close(window)
    return summary(taken, painted)


FIGURES: dict[str, Callable[[Path], Figure]] = {
    "open_cold": measure_open_cold,
    "open_prefetched": measure_open_prefetched,
    "open_edited": measure_open_edited,
    "open_large": measure_open_large,
}

if __name__ == "__main__":
    sys.exit(main())
