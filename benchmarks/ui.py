"""How soon the window is there, and whether it ever stands still.

    python benchmarks/ui.py --json

Figures: `window_visible_s` (start of the process until the window is exposed, median of the runs;
the first may read from a cold disk), and `gap_ms_max` per scenario: the longest time between two
beats of a 10 ms timer on the UI thread, minus the 10 ms. Each scenario runs in a process of its
own, with the real window, the default model and drawn leaves of 2048². Scenarios:

- `model`: the window has just opened; torch and the network are loaded, a photo is predicted
- `inference`: three more photos with the loaded network, results painted and saved
- `uncertainty`: the second pass of a photo
- `thumbnails`: 60 photos are opened and the list is scrolled through
- `training`: a retraining run works in its own process while a person paints, then presses Stop
- `demo`: demo leaves are drawn in the pool
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _report import ROOT, report
from _window import PATIENCE_S, Heart, close, open_window, predicted, stroker, wait

SCENARIOS = ("model", "inference", "uncertainty", "thumbnails", "training", "demo")
PHOTOS = 4
THUMBNAILS = 60
# The run itself may take minutes where other work is on the processor; this much of it is enough.
TRAINING_S = 25
STARTED = "PLANTSEG_BENCH_STARTED"


def main() -> int:
    """Run all scenarios, each in a child process, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--runs", type=int, default=5, help="starts of the window")
    parser.add_argument("--only", default=",".join(SCENARIOS), help="scenarios, comma-separated")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(CHILDREN[args.child](args.work)))
        return 0

    with tempfile.TemporaryDirectory(prefix="plantseg-ui-") as name:
        work = Path(name)
        draw_photos(work)
        starts = [child("start", work) for _ in range(args.runs)]
        visible = [start["visible_s"] for start in starts]
        gaps: dict[str, Any] = {}
        details: dict[str, Any] = {}
        for scenario in (s for s in args.only.split(",") if s in SCENARIOS):
            found = child(scenario, work)
            gaps[scenario] = found.get("gap_ms")
            details[scenario] = found
            if not args.json:
                print(f"{scenario}: {found}", file=sys.stderr)
        report(
            {
                "window_visible_s": statistics.median(visible),
                "window_visible_runs_s": visible,
                # Processor time tells a slow start from a busy machine.
                "window_cpu_s": statistics.median(s.get("cpu_s", float("nan")) for s in starts),
                "gap_ms_max": gaps,
                "scenarios": details,
                "load_1min": os.getloadavg()[0],
            }
        )
    return 0


def child(what: str, work: Path) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    environment = os.environ | {
        "PLANTSEG_HOME": str(work / f"home-{what}"),
        "PYTHONPATH": str(ROOT),
    }
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The kernel tells a process's start only to the second that the machine was booted in.
    environment[STARTED] = repr(time.time())
    try:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), "--child", what, "--work", str(work)],
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        # The other scenarios' figures are still worth having.
        return {"error": f"not ended after {error.timeout:.0f} s", "visible_s": float("nan")}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": done.stderr.strip()[-500:], "visible_s": float("nan")}
    return dict(json.loads(lines[-1]))


def draw_photos(work: Path) -> None:
    """Drawn leaves as photos, and many smaller-quality copies of them for the list."""
    import cv2

    from plantseg_gui.core.drawn_leaf import demo_list

    few, many = work / "few", work / "many"
    few.mkdir()
    many.mkdir()
    images = []
    for leaf in demo_list(PHOTOS):
        images.append(cv2.cvtColor(leaf.draw(2048).image, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(few / f"{leaf.name}.jpg"), images[-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    for i in range(THUMBNAILS):
        # Each quality is another file content, so each is another photo of the project.
        quality = [cv2.IMWRITE_JPEG_QUALITY, 40 + i]
        cv2.imwrite(str(many / f"leaf_{i:03d}.jpg"), images[i % PHOTOS], quality)


def open_predicted(work: Path) -> Any:
    """A window with the first photo predicted, without the second pass."""
    window = open_window()
    window.session.keep(uncertainty_on_open=False)
    window.start([work / "few"])
    wait(lambda: predicted(window))
    return window


def measure_start(work: Path) -> dict[str, Any]:
    """Seconds from the start of this process until the window was exposed and painted."""
    del work
    from plantseg_gui.ui.app import run_window

    found: dict[str, Any] = {}

    def shown(window: Any) -> None:
        from PySide6.QtCore import QTimer

        handle = window.windowHandle()
        if handle is None or not handle.isExposed():
            QTimer.singleShot(1, lambda: shown(window))
            return
        window.grab()
        found["visible_s"] = round(time.time() - float(os.environ[STARTED]), 3)
        found["cpu_s"] = round(time.process_time(), 3)
        window.close()

    run_window(on_shown=shown)
    return found


def measure_model(work: Path) -> dict[str, Any]:
    """From the first moment: torch, the network, the first photo, both passes."""
    heart = Heart()
    window = open_window()
    heart.start()
    window.start([work / "few"])
    wait(lambda: predicted(window))
    figures = heart.figures()
    close(window)
    return figures


def measure_inference(work: Path) -> dict[str, Any]:
    """Photo after photo."""
    heart, window = Heart(), open_predicted(work)
    heart.start()
    for row in list(window.photos.model.rows)[1:]:
        window.store.show(row.photo_id)
        wait(lambda row=row: window.session.photo_id == row.photo_id and predicted(window))
        wait(lambda: window.diagnosis.texts["severity"] != "" and not window.store.unsaved())
    figures = heart.figures()
    close(window)
    return figures


def measure_uncertainty(work: Path) -> dict[str, Any]:
    """The second pass."""
    heart, window = Heart(), open_predicted(work)
    heart.start()
    window.segment.run_uncertainty()
    wait(lambda: window.session.document.prediction.uncertainty is not None)
    wait(lambda: not window.store.unsaved())
    figures = heart.figures()
    close(window)
    return figures


def measure_thumbnails(work: Path) -> dict[str, Any]:
    """A folder is opened and scrolled through from end to end."""
    heart = Heart()
    window = open_window()
    window.session.keep(predict_on_open=False)
    window.start()
    wait(lambda: window.segment.ready)
    heart.start()
    window.projects.open_folder(work / "many")
    wait(lambda: window.session.document is not None)
    bar = window.photos.list_view.verticalScrollBar()

    def scrolled() -> bool:
        bar.setValue(min(bar.maximum(), bar.value() + 40))
        return bar.value() >= bar.maximum() and not window.thumbnails.busy

    wait(scrolled)
    figures = heart.figures()
    close(window)
    return figures


def measure_training(work: Path) -> dict[str, Any]:
    """Strokes on a photo while a run starts, learns and is stopped in its process."""
    from plantseg_gui.training.protocol import Step

    heart, window = Heart(), open_predicted(work)
    for _ in range(3):
        here = window.session.photo_id
        window.session.document.approve(True)
        window.correct.step(1)
        wait(lambda here=here: window.session.photo_id != here and predicted(window))
    wait(lambda: not window.store.unsaved())
    window.actions_["retrain"].trigger()
    wait(lambda: window.retrain.dialog.page == "setup")
    heart.start()
    window.retrain.start(0.5)
    window.retrain.dialog.hide()
    steps: list[float] = []
    window.retrain.process.event.connect(
        lambda event: steps.append(time.monotonic()) if isinstance(event, Step) else None
    )
    strokes, began = stroker(window), time.monotonic()
    ended = lambda: window.retrain.dialog.page in ("result", "fault")  # noqa: E731
    try:
        wait(lambda: ended() or bool(steps and time.monotonic() - steps[0] > TRAINING_S))
        if not ended():
            window.retrain.stop()
        wait(ended)
    finally:
        strokes.stop()
    figures: dict[str, Any] = heart.figures() | {
        "ended": window.retrain.dialog.page,
        "steps": len(steps),
        "seconds": round(time.monotonic() - began, 1),
    }
    if figures["ended"] == "fault" or not steps:
        # A window that watched nothing learn says nothing about training.
        figures |= {"error": "the training broke off", "gap_ms": None}
    wait(lambda: not window.retrain.process.running)
    window.retrain.discard()
    close(window)
    return figures


def measure_demo(work: Path) -> dict[str, Any]:
    """Drawing the demo leaves."""
    del work
    heart = Heart()
    window = open_window()
    window.session.keep(predict_on_open=False)
    window.demo.leaves = 3
    window.start()
    wait(lambda: window.segment.ready)
    heart.start()
    window.demo.open()
    wait(lambda: window.photos.model.rowCount() == 3 and not window.jobs.jobs)
    figures = heart.figures()
    close(window)
    return figures


CHILDREN: dict[str, Callable[[Path], dict[str, Any]]] = {
    "start": measure_start,
    "model": measure_model,
    "inference": measure_inference,
    "uncertainty": measure_uncertainty,
    "thumbnails": measure_thumbnails,
    "training": measure_training,
    "demo": measure_demo,
}

if __name__ == "__main__":
    sys.exit(main())
