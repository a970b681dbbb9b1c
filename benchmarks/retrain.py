"""What retraining gives on a crop that the model has not seen, how long it takes, what it unlearns.

python benchmarks/retrain.py --json [--cells FILE] [--for MINUTES] [--only PREFIX,PREFIX]

The figures are made cell by cell and kept in a file: a run goes on where the last one ended, and
cells that nobody has measured yet are listed as missing. Cells:

new/SOURCE/K/SEED      k photos of a new crop are given to `plantseg finetune` as a person would;
                       Dice is that of the real predictor on all photos of the source that no k
                       takes, pixels pooled; `val`: change on each source of `val`.
other/WAY/SOURCE/K/1   the same photos and the same time, learned otherwise: `all` = plain
                       fine-tuning of all weights, `head` = the last layer alone, `scratch` = from
                       ImageNet's encoder (--encoder-weights) and a random decoder.
stranger/SOURCE/K/1    a source of `train`, with a base model that was trained without it
                       (--strangers FOLDER with models no-coffee, no-field, no-rice), measured on
                       the source's `val`.

The new crops and `val` measure only; no setting was chosen by them.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _report import ROOT, report  # makes the checkout importable
from _retraining import Photos, Ways, measure_val, pooled_dice, retrain, val_dice

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch

CROPS = ("newdomain_wheat", "newdomain_potato")
COUNTS = (3, 5, 10, 20)
COMPARED = (3, 10)
SEEDS = (1, 2, 3)
STRANGERS = {"coffee": ("coffee",), "field": ("field", "field_small"), "rice": ("rice",)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="", help="name or folder of the base model")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--strangers", type=Path, help="folder of base models, one for each source")
    parser.add_argument("--encoder-weights", type=Path, help="of an encoder that knows no leaves")
    parser.add_argument(
        "--cells", type=Path, default=Path(__file__).parent / "results" / "retrain.json"
    )
    parser.add_argument("--for", dest="minutes", type=float, default=0.0, help="begin no more then")
    parser.add_argument("--only", default="", help="cells whose names begin so, by commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    cells = json.loads(arguments.cells.read_text()) if arguments.cells.exists() else {}
    wanted = [c for c in order() if c.startswith(tuple(arguments.only.split(",")))]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        ways = Ways(arguments, Path(scratch))
        for cell in wanted:
            late = arguments.minutes and time.monotonic() - begun > 60 * arguments.minutes
            if cell in cells or late:
                continue
            found = measure(cell, ways, cells)
            if found is None:
                continue
            cells[cell] = found
            arguments.cells.parent.mkdir(parents=True, exist_ok=True)
            arguments.cells.write_text(json.dumps(cells, indent=1, sort_keys=True) + "\n")
            print(cell, json.dumps(found), file=sys.stderr, flush=True)
    report(summary(cells))


def order() -> Iterator[str]:
    """All cells, the most telling first."""
    yield "val/before"
    for seed in SEEDS:
        for count in (3, 20, 10, 5):
            for crop in CROPS:
                yield f"new/{crop}/{count}/{seed}"
        if seed == SEEDS[0]:
            for count in COMPARED:
                for crop in CROPS:
                    for way in ("all", "head", "scratch"):
                        yield f"other/{way}/{crop}/{count}/1"
            for source in STRANGERS:
                for count in COUNTS:
                    yield f"stranger/{source}/{count}/1"


def measure(cell: str, ways: Ways, cells: dict[str, Any]) -> dict[str, Any] | None:
    """One cell; None where something that it needs is not there."""
    kind, *rest = cell.split("/")
    if kind == "val":
        counts = measure_val(ways.base, ways.data)
        return {"dice": val_dice(counts), "counts": counts}
    if kind == "stranger":
        source, count, seed = rest
        base = ways.stranger(source)
        if base is None:
            return None
        parts = STRANGERS[source]
        photos = Photos.of_split(ways.data, parts, "train", int(seed))
        measured = Photos.of_split(ways.data, parts, "val", 0).stems
    else:
        way = rest.pop(0) if kind == "other" else "own"
        source, count, seed = rest
        base = ways.base
        if way == "scratch" and ways.encoder_weights is None:
            return None
        photos = Photos.of_source(ways.data, source, int(seed))
        measured = photos.stems[max(COUNTS) :]
    before = ways.before(f"{kind}/{source}/{seed}", base, measured)
    taken = photos.stems[: int(count)]
    way = way if kind == "other" else "own"
    found = retrain(ways, way, base, taken, ways.minutes(cells, source, count, seed))
    model = found.pop("model")
    found = {"before": before, "after": pooled_dice(model, measured), **found}
    if kind == "new":
        known = cells["val/before"]
        after = measure_val(model, ways.data, known["counts"])
        dice = val_dice(after)
        found["val"] = {k: round(dice[k] - v, 4) for k, v in known["dice"].items()}
        found["val_inside"] = sum(after[k] != v for k, v in known["counts"].items())
    return found


def summary(cells: dict[str, Any]) -> dict[str, Any]:
    """The figures that the targets are about, and what is missing."""
    found: dict[str, Any] = {"benchmark": "retrain", "cells": len(cells)}
    found["missing"] = [c for c in order() if c not in cells]
    for crop in CROPS:
        for count in COUNTS:
            names = [f"new/{crop}/{count}/{seed}" for seed in SEEDS]
            known = [cells[n] for n in names if n in cells]
            if not known:
                continue
            row = {
                "seeds": len(known),
                "before": _mean([c["before"] for c in known]),
                "after": _mean([c["after"] for c in known]),
                "model_s": _mean([c["model_s"] for c in known]),
                "seconds": _mean([c["seconds"] for c in known]),
                "rss_mb": max(c["rss_mb"] for c in known),
                "share": _share(cells, crop, count),
            }
            changes = [v for c in known for v in c.get("val", {}).values()]
            if changes:
                row["worst_val_change"] = min(changes)
            found[f"{crop}_{count}"] = row
    for name, cell in cells.items():
        if name.startswith(("other/", "stranger/")):
            found[name] = {k: cell[k] for k in ("before", "after", "model_s")}
    return found


def _share(cells: dict[str, Any], crop: str, count: int) -> float | None:
    """(D_k - D_0) / (D_20 - D_0), means over the seeds that have both."""
    gains = [
        (cells[a]["after"] - cells[a]["before"], cells[b]["after"] - cells[b]["before"])
        for seed in SEEDS
        for a, b in [(f"new/{crop}/{count}/{seed}", f"new/{crop}/{max(COUNTS)}/{seed}")]
        if a in cells and b in cells
    ]
    most = sum(g for _, g in gains)
    return round(sum(g for g, _ in gains) / most, 3) if most > 0 else None


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4)


if __name__ == "__main__":
    main()
