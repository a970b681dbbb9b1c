"""Two models judged on the same images.

Source: specification section 8 (paired t-test, Wilcoxon signed-rank test, Cohen's d for paired
samples); scipy.stats for the tests.
"""

from dataclasses import dataclass

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.evaluation.bootstrap import Interval, mean_interval
from plantseg_gui.evaluation.metrics import Float64Array


@dataclass(frozen=True)
class PairedComparison:
    """How much better the second model is than the first.

    Attributes:
        n: Images.
        mean_difference: Second minus first.
        interval: 95 % bootstrap interval of the mean difference, over images.
        t_p_value: Paired t-test, two-sided; None where it is undefined (n < 2, or no spread).
        wilcoxon_p_value: Wilcoxon signed-rank test, two-sided; None when all pairs are equal.
        cohens_d: Mean difference / its standard deviation; None where there is no spread.
    """

    n: int
    mean_difference: float
    interval: Interval
    t_p_value: float | None
    wilcoxon_p_value: float | None
    cohens_d: float | None


def compare_paired(first: Float64Array, second: Float64Array, *, seed: int = 0) -> PairedComparison:
    """Compare one figure (for instance Dice) of two models, image by image.

    Args:
        first: [n], one value an image.
        second: [n], the same images in the same order.
        seed: Of the bootstrap.

    Raises:
        InputError: the lengths differ or there is no image.
    """
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or first.size == 0:
        raise InputError(
            f"The two models were judged on {first.size} and {second.size} images.",
            "Judge both on the same images.",
        )
    # scipy.stats takes a second to load; only this function needs it.
    from scipy import stats

    difference = second - first
    spread = float(difference.std(ddof=1)) if difference.size > 1 else 0.0
    # Differences that are equal but for rounding have no spread to test against.
    testable = spread > 1e-12 * max(1.0, float(np.abs(difference).max()))
    t_p = float(stats.ttest_rel(second, first).pvalue) if testable else None
    wilcoxon_p = float(stats.wilcoxon(difference).pvalue) if np.any(difference) else None
    return PairedComparison(
        n=difference.size,
        mean_difference=float(difference.mean()),
        interval=mean_interval(difference, seed=seed),
        t_p_value=t_p,
        wilcoxon_p_value=wilcoxon_p,
        cohens_d=float(difference.mean()) / spread if testable else None,
    )
