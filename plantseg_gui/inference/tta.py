"""Test-time augmentation: the eight flips and rotations of a square tile, and their inverses."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class View(NamedTuple):
    """Rotate by `turns` × 90° counter-clockwise after an optional left-right flip."""

    turns: int
    flip: bool

    def apply(self, tile: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The tile [t, t, …] as this view shows it."""
        return np.rot90(tile[:, ::-1] if self.flip else tile, self.turns)

    def invert(self, seen: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What was found in the view, back in the tile's own pixels."""
        back = np.rot90(seen, -self.turns)
        return back[:, ::-1] if self.flip else back


IDENTITY = View(0, False)
# Ordered so that the first n views differ as much as n views can.
VIEWS = (
    IDENTITY,
    View(0, True),
    View(2, False),
    View(2, True),
    View(1, False),
    View(3, False),
    View(1, True),
    View(3, True),
)
