"""Rectangles of pixels."""

from collections.abc import Iterator
from typing import NamedTuple


class Rect(NamedTuple):
    """Half-open rectangle of pixels: rows y0 to y1, columns x0 to x1, ends excluded."""

    y0: int
    x0: int
    y1: int
    x1: int

    @property
    def height(self) -> int:
        """Rows, 0 when empty."""
        return max(0, self.y1 - self.y0)

    @property
    def width(self) -> int:
        """Columns, 0 when empty."""
        return max(0, self.x1 - self.x0)

    @property
    def area(self) -> int:
        """Pixels."""
        return self.height * self.width

    @property
    def empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.y1 <= self.y0 or self.x1 <= self.x0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of this rectangle in an array [H, W, ...]."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def union(self, other: "Rect") -> "Rect":
        """Smallest rectangle that holds both; an empty one counts for nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        return Rect(
            min(self.y0, other.y0),
            min(self.x0, other.x0),
            max(self.y1, other.y1),
            max(self.x1, other.x1),
        )

    def intersect(self, other: "Rect") -> "Rect":
        """The part that both hold, possibly empty."""
        y0, x0 = max(self.y0, other.y0), max(self.x0, other.x0)
        return Rect(y0, x0, max(y0, min(self.y1, other.y1)), max(x0, min(self.x1, other.x1)))

    def clip(self, height: int, width: int) -> "Rect":
        """The part inside an image of height × width px."""
        return self.intersect(Rect(0, 0, height, width))

    def blocks(self, side: int) -> Iterator["Rect"]:
        """Squares of `side` px that cover the rectangle, in reading order, cut at its edges."""
        for y in range(self.y0, self.y1, side):
            for x in range(self.x0, self.x1, side):
                yield Rect(y, x, min(y + side, self.y1), min(x + side, self.x1))

    def moved(self, down: int, right: int) -> "Rect":
        """The same size, that many px further down and to the right."""
        return Rect(self.y0 + down, self.x0 + right, self.y1 + down, self.x1 + right)

    def pad(self, margin: int) -> "Rect":
        """Grown by `margin` px on every side."""
        return Rect(self.y0 - margin, self.x0 - margin, self.y1 + margin, self.x1 + margin)
