"""A shaky hand made steady: the brush is pulled behind the pointer as by a string."""

from collections.abc import Sequence

from plantseg_gui.core.strokes import Point


class SteadyHand:
    """Smooths one stroke.

    Args:
        strength: 0: the points as they come; towards 100 the brush lags more and shakes less.
        start: Where the stroke begins, (y, x).
    """

    def __init__(self, strength: int, start: Point) -> None:
        self._keep = min(0.95, max(0, strength) / 100)
        self._at = self._last = start

    def follow(self, points: Sequence[Point]) -> list[Point]:
        """The steadied points for these."""
        steadied = []
        for y, x in points:
            self._last = (y, x)
            keep = self._keep
            self._at = (keep * self._at[0] + (1 - keep) * y, keep * self._at[1] + (1 - keep) * x)
            steadied.append(self._at)
        return steadied

    def end(self) -> list[Point]:
        """What is missing to where the pointer really is."""
        return [] if self._at == self._last else [self._last]
