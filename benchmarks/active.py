"""Do the photos that the program asks for teach more than photos taken at random?

python benchmarks/active.py --json --model DIR [--data ../shared/data] [--k 5,10] [--seeds 1,2,3]

The model must not know coffee. The pool is coffee's `train`, as if it had no masks. For each seed a
random half of the pool is the folder of a person: k of its photos are chosen by
`core.teaching.teaching_order`, and k at random. Both are given with their true masks to
`plantseg finetune`, for the same number of updates (`--updates`, so that a busy machine does not
matter) or the same time (`--minutes`). Dice is that of the real predictor, pixels pooled, on
coffee's `dev`; `--on val` for the figure that counts, by which nothing was chosen.

What is finished is kept in the folder `--cells`, by measuring set and length, and not done again;
what is not is listed under `missing`. `--stop-after` begins no further cell after so many minutes.
"""

import argparse
import csv
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _report import ROOT, report  # makes the checkout importable
from _retraining import pooled_dice

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch
from plantseg_gui.core.teaching import Candidate, teaching_order

SOURCE = "coffee"
HOWS = ("chosen", "random")


class Seen(NamedTuple):
    """What the base model says of a photo of the pool."""

    doubt: float
    vector: list[float]
    leaf: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="name or folder; trained without coffee")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--cells", type=Path, help="folder of what is finished")
    parser.add_argument("--k", default="5,10", help="how many photos, divided by commas")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--on", choices=("dev", "val"), default="dev")
    parser.add_argument("--updates", type=int, default=0, help="of each retraining")
    parser.add_argument("--minutes", type=float, default=0.0, help="of each retraining, instead")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--stop-after", type=float, default=0.0, metavar="MINUTES")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    if arguments.cells is not None:
        report(measure(arguments, arguments.cells))
        return
    with tempfile.TemporaryDirectory() as scratch:
        report(measure(arguments, Path(scratch)))


def measure(arguments: argparse.Namespace, place: Path) -> dict[str, Any]:
    from plantseg_gui.inference.device import set_thread_policy
    from plantseg_gui.storage.models import resolve_model

    begun = time.monotonic()
    set_thread_policy(arguments.threads)
    base = resolve_model(arguments.model)
    place.mkdir(parents=True, exist_ok=True)
    settings = {
        "model": fingerprint(base),
        "on": arguments.on,
        "updates": arguments.updates,
        "minutes": arguments.minutes,
    }
    length = f"{arguments.updates}_updates_{arguments.minutes:g}_minutes"
    cells = Kept(place / f"{arguments.on}_{length}.json", settings)
    folder = arguments.data / SOURCE
    rest = stems_of(arguments.data, arguments.on)
    pool = look_at(base, folder, stems_of(arguments.data, "train"), place / "pool.json")
    if "base" not in cells.values:
        cells.keep("base", {"dice": pooled_dice(base, [(folder, s) for s in rest])})
    missing = []
    for name, k, seed, how in wanted_cells(arguments):
        if name in cells.values:
            continue
        late = time.monotonic() - begun > 60 * arguments.stop_after > 0
        if late:
            missing.append(name)
            continue
        stems = choose(pool, k, seed, how)
        with tempfile.TemporaryDirectory() as scratch:
            model = retrain(base, folder, stems, Path(scratch), arguments)
            cells.keep(
                name, {"dice": pooled_dice(model, [(folder, s) for s in rest]), "photos": stems}
            )
        print(name, cells.values[name]["dice"], file=sys.stderr, flush=True)
    return {
        "benchmark": "active",
        "model": base.name,
        **{k: v for k, v in settings.items() if k != "model"},
        "pool": len(pool),
        "pool_per_seed": len(pool) // 2,
        "measured_on": len(rest),
        "dice_before": cells.values["base"]["dice"],
        **compared(arguments, cells.values),
        "missing": missing,
    }


def compared(arguments: argparse.Namespace, cells: dict[str, Any]) -> dict[str, Any]:
    """Per k: Dice per seed of both ways, their means, and for how many seeds the choice won."""
    found: dict[str, Any] = {}
    for k in numbers(arguments.k):
        pairs = [
            tuple(cells[f"{k}_{seed}_{how}"]["dice"] for how in HOWS)
            for seed in numbers(arguments.seeds)
            if all(f"{k}_{seed}_{how}" in cells for how in HOWS)
        ]
        if pairs:
            chosen, taken = zip(*pairs, strict=True)
            found[f"k{k}"] = {
                "chosen": chosen,
                "random": taken,
                "chosen_mean": float(np.mean(chosen)),
                "random_mean": float(np.mean(taken)),
                "gain": float(np.mean(chosen) - np.mean(taken)),
                "won": f"{sum(a > b for a, b in pairs)} of {len(pairs)}",
            }
    return found


def wanted_cells(arguments: argparse.Namespace) -> list[tuple[str, int, int, str]]:
    return [
        (f"{k}_{seed}_{how}", k, seed, how)
        for k in numbers(arguments.k)
        for seed in numbers(arguments.seeds)
        for how in HOWS
    ]


def choose(pool: dict[str, Seen], k: int, seed: int, how: str) -> list[str]:
    """So many photos of the seed's half of the pool."""
    draw = random.Random(seed)
    half = sorted(draw.sample(sorted(pool), len(pool) // 2))
    if how == "random":
        return draw.sample(half, k)
    order = teaching_order(
        [
            Candidate(stem, pool[stem].doubt, np.array(pool[stem].vector), pool[stem].leaf)
            for stem in half
        ]
    )
    return [asked.key for asked in order[:k]]


def look_at(base: Path, folder: Path, stems: list[str], kept: Path) -> dict[str, Seen]:
    """Doubt and descriptor of every photo of the pool; what was looked at before is kept."""
    from plantseg_gui.inference.device import pick_device
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.images import read_photo

    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if known.get("model") != fingerprint(base):
        known = {"model": fingerprint(base), "photos": {}}
    photos = known["photos"]
    left = [stem for stem in stems if stem not in photos]
    predictor = Predictor(load_model(base), pick_device("cpu")) if left else None
    for number, stem in enumerate(left, 1):
        assert predictor is not None
        prediction = predictor.predict(read_photo(next((folder / "images").glob(f"{stem}.*"))))
        assert prediction.descriptor is not None
        vector = [float(v) for v in prediction.descriptor.vector]
        photos[stem] = [prediction.doubt, vector, prediction.leaf.found]
        if number % 20 == 0 or number == len(left):
            write(kept, known)
            print(f"{number} of {len(left)} photos looked at", file=sys.stderr, flush=True)
    return {stem: Seen(*photos[stem]) for stem in stems}


def retrain(
    base: Path, folder: Path, stems: list[str], place: Path, arguments: argparse.Namespace
) -> Path:
    """Retrain in a process of its own on some photos with their true masks; the new model."""
    for stem in stems:
        for kind in ("images", "masks"):
            (place / kind).mkdir(parents=True, exist_ok=True)
            source = next((folder / kind).glob(f"{stem}.*"))
            (place / kind / source.name).symlink_to(source.resolve())
    command = [
        *(sys.executable, "-m", "plantseg_gui", "finetune", "--base", str(base.resolve())),
        *("--images", str(place / "images"), "--masks", str(place / "masks")),
        *("--out", str(place / "model"), "--threads", str(arguments.threads)),
        *("--seed", "1", "--progress", "none"),
    ]
    if arguments.updates:
        command += ["--updates", str(arguments.updates)]
    if arguments.minutes:
        command += ["--minutes", str(arguments.minutes)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    return place / "model"


class Kept:
    """Finished cells in a file, which belongs to one setting."""

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self._path, self._settings = path, settings
        self.values: dict[str, Any] = {}
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["settings"] != settings:
                sys.exit(f"{path} is of other settings: {found['settings']}. Name another --cells.")
            self.values = found["cells"]

    def keep(self, name: str, value: dict[str, Any]) -> None:
        """Remember a finished cell."""
        self.values[name] = value
        write(self._path, {"settings": self._settings, "cells": self.values})


def write(path: Path, value: dict[str, Any]) -> None:
    temp = path.with_suffix(".tmp")
    temp.write_text(json.dumps(value), encoding="utf-8")
    temp.replace(path)


def fingerprint(model: Path) -> str:
    return hashlib.sha256((model / "weights.safetensors").read_bytes()).hexdigest()[:16]


def stems_of(data: Path, split: str) -> list[str]:
    with (data / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return sorted(r["stem"] for r in rows if (r["source"], r["split"]) == (SOURCE, split))


def numbers(text: str) -> list[int]:
    return [int(n) for n in text.split(",")]


if __name__ == "__main__":
    main()
