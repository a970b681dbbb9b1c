"""Percentile bootstrap over images: how far a figure would move with other photos of the same kind.

The unit drawn with replacement is the image, never the pixel: pixels of one leaf are not
independent. A replicate is a vector of how often each image was drawn, so all replicates of all
pooled metrics are one matrix product.

Source: Efron 1979; specification section 8.
"""

from collections.abc import Iterator

import numpy as np

from plantseg_gui.evaluation.metrics import (
    METRICS,
    CountArray,
    Float64Array,
    image_dice,
    pooled_metrics,
)

REPLICATES = 2000
LEVEL = 0.95
# Draw counts held at once; bounds the memory at any number of images.
_CHUNK_CELLS = 4_000_000

Interval = tuple[float, float]


def metric_intervals(
    counts: CountArray, *, replicates: int = REPLICATES, level: float = LEVEL, seed: int = 0
) -> dict[str, Interval]:
    """Intervals of all `METRICS` of a set of images.

    Args:
        counts: [n, 4] pixel counts by image.
        replicates: Resamples.
        level: Share of the replicates inside the interval.
        seed: The same seed gives the same intervals.

    Returns:
        Metric → (low, high); NaN where the metric is undefined in every replicate or n is 0.
    """
    counts = np.asarray(counts, dtype=np.int64).reshape(-1, 4)
    if len(counts) == 0:
        return dict.fromkeys(METRICS, (np.nan, np.nan))
    dice = image_dice(counts)
    parts: dict[str, list[Float64Array]] = {name: [] for name in METRICS}
    for draws in _draws(len(counts), replicates, seed):
        for name, values in pooled_metrics(draws @ counts).items():
            parts[name].append(values)
        parts["dice_mean"].append(draws @ dice / len(counts))
    return {name: _percentiles(np.concatenate(values), level) for name, values in parts.items()}


def mean_interval(
    values: Float64Array, *, replicates: int = REPLICATES, level: float = LEVEL, seed: int = 0
) -> Interval:
    """Interval of the mean of one value by image, for instance the severity error.

    Args:
        values: [n].
        replicates: Resamples.
        level: Share of the replicates inside the interval.
        seed: The same seed gives the same interval.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.size == 0:
        return (np.nan, np.nan)
    draws = _draws(values.size, replicates, seed)
    return _percentiles(np.concatenate([d @ values / values.size for d in draws]), level)


def _draws(images: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """Yield [r, images] int64: how often each replicate drew each image."""
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // images)
    for start in range(0, replicates, rows):
        size = min(rows, replicates - start)
        chosen = rng.integers(0, images, size=(size, images))
        flat = (chosen + np.arange(size)[:, None] * images).ravel()
        yield np.bincount(flat, minlength=size * images).reshape(size, images)


def _percentiles(values: Float64Array, level: float) -> Interval:
    defined = values[~np.isnan(values)]
    if defined.size == 0:
        return (np.nan, np.nan)
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return (float(low), float(high))
