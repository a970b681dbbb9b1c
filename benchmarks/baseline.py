"""What a colour rule alone reaches: the figure that the trained network has to beat by far.

For each of several colour indices a threshold is fitted on a sample of the train photos, one for
all sources and one for each source alone. Measured on val: whole photos, pixels pooled per source.
The photos are smoothed and reduced to 512 px first, which helps the rules a little.

python benchmarks/baseline.py --data ../shared/data
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from _report import ROOT, report

from plantseg_gui.storage.pairs import read_index

Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]  # [2, bins]: healthy and lesion pixels by index value
SOURCES = ("coffee", "field", "field_small", "rice")
BINS = 512


def _share(rgb: Floats) -> Floats:
    """RGB as shares of their sum."""
    return rgb / np.maximum(rgb.sum(axis=2, keepdims=True), 1e-3)


def _lab(rgb: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def _excess_red(rgb: Floats) -> Floats:
    share = _share(rgb)
    return 1.4 * share[..., 0] - share[..., 1]


def _excess_green_less(rgb: Floats) -> Floats:
    share = _share(rgb)
    return share[..., 0] + share[..., 2] - 2 * share[..., 1]


def _red_less_green(rgb: Floats) -> Floats:
    return rgb[..., 0] - rgb[..., 1]


def _red_over_green(rgb: Floats) -> Floats:
    return (rgb[..., 0] - rgb[..., 1]) / np.maximum(rgb[..., 0] + rgb[..., 1], 1e-3)


def _a_star(rgb: Floats) -> Floats:
    return _lab(rgb)[..., 1] / 128


def _warmth(rgb: Floats) -> Floats:
    lab = _lab(rgb)
    return (lab[..., 1] + 0.5 * lab[..., 2]) / 128


def _hue(rgb: Floats) -> Floats:
    """How far the hue is from green towards red, 0 to 1; grey counts as green."""
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)
    away = np.clip((120 - hsv[..., 0]) / 120, 0, 1)
    return np.asarray(away * (hsv[..., 1] > 0.12), np.float32)


INDICES: dict[str, tuple[Callable[[Floats], Floats], float, float]] = {
    "ExR": (_excess_red, -0.6, 1.0),
    "-ExG": (_excess_green_less, -1.0, 1.0),
    "r-g": (_red_less_green, -0.6, 0.6),
    "NGRDI": (_red_over_green, -0.7, 0.7),
    "a*": (_a_star, -0.6, 0.6),
    "a*+b*/2": (_warmth, -0.6, 0.8),
    "hue": (_hue, 0.0, 1.0),
}


def photos(
    data: Path, split: str, source: str, at_most: int
) -> Iterator[tuple[Floats, npt.NDArray]]:
    """RGB 0 to 1 at 512 px and lesion masks of a source; every n-th if there are too many."""
    pairs = read_index(data / "index.csv", [source], split).pairs
    for pair in pairs[:: max(1, -(-len(pairs) // at_most))]:
        photo, mask = cv2.imread(str(pair.image)), cv2.imread(str(pair.mask), 0)
        ratio = min(1.0, 512 / max(photo.shape[:2]))
        size = (round(photo.shape[1] * ratio), round(photo.shape[0] * ratio))
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
        rgb = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB).astype(np.float32) / 255
        yield cv2.GaussianBlur(rgb, (0, 0), 1.0), mask


def count(data: Path, split: str, source: str, at_most: int) -> dict[str, Counts]:
    """For each index, how many healthy and lesion pixels have which value."""
    table = {name: np.zeros((2, BINS), np.int64) for name in INDICES}
    for rgb, mask in photos(data, split, source, at_most):
        for name, (index, low, high) in INDICES.items():
            place = np.clip((index(rgb) - low) / (high - low) * BINS, 0, BINS - 1).astype(np.int64)
            table[name][0] += np.bincount(place[~mask], minlength=BINS)
            table[name][1] += np.bincount(place[mask], minlength=BINS)
    return table


def dice_by_threshold(counts: Counts) -> npt.NDArray[np.float64]:
    """[bins] pooled Dice if everything from this bin on counts as lesion."""
    false, true = (np.cumsum(row[::-1])[::-1] for row in counts)
    return np.asarray(2 * true / np.maximum(true + false + counts[1].sum(), 1))


def best(tables: list[dict[str, Counts]]) -> tuple[str, int, float]:
    """Index, threshold bin and mean Dice over the tables that fit them best."""
    found = ("", 0, -1.0)
    for name in INDICES:
        mean = np.mean([dice_by_threshold(table[name]) for table in tables], axis=0)
        if mean.max() > found[2]:
            found = (name, int(mean.argmax()), float(mean.max()))
    return found


def threshold_value(name: str, place: int) -> float:
    """The index value at which a bin begins."""
    _, low, high = INDICES[name]
    return low + (high - low) * place / BINS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--at-most", type=int, default=120, help="train photos per source")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    fit = {s: count(arguments.data, "train", s, arguments.at_most) for s in SOURCES}
    test = {s: count(arguments.data, "val", s, 10_000) for s in SOURCES}
    name, place, _ = best(list(fit.values()))
    one_rule = {s: float(dice_by_threshold(test[s][name])[place]) for s in SOURCES}
    by_index: dict[str, object] = {}
    for each in INDICES:
        each_place = int(np.mean([dice_by_threshold(fit[s][each]) for s in SOURCES], 0).argmax())
        by_index[each] = {s: float(dice_by_threshold(test[s][each])[each_place]) for s in SOURCES}
    own_rule: dict[str, object] = {}
    for source in SOURCES:
        own_name, own_place, _ = best([fit[source]])
        own_rule[source] = {
            "dice": float(dice_by_threshold(test[source][own_name])[own_place]),
            "index": own_name,
            "threshold": threshold_value(own_name, own_place),
        }
    report(
        {
            "benchmark": "baseline",
            "index": name,
            "threshold": threshold_value(name, place),
            "dice": one_rule,
            "dice_by_index": by_index,
            "fitted_per_source": own_rule,
        }
    )


if __name__ == "__main__":
    main()
