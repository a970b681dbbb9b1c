"""Smart click: one click in the middle of every lesion, against the wand and the threshold.

python benchmarks/smart_click.py --json [--split val] [--source coffee] [--limit N] [--cache DIR]

Each connected part of a drawn mask with at least 64 px is clicked once, at its innermost pixel, and
what comes back is compared with it (intersection over union). The rivals get the same click:
- wand: the pixels around the click whose colour lies within one fixed distance in Lab;
- threshold: the component of "probability >= the model's threshold" under the click, 0 if none;
- colour: smart click without a prediction, which is what it does before the network has run.
Every constant of smart click and the wand's distance were chosen on `dev`; `val` only measures.
Predictions are kept in --cache: only the first run needs the network.
"""

import argparse
import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from _report import ROOT, report

import plantseg_gui.threads_env  # noqa: F401 - before anything that may load torch
from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, Prediction, RgbArray
from plantseg_gui.core.smart_click import reach
from plantseg_gui.core.wand import Wand
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_mask
from plantseg_gui.storage.models import default_model, resolve_model
from plantseg_gui.storage.pairs import read_index

LEAST_PX = 64
WAND_TOLERANCE = 15.0
Region = tuple[Rect, BoolArray]
Click = tuple[int, int, Rect, BoolArray]


class Predictions:
    """Predictions of the default model, made once and kept in a folder."""

    def __init__(self, folder: Path, model: str) -> None:
        self._model = resolve_model(model or default_model())
        weights = hashlib.sha256((self._model / "weights.safetensors").read_bytes()).hexdigest()
        self._folder = folder / f"{self._model.name}-{weights[:12]}"
        self._predictor: Any = None

    def of(self, source: str, stem: str, image: RgbArray) -> Prediction:
        """What the model says of a photo, as a project keeps it."""
        import h5py

        from plantseg_gui.storage.predictions_hdf import read_prediction, write_prediction

        path = self._folder / source / f"{stem}.h5"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            with h5py.File(part, "w") as file:
                write_prediction(file, self._predict(image))
            part.replace(path)
        # Read back even when new, so that every run sees the same: maps are kept with 8 bits.
        with h5py.File(path) as file:
            return read_prediction(file)

    def _predict(self, image: RgbArray) -> Prediction:
        if self._predictor is None:
            from plantseg_gui.inference.predictor import Predictor
            from plantseg_gui.nn.checkpoint import load_model

            self._predictor = Predictor(load_model(self._model))
        made: Prediction = self._predictor.predict(image)
        return made


def connected(mask: BoolArray, y: int, x: int) -> Region:
    """What hangs together with a pixel that belongs to it in any case."""
    same = mask.astype(np.uint8)
    same[y, x] = 1
    _, _, _, (left, top, width, height) = cv2.floodFill(same, None, (x, y), 2, flags=8)
    box = Rect(top, left, top + height, left + width)
    return box, same[box.slices] == 2


def threshold_component(prediction: Prediction, y: int, x: int) -> Region | None:
    """What the threshold alone gives; None where the click is below it."""
    size = (prediction.width, prediction.height)
    full = cv2.resize(prediction.probability, size, interpolation=cv2.INTER_LINEAR)
    mask = np.asarray(full >= prediction.threshold)
    return connected(mask, y, x) if mask[y, x] else None


def clicks(mask: BoolArray) -> Iterator[Click]:
    """Innermost pixel, box and pixels of every lesion of a mask."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    for part in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[part])
        if area < LEAST_PX:
            continue
        box = Rect(y, x, y + height, x + width)
        lesion = parts[box.slices] == part
        framed = np.pad(lesion, 1).view(np.uint8)
        depth = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        yield y + int(row), x + int(column), box, lesion


def overlap(found: Region | None, box: Rect, lesion: BoolArray) -> float:
    """Intersection over union of a region and a lesion, each in its box."""
    if found is None:
        return 0.0
    rect, mask = found
    both = rect.intersect(box)
    ours = mask[both.moved(-rect.y0, -rect.x0).slices]
    theirs = lesion[both.moved(-box.y0, -box.x0).slices]
    common = np.count_nonzero(ours & theirs) if not both.empty else 0
    return common / (np.count_nonzero(mask) + np.count_nonzero(lesion) - common)


def smart_click(image: RgbArray, prediction: Prediction | None, y: int, x: int) -> Region:
    """What a click without a drag adds."""
    return reach(image, prediction, y, x).region()


def quality(arguments: argparse.Namespace, predictions: Predictions) -> dict[str, Any]:
    """Overlaps of every way, and the time of a smart click on these photos."""
    pairs = read_index(arguments.data / "index.csv", [arguments.source], arguments.split).pairs
    ways = ("smart", "colour", "wand", "threshold")
    values: dict[str, list[float]] = {way: [] for way in ways}
    milliseconds: list[tuple[float, float]] = []
    photos = 0
    for pair in pairs[: arguments.limit or None]:
        image = read_photo(pair.image)
        mask = read_mask(pair.mask, (image.shape[0], image.shape[1]))
        prediction = predictions.of(pair.source, pair.image.stem, image)
        wand = Wand(image)
        photos += 1
        for y, x, box, lesion in clicks(mask):
            smart, taken = timed(image, prediction, y, x)
            milliseconds.append(taken)
            found = (
                smart,
                smart_click(image, None, y, x),
                wand.region(y, x, arguments.tolerance),
                threshold_component(prediction, y, x),
            )
            for way, region in zip(ways, found, strict=True):
                values[way].append(overlap(region, box, lesion))
    return {
        "photos": photos,
        "lesions": len(values["smart"]),
        **{f"iou_{way}": summary(values[way]) for way in ways},
        "better_than_wand": share(np.greater(values["smart"], values["wand"])),
        "better_than_threshold": share(np.greater(values["smart"], values["threshold"])),
        "worse_than_threshold": share(np.less(values["smart"], values["threshold"])),
        "ms": times(milliseconds),
    }


def speed(predictions: Predictions) -> dict[str, float]:
    """Time of a smart click on a drawn leaf of 2048²."""
    leaf = draw_leaf(1, 2048)
    prediction = predictions.of("drawn", "1-2048", leaf.image)
    found = []
    for y, x, _, _ in clicks(np.asarray(leaf.labels > 0)):
        found.append(timed(leaf.image, prediction, y, x)[1])
    return times(found)


def summary(values: list[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "median": float(np.median(values))}


def share(which: npt.NDArray[np.bool_]) -> float:
    return float(which.mean())


def timed(
    image: RgbArray, prediction: Prediction | None, y: int, x: int
) -> tuple[Region, tuple[float, float]]:
    """A smart click, and its milliseconds: of the wall clock and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    region = smart_click(image, prediction, y, x)
    taken = (time.perf_counter() - wall) * 1e3, (time.process_time() - processor) * 1e3
    return region, taken


def times(milliseconds: list[tuple[float, float]]) -> dict[str, float]:
    """Half of all clicks, and 99 of 100, take at most so long."""
    wall, processor = np.array(milliseconds).T
    return {
        "p50": float(np.percentile(wall, 50)),
        "p99": float(np.percentile(wall, 99)),
        "cpu_p50": float(np.percentile(processor, 50)),
        "cpu_p99": float(np.percentile(processor, 99)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="", help="name or folder; by default the shipped one")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--split", default="val", choices=["train", "dev", "val"])
    parser.add_argument("--source", default="coffee")
    parser.add_argument("--limit", type=int, default=0, help="photos; 0 = all")
    parser.add_argument("--tolerance", type=float, default=WAND_TOLERANCE, help="of the wand")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "plantseg-predictions",
        help="folder of predictions",
    )
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    arguments = parser.parse_args()
    cv2.setNumThreads(2)
    predictions = Predictions(arguments.cache, arguments.model)
    # The first click loads parts of the libraries; the tool does that when it is made.
    smart_click(np.zeros((64, 64, 3), np.uint8), None, 32, 32)
    report(
        {
            "benchmark": "smart_click",
            "source": arguments.source,
            "split": arguments.split,
            "least_px": LEAST_PX,
            "wand_tolerance": arguments.tolerance,
            **quality(arguments, predictions),
            "ms_2048": speed(predictions),
        }
    )


if __name__ == "__main__":
    main()
