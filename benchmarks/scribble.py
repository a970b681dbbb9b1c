"""How much do a few strokes mend? Dice after 0, 1, 2, 3, 5 and 10 of them on each photo.

python benchmarks/scribble.py --json [--model DIR] [--data ../shared/data] [--cells FILE]
    [--source newdomain_wheat,newdomain_potato,coffee] [--split val] [--limit N]

A stroke is a line of a few brush widths along the middle of the largest wrong component of the
proposal, labelled by the truth (`_simulated_strokes.py`). The proposal is the program's own
(`inference.scribble`), compared with the prediction left as it is (`untouched`, its Dice after 0)
and with strokes drawn in the same way and painted by hand on the prediction: `alone` are the very
same strokes. `newdomain_*` are measured whole, of other sources the `--split`. Nothing may be
chosen by `val` or `newdomain_*`: for choosing there is `--split dev`.

Each finished photo is kept in the file `--cells` and not done again. Dice is the mean over photos;
`closed_2` and `closed_10` are the shares of the gap to 1 that are closed; `worst_drop` is how far
the mean ever falls below the untouched one.
"""

import argparse
import csv
import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT, report  # makes the checkout importable

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch

COUNTS = (0, 1, 2, 3, 5, 10)
SOURCES = "newdomain_wheat,newdomain_potato,coffee"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="name or folder; the shipped one if left out")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--cells", type=Path, help="file of the photos that are finished")
    parser.add_argument("--source", default=SOURCES, help="divided by commas")
    parser.add_argument("--split", default="val", help="of sources that have several")
    parser.add_argument("--limit", type=int, default=0, help="so many photos a source; 0 = all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    if arguments.cells is not None:
        report(measure(arguments, arguments.cells))
        return
    with tempfile.TemporaryDirectory() as scratch:
        report(measure(arguments, Path(scratch) / "cells.json"))


def measure(arguments: argparse.Namespace, kept: Path) -> dict[str, Any]:
    from plantseg_gui.inference.device import pick_device, set_thread_policy
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.models import resolve_model

    set_thread_policy(arguments.threads)
    folder = resolve_model(arguments.model)
    weights = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()[:16]
    cells = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"model": weights}
    if cells.pop("model") != weights:
        sys.exit(f"{kept} is of another model. Name another --cells.")
    predictor: Predictor | None = None
    figures: dict[str, Any] = {}
    for source in arguments.source.split(","):
        stems = stems_of(arguments.data, source, arguments.split, arguments.limit)
        names = [f"{source}/{stem}" for stem in stems]
        for name, stem in zip(names, stems, strict=True):
            if name in cells:
                continue
            if predictor is None:
                predictor = Predictor(load_model(folder), pick_device("cpu"))
            cells[name] = one_photo(predictor, arguments.data / source, stem)
            write(kept, {"model": weights, **cells})
            print(name, cells[name]["dice"], file=sys.stderr, flush=True)
        if names:
            figures[source] = summary([cells[name] for name in names])
    return {"benchmark": "scribble", "model": folder.name, "split": arguments.split, **figures}


def one_photo(predictor: Any, folder: Path, stem: str) -> dict[str, Any]:
    """Draw ten strokes on a photo, one after the other, each on what is left."""
    from _simulated_strokes import next_stroke

    from plantseg_gui.core.scribbles import impose
    from plantseg_gui.inference.scribble import ScribbleHead
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.masks import read_mask

    image = read_photo(next((folder / "images").glob(f"{stem}.*")))
    truth = read_mask(folder / "masks" / f"{stem}.png", image.shape[:2])
    prediction = predictor.predict(image)
    begun = time.perf_counter()
    features = predictor.photo_features(image)
    head = ScribbleHead(features, prediction, prediction.threshold)
    ready_s = time.perf_counter() - begun
    alone = prediction.labels.copy()
    found = prediction.labels > 0
    dice, dice_alone = [dice_of(found, truth)], [dice_of(found, truth)]
    strokes = []
    fit_ms, all_ms = [], []
    for _ in range(max(COUNTS)):
        stroke = next_stroke(found, truth)
        if stroke is not None:
            strokes.append(stroke)
            impose(alone, (stroke,))
            begun = time.perf_counter()
            proposal = head.fit(strokes)
            all_ms.append(1000 * (time.perf_counter() - begun))
            fit_ms.append(1000 * proposal.seconds)
            found = proposal.labels > 0
        dice.append(dice_of(found, truth))
        dice_alone.append(dice_of(alone > 0, truth))
    return {
        "dice": [round(dice[n], 4) for n in COUNTS],
        "alone": [round(dice_alone[n], 4) for n in COUNTS],
        "strokes": len(strokes),
        "fit_ms": [round(v, 1) for v in fit_ms],
        "with_labels_ms": [round(v, 1) for v in all_ms],
        "ready_s": round(ready_s, 3),
        "features_mb": round(features.features.nbytes / 1e6, 1),
    }


def dice_of(found: Any, truth: Any) -> float:
    """Dice; 1 for a healthy photo in which nothing was found."""
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else 1.0


def summary(photos: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of a source."""
    dice = np.mean([p["dice"] for p in photos], axis=0)
    alone = np.mean([p["alone"] for p in photos], axis=0)
    gap = max(1e-9, 1 - dice[0])
    closed = (dice - dice[0]) / gap
    fits = [v for p in photos for v in p["fit_ms"]] or [0.0]
    whole = [v for p in photos for v in p["with_labels_ms"]] or [0.0]
    return {
        "photos": len(photos),
        "untouched": float(dice[0]),
        **{f"dice_{n}": float(v) for n, v in zip(COUNTS, dice, strict=True)},
        **{f"alone_{n}": float(v) for n, v in zip(COUNTS, alone, strict=True) if n},
        "closed_2": float(closed[COUNTS.index(2)]),
        "closed_10": float(closed[COUNTS.index(10)]),
        "worst_drop": float(min(0.0, (dice - dice[0]).min())),
        "photos_worse_after_1": sum(p["dice"][1] < p["dice"][0] - 0.01 for p in photos),
        "fit_ms_median": float(np.median(fits)),
        "fit_ms_p95": float(np.percentile(fits, 95)),
        "with_labels_ms_median": float(np.median(whole)),
        "with_labels_ms_p95": float(np.percentile(whole, 95)),
        "ready_s_median": float(np.median([p["ready_s"] for p in photos])),
        "features_mb_max": max(p["features_mb"] for p in photos),
    }


def stems_of(data: Path, source: str, split: str, limit: int) -> list[str]:
    """A source's photos; a part is spread evenly over them."""
    with (data / "index.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["source"] == source]
    stems = sorted(r["stem"] for r in rows if r["split"] in (split, "newdomain"))
    if not limit or limit >= len(stems):
        return stems
    return [stems[round(i)] for i in np.linspace(0, len(stems) - 1, limit)]


def write(path: Path, value: dict[str, Any]) -> None:
    temp = path.with_suffix(".tmp")
    temp.write_text(json.dumps(value), encoding="utf-8")
    temp.replace(path)


if __name__ == "__main__":
    main()
