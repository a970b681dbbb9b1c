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


class TimeLimit:
    """How far each update must go so that a run ends in time.

    A schedule of learning rates is made for a number of updates and ends near 0. A run that turns
    out slower than its trial leaves out updates evenly from there on: so the schedule still ends,
    only sooner, which is better than to cut it off at a high rate.

    Args:
        updates: Of this part of the run.
        least: Make no fewer than so many of them, however late it is.
    """

    # The first updates take longer, and a little over the limit is no reason to change anything.
    WARM_UP, MARGIN = 3, 1.03

    def __init__(self, updates: int, least: int = 0) -> None:
        self._updates, self._least = updates, least
        self._made = 0
        self.shortened = False

    def stride(self, at: float, each_s: float, left_s: float) -> float:
        """How many updates of the schedule the next one stands for; 1 = all of them are made.

        Args:
            at: Place of the last one in the schedule.
            each_s: Seconds that one update takes.
            left_s: Seconds that are left for this part.
        """
        self._made += 1
        left = self._updates - at - 1
        if self._made < self.WARM_UP or left < 1:
            return 1.0
        fit = max(left_s / each_s if each_s > 0 else left, self._least * left / self._updates)
        if left <= fit * (1.0 if self.shortened else self.MARGIN) + 0.5:
            return 1.0
        self.shortened = True
        return left / fit if fit >= 1 else left + 1


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
