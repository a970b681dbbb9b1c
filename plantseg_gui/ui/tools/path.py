"""The path of a drag: what a mouse of 1000 Hz says, without the points that nobody can see."""

from collections.abc import Sequence
from math import hypot

from plantseg_gui.core.strokes import Point


def distance(one: Point, other: Point) -> float:
    """Between two points."""
    return hypot(one[0] - other[0], one[1] - other[1])


def extend_path(path: list[Point], points: Sequence[Point], step_px: float) -> None:
    """Go on with a path through more points, in place.

    Args:
        path: Where it went so far; not empty.
        points: Where it goes on, (y, x).
        step_px: Points nearer than this to the one before are left out, but never the last.
    """
    for point in points:
        # The newest point is always there; it stays once it is far enough away.
        if len(path) > 1 and distance(path[-2], path[-1]) < step_px:
            path[-1] = point
        else:
            path.append(point)
