"""Retraining on a few photos of a crop that the model has not seen: the time and what it gives.

python benchmarks/retrain.py --json [--model NAME|DIR] [--data ../shared/data] [--photos 3,10]

Some photos of each new crop are taken by a fixed seed and given to `plantseg finetune` as a person
would; Dice is that of the real predictor on the rest (30 of them), pixels pooled. `estimate` is
what the program itself said about its new model. The new crops measure only; no setting was chosen
here.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT, report  # makes the checkout importable

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch

CROPS = ("newdomain_wheat", "newdomain_potato")
SEED = 1
REST = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="name or folder of the base model")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sources", default=",".join(CROPS), help="divided by commas")
    parser.add_argument("--photos", default="3,10", help="how many, divided by commas")
    parser.add_argument("--rest", type=int, default=REST, help="photos to measure on")
    parser.add_argument("--seed", type=int, default=SEED, help="which photos are taken")
    parser.add_argument("--minutes", type=float, help="default: by the number of photos")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        report(measure(arguments, Path(scratch)))


def measure(arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    from plantseg_gui.inference.device import set_thread_policy
    from plantseg_gui.storage.models import resolve_model

    set_thread_policy(arguments.threads)
    base = resolve_model(arguments.model)
    found: dict[str, Any] = {"benchmark": "retrain", "model": base.name}
    counts = [int(c) for c in arguments.photos.split(",")]
    for source in arguments.sources.split(","):
        folder = arguments.data / source
        stems = sorted(p.stem for p in (folder / "masks").glob("*.png"))
        random.Random(arguments.seed).shuffle(stems)
        # The rest is the same however many photos were learned from.
        rest = stems[max(counts) :][: arguments.rest]
        before = pooled(base, folder, rest)
        for count in counts:
            place = scratch / f"{source}-{count}"
            seconds, results = retrain(base, folder, stems[:count], place, arguments)
            found[f"{source}_{count}"] = {
                "dice_before": before,
                "dice_after": pooled(place / "model", folder, rest),
                "seconds": seconds,
                "measured_on": len(rest),
                "estimate": results.get("dice_after"),
                "method": results.get("method"),
                "updates": results.get("updates"),
                "seconds_per_update": results.get("seconds_per_update"),
                "threshold": results.get("threshold"),
            }
    return found


def retrain(
    base: Path, folder: Path, stems: list[str], place: Path, arguments: argparse.Namespace
) -> tuple[float, dict[str, Any]]:
    """Retrain in a process of its own; seconds from the command to its end, and its results."""
    for stem in stems:
        for kind in ("images", "masks"):
            (place / kind).mkdir(parents=True, exist_ok=True)
            shutil.copy(next((folder / kind).glob(f"{stem}.*")), place / kind)
    command = [
        *(sys.executable, "-m", "plantseg_gui", "finetune", "--base", str(base)),
        *("--images", str(place / "images"), "--masks", str(place / "masks")),
        *("--out", str(place / "model"), "--threads", str(arguments.threads)),
        *("--progress", "none"),
    ]
    if arguments.minutes:
        command += ["--minutes", str(arguments.minutes)]
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    seconds = time.perf_counter() - begun
    results = json.loads((place / "model" / "run" / "results.json").read_text(encoding="utf-8"))
    return seconds, results


def pooled(model: Path, folder: Path, stems: list[str]) -> float:
    """Dice of the predictor's masks, pixels of all photos pooled."""
    from plantseg_gui.core.results import TileMode
    from plantseg_gui.inference.device import pick_device
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.masks import read_mask

    predictor = Predictor(load_model(model), pick_device("cpu"))
    both = total = 0
    for stem in stems:
        image = read_photo(next((folder / "images").glob(f"{stem}.*")))
        truth = read_mask(folder / "masks" / f"{stem}.png", (image.shape[0], image.shape[1]))
        mask = predictor.predict(image, mode=TileMode.ADAPTIVE).labels > 0
        both += int(np.count_nonzero(mask & truth))
        total += int(np.count_nonzero(mask)) + int(np.count_nonzero(truth))
    return 2 * both / total if total else 1.0


if __name__ == "__main__":
    main()
