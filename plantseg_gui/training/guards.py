"""Watches over a training run: a loss that rises, and its pace.

Memory is watched by `inference.memory`, stalls by `core.stall`, as in the rest of the program.
"""

from collections.abc import Sequence


class LossWatch:
    """Notices a training that gets worse instead of better.

    Args:
        losses: What an earlier process has seen.
    """

    FIRST, LAST, WORSE = 6, 8, 1.25
    # A model that fits well already begins near 0, where harder crops alone make the loss 1.25
    # times as high.
    MARGIN = 0.1

    def __init__(self, losses: Sequence[float] = ()) -> None:
        self.losses = list(losses)

    def add(self, loss: float) -> None:
        """The loss of one update; only the first and the last few are kept."""
        self.losses.append(loss)
        if len(self.losses) > self.FIRST + self.LAST:
            del self.losses[self.FIRST]

    @property
    def astray(self) -> bool:
        """Whether the last losses are clearly higher than the first, or no numbers."""
        if len(self.losses) < self.FIRST + self.LAST:
            return False
        first, last = self.losses[: self.FIRST], self.losses[self.FIRST :]
        begun, now = sum(first) / len(first), sum(last) / len(last)
        return not now <= max(self.WORSE * begun, begun + self.MARGIN)


class Pace:
    """Seconds per update, smoothed, and the time that is left."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._count = 0

    def add(self, seconds: float) -> None:
        """One update took so long."""
        self._count += 1
        share = max(1 / self._count, 0.05)
        self.seconds += (seconds - self.seconds) * share

    def left(self, updates: int) -> float:
        """Seconds for `updates` more."""
        return self.seconds * max(0, updates)
