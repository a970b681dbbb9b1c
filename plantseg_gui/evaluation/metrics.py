"""Pixel metrics of lesion masks, from counts that add up over images.

All figures come from the four counts of each image (true and false positives and negatives,
lesion = positive), so a data set of any size is judged in constant memory, and one function serves
the figure itself and its bootstrap replicates.

Source: specification section 8.
"""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import BoolArray

CountArray = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]

TP, FP, FN, TN = range(4)

POOLED_METRICS = (
    "dice_pooled",
    "precision",
    "recall",
    "f1",
    "iou",
    "accuracy",
    "accuracy_all_healthy",
)
METRICS = ("dice_pooled", "dice_mean", *POOLED_METRICS[1:])

UNDEFINED_REASONS = {
    "dice_pooled": "neither the masks nor the model have a lesion pixel",
    "dice_mean": "no image",
    "precision": "the model found no lesion pixel",
    "recall": "the masks hold no lesion pixel",
    "f1": "neither the masks nor the model have a lesion pixel",
    "iou": "neither the masks nor the model have a lesion pixel",
    "accuracy": "no pixel",
    "accuracy_all_healthy": "no pixel",
}


def count_pixels(
    predicted: BoolArray, truth: BoolArray, valid: BoolArray | None = None
) -> CountArray:
    """Count one image's pixels.

    Args:
        predicted: [H, W] lesion mask of the model.
        truth: [H, W] lesion mask drawn by people.
        valid: [H, W], False where a pixel is left out (unsure); None counts all.

    Returns:
        [4] int64: true positives, false positives, false negatives, true negatives.

    Raises:
        InputError: the shapes differ.
    """
    if predicted.shape != truth.shape:
        raise InputError(
            f"The predicted mask is {_size(predicted)}, the true mask {_size(truth)}.",
            "Both must have the photo's size.",
        )
    if valid is not None:
        predicted, truth = predicted[valid], truth[valid]
    both = int(np.count_nonzero(predicted & truth))
    found, real = int(np.count_nonzero(predicted)), int(np.count_nonzero(truth))
    counts = [both, found - both, real - both, predicted.size - found - real + both]
    return np.array(counts, dtype=np.int64)


def pooled_metrics(counts: npt.NDArray[np.number]) -> dict[str, Float64Array]:
    """Metrics of pooled pixels.

    Args:
        counts: [..., 4], the sums over the images that are pooled.

    Returns:
        Metric → [...] float64, NaN where it is undefined. `f1` is `dice_pooled` by definition.
    """
    tp, fp, fn, tn = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    total = tp + fp + fn + tn
    dice = _ratio(2 * tp, 2 * tp + fp + fn)
    return {
        "dice_pooled": dice,
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "f1": dice,
        "iou": _ratio(tp, tp + fp + fn),
        "accuracy": _ratio(tp + tn, total),
        "accuracy_all_healthy": _ratio(tn + fp, total),
    }


def image_dice(counts: CountArray) -> Float64Array:
    """Dice of each image.

    Args:
        counts: [n, 4].

    Returns:
        [n] float64; 1 for a healthy image in which nothing was found, 0 for one where anything was.
    """
    tp, fp, fn, _ = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    dice = _ratio(2 * tp, 2 * tp + fp + fn)
    return np.where(np.isnan(dice), 1.0, dice)


def summarise(counts: CountArray) -> dict[str, float]:
    """All `METRICS` of a set of images.

    Args:
        counts: [n, 4].

    Returns:
        Metric → figure, NaN where it is undefined.
    """
    counts = np.asarray(counts, dtype=np.int64).reshape(-1, 4)
    pooled = pooled_metrics(counts.sum(axis=0))
    figures = {name: float(value) for name, value in pooled.items()}
    figures["dice_mean"] = float(image_dice(counts).mean()) if len(counts) else math.nan
    return {name: figures[name] for name in METRICS}


def jsonable(figures: Mapping[str, float], digits: int = 6) -> dict[str, float | None]:
    """Figures for a JSON file: rounded, None where undefined."""
    return {
        name: round(float(value), digits) if math.isfinite(value) else None
        for name, value in figures.items()
    }


def undefined_reason(figures: Mapping[str, float]) -> str | None:
    """Why figures are undefined, in one line; None when all are defined."""
    reasons = [
        f"{name}: {UNDEFINED_REASONS.get(name, 'undefined')}"
        for name, value in figures.items()
        if not math.isfinite(value)
    ]
    return "; ".join(reasons) or None


def _ratio(above: Float64Array, below: Float64Array) -> Float64Array:
    result = np.full(np.shape(below), np.nan)
    return np.divide(above, below, out=result, where=np.asarray(below) > 0)


def _size(mask: BoolArray) -> str:
    return f"{mask.shape[1]}×{mask.shape[0]} px"
