"""Does `adaptive` lose severity against `full`? Both modes on the photos of a split.

python benchmarks/adaptive.py [--model NAME|DIR] [--data ../shared/data] [--split val]

Severity is lesion area / leaf area where a leaf was found, else lesion area / photo area.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT, report

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or folder")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--split", default="val")
    parser.add_argument("--limit", type=int, default=0, help="photos per source; 0 = all")
    report(compare(parser.parse_args()))


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    from plantseg_gui.core.results import TileMode
    from plantseg_gui.inference.predictor import Predictor
    from plantseg_gui.nn.checkpoint import load_model
    from plantseg_gui.storage.images import read_photo
    from plantseg_gui.storage.models import default_model, resolve_model

    folder = resolve_model(arguments.model or default_model())
    predictor = Predictor(load_model(folder))
    differences: dict[str, list[float]] = {}
    tiles = {"adaptive": 0, "full": 0}
    for source, path in photos(arguments.data, arguments.split, arguments.limit):
        image = read_photo(path)
        adaptive = predictor.predict(image, mode=TileMode.ADAPTIVE)
        full = predictor.predict(image, mode=TileMode.FULL)
        tiles["adaptive"] += adaptive.tiles_processed
        tiles["full"] += full.tiles_processed
        gap = abs(severity_pct(adaptive) - severity_pct(full))
        differences.setdefault(source, []).append(gap)
    everything = np.concatenate([np.asarray(v) for v in differences.values()])
    return {
        "benchmark": "adaptive",
        "model": folder.name,
        "photos": len(everything),
        "severity_difference_points_p95": float(np.percentile(everything, 95)),
        "severity_difference_points_max": float(everything.max()),
        "p95_by_source": {k: float(np.percentile(v, 95)) for k, v in differences.items()},
        "tiles_adaptive": tiles["adaptive"],
        "tiles_full": tiles["full"],
    }


def severity_pct(prediction: Any) -> float:
    from plantseg_gui.core.severity import diagnose

    found = diagnose(prediction.labels, prediction.leaf, prediction.disease_probability)
    if found.severity_pct is not None:
        return found.severity_pct
    return 100.0 * found.lesion_area_px / prediction.labels.size


def photos(data: Path, split: str, limit: int) -> list[tuple[str, Path]]:
    from plantseg_gui.storage.pairs import read_index

    found: list[tuple[str, Path]] = []
    for pair in read_index(data / "index.csv", [], split).pairs:
        if not limit or sum(source == pair.source for source, _ in found) < limit:
            found.append((pair.source, pair.image))
    return found


if __name__ == "__main__":
    main()
