"""Retraining as the benchmarks do it: in a process of its own, on copied photos, then measured."""

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT

POLL_S = 0.2
# As a person would do it who knows nothing of this program's recipe.
PLAIN_LR = "3e-4"
HEAD = {"unfreeze": "head", "window": 1.0, "whole": 8, "reminders": 0, "new_share": 1.0, "lr": 2e-2}

Stem = tuple[Path, str]
Counts = dict[str, list[int]]


@dataclass(frozen=True)
class Photos:
    """Photos of a source in the order in which they are taken: (folder, stem) each."""

    stems: list[Stem]

    @classmethod
    def of_source(cls, data: Path, source: str, seed: int) -> "Photos":
        """All photos of a source, shuffled."""
        folder = data / source
        return cls._shuffled([(folder, p.stem) for p in (folder / "masks").glob("*.png")], seed)

    @classmethod
    def of_split(cls, data: Path, sources: tuple[str, ...], split: str, seed: int) -> "Photos":
        """A split's photos of some sources, shuffled."""
        rows = _index(data)
        chosen = [r for r in rows if r["source"] in sources and r["split"] == split]
        return cls._shuffled([(data / r["source"], r["stem"]) for r in chosen], seed)

    @classmethod
    def _shuffled(cls, stems: list[Stem], seed: int) -> "Photos":
        stems = sorted(stems)
        random.Random(seed).shuffle(stems)
        return cls(stems)


class Ways:
    """Where the models and the data lie, and what is measured once for several cells."""

    def __init__(self, arguments: argparse.Namespace, scratch: Path) -> None:
        from plantseg_gui.inference.device import set_thread_policy
        from plantseg_gui.storage.models import resolve_model

        set_thread_policy(arguments.threads)
        self.base = resolve_model(arguments.model)
        self.data: Path = arguments.data
        self.scratch = scratch
        self.threads: int = arguments.threads
        self.encoder_weights: Path | None = arguments.encoder_weights
        self._strangers: Path | None = arguments.strangers
        self._before: dict[str, float] = {}

    def stranger(self, source: str) -> Path | None:
        """The base model that was trained without a source; None if there is none."""
        folder = (self._strangers or Path()) / f"no-{source}"
        found = next((f for f in (folder / "model", folder) if (f / "config.json").exists()), None)
        return found if self._strangers is not None else None

    def before(self, key: str, base: Path, stems: list[Stem]) -> float:
        """Dice of the base model."""
        if key not in self._before:
            self._before[key] = pooled_dice(base, stems)
        return self._before[key]

    def minutes(self, cells: dict[str, Any], source: str, count: str, seed: str) -> float:
        """The time that other ways may take: that of the program's own on the same photos."""
        own = cells.get(f"new/{source}/{count}/{seed}")
        return own["model_s"] / 60 if own else 0.0


def retrain(ways: Ways, way: str, base: Path, stems: list[Stem], minutes: float) -> dict[str, Any]:
    """Learn some photos in one of the ways.

    Returns:
        `model` (folder), `model_s` (seconds until it was there), `seconds` (until the end),
        `rss_mb` (peak), and what the program said about it.
    """
    place = ways.scratch / "run"
    shutil.rmtree(place, ignore_errors=True)
    for folder, stem in stems:
        for kind in ("images", "masks"):
            (place / kind).mkdir(parents=True, exist_ok=True)
            source = next((folder / kind).glob(f"{stem}.*"))
            shutil.copy(source, place / kind / f"{folder.name}-{source.name}")
    photos = ("--images", str(place / "images"), "--masks", str(place / "masks"))
    command = [sys.executable, "-m", "plantseg_gui"]
    if way in ("own", "head"):
        command += ["finetune", *photos, "--base", str(base), "--out", str(place / "model")]
        for key, value in (HEAD if way == "head" else {}).items():
            command += ["--set", f"{key}={value}"]
        if way == "head":
            command += ["--minutes", f"{minutes:.3f}"]
    else:
        start = ("--start", str(base)) if way == "all" else ()
        weights = ("--encoder-weights", str(ways.encoder_weights)) if way == "scratch" else ()
        command += ["train", *photos, *start, *weights, "--out", str(place / "model")]
        command += ["--minutes", f"{minutes:.3f}", "--batch", "4"]
        command += ["--lr", PLAIN_LR] if way == "all" else []
    command += ["--threads", str(ways.threads), "--progress", "none"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)
    peak = _peak_memory(process)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    seconds = time.perf_counter() - begun
    model = place / "model" if way in ("own", "head") else place / "model" / "model"
    if way == "all":
        _calibrate_like(base, model)
    found: dict[str, Any] = {"model": model, "seconds": round(seconds, 1), "rss_mb": peak}
    run = place / "model" / "run" / "results.json"
    results = json.loads(run.read_text(encoding="utf-8")) if run.exists() else {}
    told = results.get("model_seconds")
    # The program's clock starts when it has been loaded: what came before is added.
    found["model_s"] = round(told + seconds - results["seconds"], 1) if told else found["seconds"]
    for key in ("dice_before", "dice_after", "method", "share", "updates", "threshold"):
        if key in results:
            found[f"own_{key}" if key.startswith("dice") else key] = results[key]
    return found


def pooled_dice(model: Path, stems: list[Stem]) -> float:
    """Dice of the predictor's masks, pixels of all photos pooled."""
    return _dice(_count(model, stems).values())


def measure_val(model: Path, data: Path, before: Counts | None = None) -> Counts:
    """Pixels of each photo of `val`, for `val_dice`.

    Args:
        model: Folder.
        data: The shared data.
        before: Of the shipped model: photos outside the new version's scope are looked at with its
            weights, and their counts are taken from here.
    """
    stems = [(data / r["source"], r["stem"]) for r in _index(data) if r["split"] == "val"]
    return _count(model, stems, before)


def val_dice(counts: Counts) -> dict[str, float]:
    """Pooled Dice on each source."""
    sources = sorted({name.split("/")[0] for name in counts})
    return {s: _dice(v for name, v in counts.items() if name.split("/")[0] == s) for s in sources}


def _dice(counts: Iterable[list[int]]) -> float:
    both, total = (sum(column) for column in zip(*counts, strict=True))
    return round(2 * both / total, 4) if total else 1.0


def _count(model: Path, stems: list[Stem], before: Counts | None = None) -> Counts:
    """Photo → pixels that mask and truth share, and the sum of both."""
    from plantseg_gui.core.results import TileMode
    from plantseg_gui.inference.device import pick_device
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.inference.signature import signature
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.masks import read_mask

    loaded = load_model(model)
    predictor = Predictor(loaded, pick_device("cpu"))
    counts: Counts = {}
    for folder, stem in stems:
        name = f"{folder.name}/{stem}"
        image = read_photo(next((folder / "images").glob(f"{stem}.*")))
        scope, other = loaded.scope, loaded.outside
        outside = scope is not None and other is not None and before is not None
        if outside and not scope.holds(signature(other.network, image)):
            counts[name] = before[name]
            continue
        truth = read_mask(folder / "masks" / f"{stem}.png", (image.shape[0], image.shape[1]))
        mask = predictor.predict(image, mode=TileMode.ADAPTIVE).labels > 0
        both = int(np.count_nonzero(mask & truth))
        counts[name] = [both, int(np.count_nonzero(mask)) + int(np.count_nonzero(truth))]
    return counts


def _calibrate_like(base: Path, model: Path) -> None:
    """Plain fine-tuning keeps the base model's calibration, as retraining does."""
    theirs = json.loads((base / "config.json").read_text(encoding="utf-8"))
    mine = json.loads((model / "config.json").read_text(encoding="utf-8"))
    for key in ("threshold", "temperature", "bias", "scorer_threshold"):
        mine[key] = theirs[key]
    (model / "config.json").write_text(json.dumps(mine), encoding="utf-8")


def _peak_memory(process: "subprocess.Popen[bytes]") -> int:
    """Peak resident memory of a process and its children in MB, watched until it ends."""
    import psutil

    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):
            family = [watched, *watched.children(recursive=True)]
            peak = max(peak, sum(p.memory_info().rss for p in family))
        time.sleep(POLL_S)
    return round(peak / 1e6)


def _index(data: Path) -> list[dict[str, str]]:
    with (data / "index.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
