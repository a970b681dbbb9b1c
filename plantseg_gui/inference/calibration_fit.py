"""The arithmetic of calibration: histograms in, temperature, bias and thresholds out."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LOWEST_LOGIT, HIGHEST_LOGIT, BINS = -20.0, 20.0, 2000
KEPT_LESION_SHARE = 0.995
_STEEPEST = 20.0

Counts = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]


class Scaling(NamedTuple):
    """Calibrated logit = logit / temperature + bias."""

    temperature: float
    bias: float


class LogitHistogram:
    """Pixels by logit and truth: all that calibration needs to know of any number of photos.

    Attributes:
        counts: [2, 2000]: healthy and lesion pixels per bin of 0.02.
    """

    def __init__(self) -> None:
        self.counts: Counts = np.zeros((2, BINS))

    def add(
        self, logits: Floats, lesion: npt.NDArray[np.bool_] | Floats, weight: Floats | None = None
    ) -> None:
        """Count pixels; all arrays have one shape.

        Args:
            logits: Of the pixels.
            lesion: Whether, or how much of, each is lesion.
            weight: How much each counts; None = 1.
        """
        place = (logits - LOWEST_LOGIT) * (BINS / (HIGHEST_LOGIT - LOWEST_LOGIT))
        bins = np.clip(place, 0, BINS - 1).astype(np.intp).ravel()
        mass = np.ones(lesion.shape) if weight is None else weight
        for row, part in enumerate((mass * (1 - lesion), mass * lesion)):
            self.counts[row] += np.bincount(bins, weights=part.ravel(), minlength=BINS)


def bin_edges() -> Counts:
    """Lower edge of every bin."""
    width = (HIGHEST_LOGIT - LOWEST_LOGIT) / BINS
    return np.asarray(LOWEST_LOGIT + width * np.arange(BINS), np.float64)


def fit_scaling(logits: Floats, healthy: Floats, lesion: Floats) -> Scaling:
    """Temperature and bias of the least negative log-likelihood.

    A logistic regression on one number, so convex in (1 / temperature, bias).

    Args:
        logits: [n].
        healthy: [n] weight of negatives at each logit.
        lesion: [n] weight of positives.

    Returns:
        Identity when one of the classes is empty: nothing can be learned from that.
    """
    from scipy.optimize import minimize  # a second to load, needed here only

    total = float(healthy.sum() + lesion.sum())
    if not float(healthy.sum()) or not float(lesion.sum()):
        return Scaling(1.0, 0.0)

    def loss(at: Counts) -> tuple[float, Counts]:
        z = at[0] * logits + at[1]
        value = lesion * np.logaddexp(0, -z) + healthy * np.logaddexp(0, z)
        p = 1 / (1 + np.exp(-np.clip(z, -60, 60)))
        slope = healthy * p - lesion * (1 - p)
        return float(value.sum()) / total, np.array([(slope * logits).sum(), slope.sum()]) / total

    bounds = [(1 / _STEEPEST, _STEEPEST), (-_STEEPEST, _STEEPEST)]
    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Scaling(1 / float(found.x[0]), float(found.x[1]))


def fit_pixels(sources: Mapping[str, LogitHistogram]) -> Scaling:
    """Scaling of the lesion logits; every source has the same weight, whatever its pixels."""
    width = (HIGHEST_LOGIT - LOWEST_LOGIT) / BINS
    total = np.zeros((2, BINS))
    for histogram in sources.values():
        total += histogram.counts / max(1.0, float(histogram.counts.sum()))
    return fit_scaling(bin_edges() + width / 2, total[0], total[1])


def fit_presence(logits: Floats, present: npt.NDArray[np.bool_]) -> Scaling:
    """Scaling of the highest region logit of each photo.

    Targets are Platt's, (n₊+1)/(n₊+2) and 1/(n₋+2): few photos are often separable, and plain
    likelihood would then answer with infinite certainty.
    """
    positives, negatives = int(present.sum()), int((~present).sum())
    if not positives or not negatives:
        return Scaling(1.0, 0.0)
    target = np.where(present, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    return fit_scaling(logits, 1 - target, target)


def f1_by_edge(counts: Counts) -> Counts:
    """F1 of "lesion from this bin's lower edge up", for every bin.

    Args:
        counts: [2, bins] of one source.
    """
    false_positive = counts[0][::-1].cumsum()[::-1]
    true_positive = counts[1][::-1].cumsum()[::-1]
    lesions = counts[1].sum()
    return np.asarray(2 * true_positive / np.maximum(1, true_positive + false_positive + lesions))


def best_threshold(
    sources: Mapping[str, LogitHistogram], scaling: Scaling
) -> tuple[float, dict[str, float]]:
    """The calibrated probability t with the highest mean over the sources of pooled F1.

    Sources without a lesion pixel have no F1 and are left out.

    Returns:
        t in [0.01, 0.99] and each source's F1 there; 0.5 when no source has a lesion.
    """
    curves = {k: f1_by_edge(h.counts) for k, h in sources.items() if h.counts[1].any()}
    if not curves:
        return 0.5, {}
    best = int(np.mean(list(curves.values()), axis=0).argmax())
    z = float(bin_edges()[best]) / scaling.temperature + scaling.bias
    threshold = 1 / (1 + float(np.exp(-np.clip(z, -60, 60))))
    return min(0.99, max(0.01, threshold)), {k: float(c[best]) for k, c in curves.items()}


def scorer_threshold(scores: Mapping[float, float], fallback: float) -> float:
    """The largest tile score that keeps 99.5 % of the lesion pixels.

    Args:
        scores: Best score of the tiles over a lesion pixel → number of such pixels.
        fallback: Returned when there are no lesion pixels.
    """
    total = sum(scores.values())
    kept = 0.0
    for score in sorted(scores, reverse=True):
        kept += scores[score]
        if kept >= KEPT_LESION_SHARE * total:
            return score
    return fallback
