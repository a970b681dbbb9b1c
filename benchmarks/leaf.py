"""Leaf area: agreement with coffee's hand-made leaf masks, and the time at 2048².

python benchmarks/leaf.py --data ../shared/data
"""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
from _report import ROOT, report

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.storage.pairs import read_index


def overlaps(data: Path, split: str) -> dict[str, float]:
    """Intersection over union of each coffee photo of a split, 0 where no leaf was found."""
    found: dict[str, float] = {}
    for pair in read_index(data / "index.csv", ["coffee"], split).pairs:
        photo, stem = cv2.imread(str(pair.image)), pair.image.stem
        truth = cv2.imread(str(pair.leaf), 0) > 127
        mask = find_leaf(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)).mask
        if mask is None:
            found[stem] = 0.0
        else:
            found[stem] = float((mask & truth).sum() / (mask | truth).sum())
    return found


def milliseconds_2048(runs: int) -> tuple[float, float]:
    """Median wall and processor time of one search at 2048² on one core, drawn leaves."""
    photos = [draw_leaf(seed, 2048).image for seed in (1, 2, 3)]
    wall, processor = [], []
    for index in range(runs):
        start, start_cpu = time.perf_counter(), time.process_time()
        find_leaf(photos[index % len(photos)])
        wall.append((time.perf_counter() - start) * 1e3)
        processor.append((time.process_time() - start_cpu) * 1e3)
    return statistics.median(wall), statistics.median(processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--split", default="val", choices=["train", "dev", "val"])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    figures: dict[str, object] = {"benchmark": "leaf"}
    if (arguments.data / "index.csv").exists():
        values = overlaps(arguments.data, arguments.split)
        worst = min(values, key=lambda stem: values[stem])
        figures |= {
            "n": len(values),
            "iou_mean": float(np.mean(list(values.values()))),
            "iou_min": values[worst],
            "iou_min_stem": worst,
        }
    figures["ms_2048"], figures["cpu_ms_2048"] = milliseconds_2048(arguments.runs)
    report(figures)


if __name__ == "__main__":
    main()
