"""How long the acts of an annotator's day take in the real window.

    python benchmarks/studio.py --json
    python benchmarks/studio.py --lesions 1000
    python benchmarks/studio.py --only undo,wand --share 0.1

Each figure is a function in one of the `_studio_*` files, run in a process of its own: it opens the
real window (offscreen where there is no screen) on real photos, whose masks and predictions are
written beforehand as the program writes them. To add a figure, write a function and enter it in
FIGURES with its goals. What was measured is merged into benchmarks/results/studio.json, goals
beside the figures; what was not measured yet is listed there as missing.

Figures, ms from the act to the end of the paint event that shows its result:

- `canvas`: dabs, pan and zoom steps of `canvas.py --cases`: p99 4, 16.7; 33 at two device pixels
- `open_cold`: a JPEG of 2048² that was not read before: 150
- `open_prefetched`: D is pressed, the next photo of 2048² was read ahead: 100
- `open_edited`: the same, a stroke on the photo before still being saved: 100
- `open_large`: a JPEG of 5000 × 6650, not read before: 1000
- `pressure`: a 400 px brush, 1,000 pointer events a second for 10 s while the network runs: none
  lost, no two turns of the event loop more than 50 apart
- `undo`: undo and redo of strokes of all sizes and of steps that set the whole photo: 20
- `fill`, `wand`: a click that fills, the preview of fill and of wand: 50
- `smart_click`: a press until the lesion is lit: 30
- `memory`: 10,000 strokes over 300 photos: within 10 % after the first 30 (not with --lesions)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from _report import ROOT, machine, report
from _studio import Figure, Options
from _studio_memory import measure_memory
from _studio_opening import (
    measure_open_cold,
    measure_open_edited,
    measure_open_large,
    measure_open_prefetched,
)
from _studio_pressure import measure_pressure
from _studio_tools import measure_fill, measure_smart_click, measure_undo, measure_wand

RESULTS = ROOT / "benchmarks" / "results" / "studio.json"
PATIENCE_S = 1800
MANY = 1000
CASES = ("2048px_x1", "2048px_x2", "8192px_x1", "8192px_x2")
STEPS = 300


def main() -> int:
    """Run the figures, each in a child process, and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--only", default="", help="figures, comma-separated; all if left out")
    parser.add_argument("--lesions", type=int, default=0, help="on each photo, 0 for as found")
    parser.add_argument("--share", type=float, default=1.0, help="of the long work, 0 to 1")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file to merge into")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    options = Options(args.lesions, args.share)
    if args.child:
        print(json.dumps(in_child(args.child, args.work, options)), flush=True)
        # A window that a fault left open has threads that would hold the process.
        os._exit(0)
    wanted = args.only.split(",") if args.only else names_of(args.lesions)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    figures: dict[str, Figure] = {}
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="plantseg-studio-") as folder:
            figure = child(name, Path(folder), options)
        figures[name] = judged(figure, FIGURES[name].goals) | {"load_1min": os.getloadavg()[0]}
        if args.share < 1:
            figures[name]["share"] = args.share
        merge(args.results, condition(args.lesions), {name: figures[name]})
        if not args.json:
            print(f"{name}: {figures[name]}", file=sys.stderr)
    report({"figures": figures, "lesions": args.lesions, "load_1min": os.getloadavg()[0]})
    return 0


def names_of(lesions: int) -> list[str]:
    """The figures that are measured with so many lesions on each photo."""
    return [name for name in FIGURES if not lesions or name != "memory"]


def condition(lesions: int) -> str:
    """Under which name a run's figures stand in the results."""
    return f"lesions_{lesions}" if lesions else "as_found"


def judged(figure: Figure, goals: dict[str, float]) -> Figure:
    """A figure with its goals, and which of them were missed."""
    missed = [key for key, goal in goals.items() if key in figure and figure[key] > goal]
    unmeasured = [key for key in goals if key not in figure]
    return figure | {"goals_at_most": goals, "missed": missed, "not_measured": unmeasured}


def merge(path: Path, under: str, figures: dict[str, Figure]) -> None:
    """Put figures into the file with those of other runs, and list what is missing."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known.setdefault(under, {}).update(figures)
    known["machine"] = machine()
    known["missing"] = [
        f"{condition(lesions)}/{name}"
        for lesions in (0, MANY)
        for name in names_of(lesions)
        if FIGURES[name].goals.keys() - known.get(condition(lesions), {}).get(name, {}).keys()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def child(name: str, work: Path, options: Options) -> Figure:
    """Run one figure in a process of its own."""
    environment = os.environ | {"PLANTSEG_HOME": str(work / "home"), "PYTHONPATH": str(ROOT)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, str(Path(__file__)), "--child", name, "--work", str(work)]
    command += ["--lesions", str(options.lesions), "--share", str(options.share)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return {"error": f"not ended after {error.timeout:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": done.stderr.strip()[-500:]}
    return dict(json.loads(lines[-1]))


def in_child(name: str, work: Path, options: Options) -> Figure:
    """Measure here; a fault is a figure as well, so that the others go on."""
    try:
        return FIGURES[name].measure(work, options)
    except Exception as error:  # noqa: BLE001
        return {"error": f"{error!r} at {traceback.format_exc().splitlines()[-3].strip()}"}


def measure_canvas(work: Path, options: Options) -> Figure:
    """Dabs, pan and zoom steps on the bare canvas, by the script that is for them."""
    del work
    command = [sys.executable, str(ROOT / "benchmarks" / "canvas.py"), "--cases", "--json"]
    command += ["--steps", str(max(20, round(STEPS * options.share)))]
    if options.lesions:
        command += ["--lesions", str(options.lesions)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    cases = json.loads(done.stdout.splitlines()[-1])
    return {f"{case}_{key}": value for case in CASES for key, value in cases[case].items()}


class Spec(NamedTuple):
    """A figure.

    Attributes:
        measure: Does it, in a folder of its own.
        goals: Key of the figure → what it may be at most.
    """

    measure: Callable[[Path, Options], Figure]
    goals: dict[str, float]


def _canvas_goals() -> dict[str, float]:
    goals: dict[str, float] = {}
    for case in CASES:
        view = 33.0 if case.endswith("x2") else 16.7
        goals |= {f"{case}_dab_ms_p99": 4.0, f"{case}_pan_ms_p99": view}
        goals[f"{case}_zoom_ms_p99"] = view
    return goals


FIGURES: dict[str, Spec] = {
    "canvas": Spec(measure_canvas, _canvas_goals()),
    "open_cold": Spec(measure_open_cold, {"worst_ms": 150}),
    "open_prefetched": Spec(measure_open_prefetched, {"worst_ms": 100}),
    "open_edited": Spec(measure_open_edited, {"worst_ms": 100}),
    "open_large": Spec(measure_open_large, {"worst_ms": 1000}),
    "pressure": Spec(measure_pressure, {"lost": 0, "gap_ms": 50}),
    "undo": Spec(measure_undo, {"worst_ms": 20}),
    "fill": Spec(measure_fill, {"worst_ms": 50, "preview_worst_ms": 50}),
    "wand": Spec(measure_wand, {"worst_ms": 50, "first_ms": 50}),
    "smart_click": Spec(measure_smart_click, {"worst_ms": 30}),
    "memory": Spec(measure_memory, {"growth_percent": 10}),
}

if __name__ == "__main__":
    sys.exit(main())
