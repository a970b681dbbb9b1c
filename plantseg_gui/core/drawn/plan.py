"""A leaf before it is drawn: outlines and veins as curves."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from plantseg_gui.core.results import FloatArray

Move = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Vein:
    """A curve that gets thinner.

    Attributes:
        points: [n, 2] float32 x, y.
        start: Width at the first point, in the unit of the points.
        end: Width at the last point.
        order: 1 midrib or lobe vein, 2 side vein, 3 fine.
    """

    points: FloatArray
    start: float
    end: float
    order: int


@dataclass(frozen=True)
class Blade:
    """One blade or leaflet.

    Attributes:
        outline: [n, 2] float32 closed curve x, y.
        axis: [m, 2] float32 from base to tip: the fold between its halves.
        veins: Its veins, the axis among them.
    """

    outline: FloatArray
    axis: FloatArray
    veins: tuple[Vein, ...]


@dataclass(frozen=True)
class LeafPlan:
    """A whole leaf: blades, and stems that belong to it.

    Attributes:
        name: The shape's name.
        blades: Back to front.
        stems: Petiole, rachis.
        parallel: Whether veins run side by side, as in grasses, without a net between.
    """

    name: str
    blades: tuple[Blade, ...]
    stems: tuple[Vein, ...]
    parallel: bool = False

    def moved(self, move: Move, scale: float) -> "LeafPlan":
        """The plan with every point moved and every width multiplied by scale."""

        def vein(v: Vein) -> Vein:
            return replace(v, points=move(v.points), start=v.start * scale, end=v.end * scale)

        blades = tuple(
            Blade(move(b.outline), move(b.axis), tuple(vein(v) for v in b.veins))
            for b in self.blades
        )
        return replace(self, blades=blades, stems=tuple(vein(s) for s in self.stems))

    def points(self) -> FloatArray:
        """[n, 2] every outline point."""
        return np.concatenate([blade.outline for blade in self.blades])


def rotated(points: FloatArray, degrees: float) -> FloatArray:
    """Points [n, 2] turned about the origin."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin], [-sin, cos]], np.float32)
    return np.asarray(points @ turn, np.float32)


def bent(points: FloatArray, amount: float) -> FloatArray:
    """Points [n, 2] with the x axis curved into a parabola of height `amount` at x = 0 and 1."""
    shifted = points.copy()
    shifted[:, 1] += np.float32(amount) * (2.0 * points[:, 0] - 1.0) ** 2
    return shifted
