"""The learning rate over a run, as a pure function of the update's number.

It is torch's OneCycleLR with cosine annealing (a test compares the two); being a function without
state, it cannot come apart from the update counter when a run is resumed.
"""

import math
from collections.abc import Iterable

import torch


def one_cycle(
    update: int,
    updates: int,
    *,
    warm_fraction: float = 0.3,
    start_divisor: float = 25.0,
    end_divisor: float = 1e4,
) -> float:
    """Factor on the highest learning rate at `update` (0-based) of `updates`.

    Args:
        update: Number of finished updates.
        updates: Length of the run.
        warm_fraction: Share of the run in which the rate rises.
        start_divisor: The first factor is 1 / start_divisor.
        end_divisor: The last factor is the first one / end_divisor.
    """
    low, end = 1.0 / start_divisor, 1.0 / start_divisor / end_divisor
    peak = warm_fraction * updates - 1.0
    last = updates - 1.0
    if update <= peak:
        return _cosine(low, 1.0, update / peak if peak > 0 else 1.0)
    return _cosine(1.0, end, min(1.0, (update - peak) / max(1e-9, last - peak)))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * share))


def set_rates(optimiser: torch.optim.Optimizer, peaks: Iterable[float], factor: float) -> None:
    """Set each parameter group's rate to its peak times `factor`."""
    for group, peak in zip(optimiser.param_groups, peaks, strict=True):
        group["lr"] = peak * factor
