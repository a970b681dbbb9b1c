"""The threshold t of a model: the one whose masks, as they are shown, agree best with the truth.

Masks are made by `postprocess.lesion_components`, so resizing and dropped specks count as they do
for a person. First in steps of 0.05, then in steps of 0.01 around the best.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import BoolArray, FloatArray
from plantseg_gui.inference.postprocess import in_photo_px, lesion_components, speck_px

COARSE = tuple(n / 100 for n in range(5, 100, 5))
_FINE_STEPS = 4
WITHOUT_LESIONS = 0.5

Counts = npt.NDArray[np.int64]


class SweepPhoto(NamedTuple):
    """One photo to sweep.

    Attributes:
        source: Every source has the same weight.
        probability: [h, w] at network scale.
        mask: [H, W] bool, true lesions in photo px.
    """

    source: str
    probability: FloatArray
    mask: BoolArray


class BestThreshold(NamedTuple):
    """The outcome: t, and each source's pooled F1 there."""

    threshold: float
    f1: dict[str, float]


def sweep(photos: Callable[[], Iterable[SweepPhoto]]) -> BestThreshold:
    """The t with the highest mean over the sources of pooled F1; the lowest of equals.

    Args:
        photos: Called twice; gives all photos one after the other.

    Returns:
        t in [0.01, 0.99]. Sources without a lesion pixel have no F1 and are left out; 0.5 when no
        source has a lesion.
    """
    coarse = _counts(photos(), COARSE)
    if not coarse:
        return BestThreshold(WITHOUT_LESIONS, {})
    middle = round(100 * COARSE[_best(coarse)])
    around = range(max(1, middle - _FINE_STEPS), min(99, middle + _FINE_STEPS) + 1)
    fine = [n / 100 for n in around]
    counts = _counts(photos(), fine)
    best = _best(counts)
    return BestThreshold(fine[best], {k: float(_f1(c)[best]) for k, c in counts.items()})


def _counts(photos: Iterable[SweepPhoto], thresholds: Sequence[float]) -> dict[str, Counts]:
    """[thresholds, 3] true positives, found and true lesion px of each source with lesions."""
    found: dict[str, Counts] = defaultdict(lambda: np.zeros((len(thresholds), 3), np.int64))
    for photo in photos:
        height, width = photo.mask.shape
        full = in_photo_px(photo.probability, height, width)
        least = speck_px(photo.probability.shape, height, width)
        true_px = int(np.count_nonzero(photo.mask))
        for place, threshold in enumerate(thresholds):
            lesion = lesion_components(full, threshold, least)[0] > 0
            hits = int(np.count_nonzero(lesion & photo.mask))
            found[photo.source][place] += (hits, int(np.count_nonzero(lesion)), true_px)
    return {source: counts for source, counts in found.items() if counts[0, 2]}


def _f1(counts: Counts) -> npt.NDArray[np.float64]:
    """2TP / (found + true), by threshold; there is a true pixel."""
    return np.asarray(2 * counts[:, 0] / (counts[:, 1] + counts[:, 2]), np.float64)


def _best(counts: dict[str, Counts]) -> int:
    return int(np.mean([_f1(c) for c in counts.values()], axis=0).argmax())
