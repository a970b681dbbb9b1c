"""What a tool shows over the photo while it works, before anything is painted. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.strokes import Point


class Role(StrEnum):
    """What a line or an area stands for; the canvas gives it its colour."""

    PLAIN = "plain"
    LESION = "lesion"
    HEALTHY = "healthy"


@dataclass(frozen=True)
class Line:
    """A line through points, (y, x) in photo px.

    Attributes:
        points: At least 2.
        role: Its colour.
        closed: Whether it ends where it begins.
        dashed: Whether it is only what would be.
        width_px: Photo px, for strokes that are as wide as a brush; 0: thin at every zoom.
    """

    points: Sequence[Point]
    role: Role = Role.PLAIN
    closed: bool = False
    dashed: bool = False
    width_px: float = 0.0


@dataclass(frozen=True, eq=False)
class Area:
    """Pixels that would be painted.

    Attributes:
        rect: Where, inside the photo.
        mask: [h, w] bool of it.
        role: Its colour.
    """

    rect: Rect
    mask: BoolArray
    role: Role = Role.LESION


@dataclass(frozen=True, eq=False)
class Sketch:
    """All of it.

    Attributes:
        lines: Drawn in their order.
        areas: Drawn below the lines.
        handles: Points that can be gripped or that close the shape, (y, x) in photo px.
    """

    lines: Sequence[Line] = field(default=())
    areas: Sequence[Area] = field(default=())
    handles: Sequence[Point] = field(default=())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.lines or self.areas or self.handles)


NOTHING = Sketch()
