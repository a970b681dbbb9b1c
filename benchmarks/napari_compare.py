"""The same strokes in napari and in the studio, on the same photo with the same lesions.

    python benchmarks/napari_compare.py --write-readme
    python benchmarks/napari_compare.py --env FOLDER --json

Makes a virtual environment with napari (`--env` uses or makes one that stays), a drawn leaf of
2048² and 60 lesions, and runs both programs one after the other, each in its own process with its
real window, under the same X server (Xvfb where there is one). Both get the same real Qt mouse
events: strokes of 50 events, 15 ms apart, through the same points of the photo, with brushes of 24
and 400 px. Both canvases have the same size. Measured in both columns, for each event (a dab):

- labels: until the call that delivers the event has returned; by then the label array is changed
- painted: until the end of the canvas's next paint (studio: paintEvent; napari: its draw event and
  glFinish); the way from there to the screen is in neither column
- undo: from the call of undo until painted
- memory: resident, with photo and labels open, and after the strokes

`_napari_side.py` is the script that napari's environment runs, `_studio_side.py` is ours.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _report import ROOT, machine, report
from _studio import zigzag

README = ROOT / "benchmarks" / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "napari.json"
NAPARI_SIDE = Path(__file__).with_name("_napari_side.py")
STUDIO_SIDE = Path(__file__).with_name("_studio_side.py")
NAPARI = ("napari[pyqt6]", "psutil")
BEGIN, END = "<!-- napari table -->", "<!-- end of napari table -->"
PHOTO_PX, LESIONS = 2048, 60
STROKES, MOVES, MOVE_PX = 8, 49, 40
BRUSHES = (24, 400)
STEP_S = 0.015
CANVAS_PX = (960, 800)
PATIENCE_S = 900
SCREEN = "-screen 0 1920x1200x24"
Side = dict[str, Any]
Row = tuple[str, float, float]


def main() -> int:
    """Measure both and print one JSON object last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    parser.add_argument("--env", type=Path, help="virtual environment with napari; made if missing")
    parser.add_argument("--strokes", type=int, default=STROKES, help="with each brush")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the figures")
    parser.add_argument("--write-readme", action="store_true", help="put the table into README.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plantseg-napari-") as name:
        work = Path(name)
        python = napari_python(args.env or work / "env", quiet=args.json)
        prepare(work, args.strokes)
        napari = run_side(python, NAPARI_SIDE, work)
        studio = run_side(Path(sys.executable), STUDIO_SIDE, work)
    found = {
        "napari": folded(napari),
        "studio": folded(studio),
        "steps": {"strokes": args.strokes, "events_a_stroke": MOVES + 1, "brushes_px": BRUSHES},
        "load_1min": os.getloadavg()[0],
    }
    args.results.parent.mkdir(parents=True, exist_ok=True)
    whole = found | {"machine": machine()}
    args.results.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if args.write_readme:
        write_readme(table(whole))
    elif not args.json:
        print(table(whole), file=sys.stderr)
    report(found)
    return 0


def napari_python(env: Path, *, quiet: bool) -> Path:
    """The interpreter of an environment with napari, which is made if it is not there."""
    python = env / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    out = subprocess.DEVNULL if quiet else sys.stderr
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(env)], check=True, stdout=out)
        subprocess.run([str(python), "-m", "pip", "install", *NAPARI], check=True, stdout=out)
    return python


def prepare(work: Path, strokes: int) -> None:
    """Photo, lesions and strokes in a folder, for both."""
    import cv2
    import numpy as np
    from _lesions import round_lesions

    from plantseg_gui.core.drawn_leaf import draw_leaf
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.project import PhotoArrays, Project

    # From there it cannot import anything of ours.
    shutil.copy(NAPARI_SIDE, work)
    photos = work / "photos"
    photos.mkdir()
    leaf = draw_leaf(1, PHOTO_PX).image
    cv2.imwrite(str(photos / "leaf.jpg"), leaf[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    photo, labels = read_photo(photos / "leaf.jpg"), round_lesions(PHOTO_PX, PHOTO_PX, LESIONS)
    np.save(work / "photo.npy", photo)
    np.save(work / "labels.npy", labels)
    project = Project.open_folder(photos)
    project.scan()
    for record in project.photos():
        arrays = PhotoArrays(labels, labels > 0, None)
        project.save(record.photo_id, arrays, status="corrected")
    project.close()
    rng = random.Random(11)
    steps = {
        "canvas_px": CANVAS_PX,
        "brushes": BRUSHES,
        "step_s": STEP_S,
        "strokes": [zigzag(rng, MOVES, MOVE_PX) for _ in range(strokes)],
    }
    (work / "steps.json").write_text(json.dumps(steps), encoding="utf-8")


def run_side(python: Path, script: Path, work: Path) -> Side:
    """Run one of the programs under an X server and read what it printed."""
    environment = os.environ | {
        "PLANTSEG_HOME": str(work / "home"),
        "XDG_CONFIG_HOME": str(work / "config"),
        "XDG_CACHE_HOME": str(work / "cache"),
        "NAPARI_CONFIG": str(work / "config" / "napari.yaml"),
        "PYTHONPATH": str(ROOT),
    }
    if script == NAPARI_SIDE:
        del environment["PYTHONPATH"]
        script = work / script.name
    command = [str(python), str(script), str(work)]
    xvfb = shutil.which("xvfb-run")
    if xvfb:
        command = [xvfb, "-a", "-s", SCREEN, *command]
        environment["QT_QPA_PLATFORM"] = "xcb"
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE_S,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-1500:]}")
    return dict(json.loads(lines[-1]))


def folded(side: Side) -> Side:
    """Percentiles in place of the single times."""
    out = dict(side)
    for brush in BRUSHES:
        values = dict(side[f"brush_{brush}"])
        for name in ("labels_ms", "painted_ms", "undo_ms"):
            ordered = sorted(values.pop(name))
            values[f"{name}_p50"] = round(statistics.median(ordered), 2)
            at = min(len(ordered) - 1, int(0.99 * len(ordered)))
            values[f"{name}_p99"] = round(ordered[at], 2)
            values[f"{name}_max"] = round(ordered[-1], 2)
        out[f"brush_{brush}"] = values
    return out


def rows(found: Side) -> list[Row]:
    """Name, napari's and the studio's number; less is better in each."""
    napari, studio = found["napari"], found["studio"]
    out: list[Row] = []
    for brush in BRUSHES:
        ours, theirs = studio[f"brush_{brush}"], napari[f"brush_{brush}"]
        for key, name in (
            ("labels_ms", f"{brush} px, event to labels changed"),
            ("painted_ms", f"{brush} px, event to painted"),
            ("undo_ms", f"{brush} px, undo of a stroke to painted"),
        ):
            last = "max" if key == "undo_ms" else "p99"
            for part in ("p50", last):
                unit = f"{name}, {part}, ms"
                out.append((unit, theirs[f"{key}_{part}"], ours[f"{key}_{part}"]))
    out.append(
        (
            "memory with photo and labels open, MiB",
            napari["memory_open_mb"],
            studio["memory_open_mb"],
        )
    )
    last_brush = f"brush_{BRUSHES[-1]}"
    out.append(
        (
            "memory after all strokes, MiB",
            napari[last_brush]["memory_mb"],
            studio[last_brush]["memory_mb"],
        )
    )
    return out


def table(found: Side) -> str:
    """The comparison in Markdown, and in which rows napari does better."""
    napari, studio, here = found["napari"], found["studio"], found["machine"]
    steps = found["steps"]
    lines = [
        f"| | napari {napari['version']} | studio {studio['version']} |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {theirs:.1f} | {ours:.1f} |" for name, theirs, ours in rows(found)]
    lines += [
        f"| healthy pixels that became lesion, {brush} px | {napari[f'brush_{brush}']['pixels']} "
        f"| {studio[f'brush_{brush}']['pixels']} |"
        for brush in BRUSHES
    ]
    better = [name for name, theirs, ours in rows(found) if theirs < ours]
    lines += [
        "",
        f"napari does better in: {'; '.join(better)}."
        if better
        else "napari does better in no row.",
        f"The studio holds {studio['memory_network_mb']:.0f} MiB once its network is loaded, which "
        "the rows leave out.",
        "",
        f"Measured on {here['cpu']}, {here['cores']} cores, load {found['load_1min']:.1f} at the "
        f"end; {steps['strokes']} strokes of {steps['events_a_stroke']} events with each brush. "
        f"napari draws by {napari['renderer']} in a canvas of {_by(napari)}, the studio by "
        f"{studio['renderer']} in one of {_by(studio)}; Qt platforms {napari['platform']} and "
        f"{studio['platform']}.",
    ]
    return "\n".join(lines)


def _by(side: Side) -> str:
    return "×".join(str(v) for v in side["canvas_px"]) + " px"


def write_readme(text: str) -> None:
    """Replace what stands between the two comments."""
    before, begin, rest_of = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest_of.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README} has no {BEGIN} … {END}")
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
