"""How long a run will still take, from what its parts have taken so far."""

from plantseg_gui.training.guards import Pace

# An update of all layers against one with the encoder frozen: measured 1.4 to 2.2 (CPU, Lite2, B2).
FREE_RATIO = 1.8


class RunEta:
    """Time left of a run with two kinds of updates and some evaluations.

    Args:
        updates: Of the run.
        frozen_updates: The first ones, with the encoder frozen.
        evaluations: Numbers of updates after which it is evaluated.
        free_ratio: How much longer an update of all layers takes, where a trial has measured it.
    """

    def __init__(
        self,
        updates: int,
        frozen_updates: int,
        evaluations: set[int],
        free_ratio: float = FREE_RATIO,
    ) -> None:
        self._updates = updates
        self._frozen_updates = min(frozen_updates, updates)
        self._evaluations = evaluations
        self._free_ratio = free_ratio
        self._frozen, self._free, self._evaluation = Pace(), Pace(), Pace()

    @property
    def seconds_per_update(self) -> float:
        """Of the kind that is being made; 0 before the first."""
        return self._free.seconds or self._frozen.seconds

    def add_update(self, number: int, seconds: float) -> None:
        """Update `number` (0-based) took so long."""
        (self._frozen if number < self._frozen_updates else self._free).add(seconds)

    def add_evaluation(self, seconds: float) -> None:
        """An evaluation took so long."""
        self._evaluation.add(seconds)

    def left(self, done: int) -> float:
        """Seconds after `done` finished updates."""
        free_s = self._free.seconds or self._frozen.seconds * self._free_ratio
        frozen = max(0, self._frozen_updates - done)
        free = self._updates - max(done, self._frozen_updates)
        evaluations = sum(point > done for point in self._evaluations)
        return (
            frozen * self._frozen.seconds + free * free_s + evaluations * self._evaluation.seconds
        )
