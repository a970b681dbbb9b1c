"""The pictures that `predict` and the window's export write beside the mask.

Probabilities, attention and masks are 8-bit (round(255·p)); variance and energy are 16-bit with an
offset and a scale, since their range differs from photo to photo; instances are 16-bit lesion ids.
All have the photo's own size.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import FloatArray, Prediction
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_labels, write_mask

MAP_NAMES = ("mask", "probability", "attention", "variance", "energy", "leaf", "instances")

MapInfo = dict[str, Any]


def map_files(base: Path, names: tuple[str, ...]) -> list[Path]:
    """The files that `write_maps` writes for a photo whose outputs begin with `base`."""
    files = []
    for name in names:
        suffixes = ("attention1", "attention2") if name == "attention" else (name,)
        files += [map_file(base, suffix) for suffix in suffixes]
    return files


def write_maps(base: Path, names: tuple[str, ...], prediction: Prediction) -> dict[str, MapInfo]:
    """Write the maps of one photo.

    Args:
        base: Folder and beginning of the names.
        names: Of `MAP_NAMES`; variance and energy need `prediction.uncertainty`.
        prediction: What the network said.

    Returns:
        Map → {"file": name, or None with "reason"; "offset" and "scale" where the value is
        offset + scale · pixel}.

    Raises:
        StorageError: a file cannot be written.
    """
    infos: dict[str, MapInfo] = {}
    for name in names:
        for key, info in _WRITERS[name](base, prediction).items():
            infos[key] = info
    return infos


def as_8_bit(values: FloatArray, height: int, width: int, *, cells: bool = False) -> np.ndarray:
    """Values in [0, 1] as 8-bit at the photo's size.

    Args:
        values: [h, w] float.
        height: Of the photo.
        width: Of the photo.
        cells: Show the cells of a coarse map as they are instead of smoothing them.

    Returns:
        [height, width] uint8, round(255·p).
    """
    grown = _grow(values, height, width, cv2.INTER_NEAREST if cells else cv2.INTER_LINEAR)
    return np.rint(np.clip(grown, 0, 1) * 255).astype(np.uint8)


def as_16_bit(values: FloatArray) -> tuple[npt.NDArray[np.uint16], float, float]:
    """Any finite values as 16-bit.

    Returns:
        [h, w] uint16 pixels, offset, scale: value = offset + scale · pixel, to within scale / 2.
    """
    low, high = float(values.min()), float(values.max())
    scale = (high - low) / 65535 or 1.0
    pixels = np.rint((values.astype(np.float64) - low) / scale)
    return np.clip(pixels, 0, 65535).astype(np.uint16), low, scale


def _grow(values: FloatArray, height: int, width: int, how: int) -> FloatArray:
    return cv2.resize(
        np.ascontiguousarray(values, dtype=np.float32), (width, height), interpolation=how
    ).astype(np.float32, copy=False)


def map_file(base: Path, suffix: str) -> Path:
    """The file of one map of a photo whose outputs begin with `base`."""
    return base.with_name(f"{base.name}_{suffix}.png")


def _write_mask(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
    file = map_file(base, "mask")
    write_mask(file, prediction.labels > 0)
    return {"mask": {"file": file.name}}


def _write_probability(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
    file = map_file(base, "probability")
    write_png(file, as_8_bit(prediction.probability, prediction.height, prediction.width))
    return {"probability": {"file": file.name, "offset": 0.0, "scale": 1 / 255}}


def _write_attention(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
    infos = {}
    for number, weights in enumerate(prediction.attention, start=1):
        file = map_file(base, f"attention{number}")
        write_png(file, as_8_bit(weights, prediction.height, prediction.width, cells=True))
        infos[f"attention{number}"] = {
            "file": file.name,
            "offset": 0.0,
            "scale": 1 / 255,
        }
    return infos


def _write_uncertainty(name: str) -> Callable[[Path, Prediction], dict[str, MapInfo]]:
    def write(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
        if prediction.uncertainty is None:
            return {name: {"file": None, "reason": "the second pass was not run"}}
        values: FloatArray = getattr(prediction.uncertainty, name)
        grown = _grow(values, prediction.height, prediction.width, cv2.INTER_LINEAR)
        pixels, offset, scale = as_16_bit(grown)
        file = map_file(base, name)
        write_png(file, pixels)
        return {name: {"file": file.name, "offset": offset, "scale": scale}}

    return write


def _write_leaf(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
    if prediction.leaf.mask is None:
        return {"leaf": {"file": None, "reason": prediction.leaf.reason or "no leaf was found"}}
    file = map_file(base, "leaf")
    write_mask(file, prediction.leaf.mask)
    return {"leaf": {"file": file.name}}


def _write_instances(base: Path, prediction: Prediction) -> dict[str, MapInfo]:
    file = map_file(base, "instances")
    write_labels(file, prediction.labels)
    return {"instances": {"file": file.name}}


_WRITERS: dict[str, Callable[[Path, Prediction], dict[str, MapInfo]]] = {
    "mask": _write_mask,
    "probability": _write_probability,
    "attention": _write_attention,
    "variance": _write_uncertainty("variance"),
    "energy": _write_uncertainty("energy"),
    "leaf": _write_leaf,
    "instances": _write_instances,
}
