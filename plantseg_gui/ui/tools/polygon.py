"""The polygon: each click sets a corner, a click on the first one, Enter or a double click closes.

Dragging with the button down draws the outline freehand between two corners.
"""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.document import Document
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.clicked import ClickedAreaTool
from plantseg_gui.ui.tools.path import distance
from plantseg_gui.ui.tools.sketch import Line, Sketch

# Dragging sets a corner every so many screen px.
_FREEHAND_PX = 4.0


class PolygonTool(ClickedAreaTool):
    """Collects corners."""

    name: ClassVar[str] = "polygon"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._corners: list[Point] = []
        # How many corners stood at each press, so that Backspace takes a freehand stretch at once.
        self._marks: list[int] = []

    @property
    def open(self) -> bool:
        """See `Tool.open`."""
        return bool(self._corners)

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Set a corner, or close."""
        if document is not self._document:
            self._document, self._corners, self._marks = document, [], []
        self.pressed(self._corners, 3, point, hand)
        if self._placed:
            self._marks.append(len(self._corners))
            self._corners.append(point)
        self._draw()

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Draw freehand."""
        if not self._pressed or self._closing:
            return
        for point in points:
            if distance(point, self._corners[-1]) >= _FREEHAND_PX * hand.screen_px:
                self._corners.append(point)
        self._draw()

    def hover(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Show the side that the next click would set."""
        if self._corners and document is self._document:
            self._hand = hand
            self._draw(point)

    def finish(self) -> bool:
        """Close and paint."""
        document, corners = self._document, self._corners
        self.cancel()
        if document is None or not corners:
            return False
        if len(corners) < 3:
            self.said.emit("A polygon needs three corners.")
            return False
        return self.paint_outline(document, corners, self._hand)

    def cancel(self) -> None:
        """Forget the corners."""
        self._document, self._corners, self._marks = None, [], []
        self._pressed = self._closing = False
        self.show()

    def step_back(self) -> None:
        """Take the last corner, or freehand stretch, back."""
        if self._marks:
            del self._corners[self._marks.pop() :]
        self._draw()

    def settle(self) -> bool:
        """A polygon that could be closed is closed: the work would be missed."""
        return len(self._corners) >= 3 and self.finish()

    def _draw(self, to: Point | None = None) -> None:
        corners = self._corners
        if not corners:
            self.show()
            return
        role = self.role(self._hand)
        lines = [Line(corners, role)] if len(corners) > 1 else []
        if to is not None:
            ahead = [corners[-1], to, corners[0]] if len(corners) > 1 else [corners[-1], to]
            lines.append(Line(ahead, role, dashed=True))
        self.show(Sketch(lines, handles=[corners[m] for m in self._marks if m < len(corners)]))
