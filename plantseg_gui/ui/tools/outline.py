"""Redraw a stretch of outline: drag from one point of a lesion's edge to another."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.document import Document
from plantseg_gui.core.redraw import lesion_near, redraw_outline
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool, ToolSettings
from plantseg_gui.ui.tools.path import extend_path
from plantseg_gui.ui.tools.sketch import Line, Role, Sketch

# How near the edge a drag must begin, in screen px.
_REACH_PX = 16.0


class OutlineTool(Tool):
    """The path of one drag replaces the stretch between its ends."""

    name: ClassVar[str] = "outline"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._lesion = 0
        self._path: list[Point] = []

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._document is not None

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Take hold of the nearest lesion."""
        reach = max(2.0, _REACH_PX * hand.screen_px)
        self._lesion = lesion_near(document.labels.array, *point, reach)
        self._document, self._path = document, [point]
        if not self._lesion:
            self.said.emit("No lesion near: begin at the edge of the lesion to redraw.")

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Go on with the path."""
        if self._document is not None and self._lesion:
            extend_path(self._path, points, hand.screen_px)
            ends = [self._path[0], self._path[-1]]
            self.show(Sketch([Line(self._path, Role.LESION)], handles=ends))

    def release(self) -> bool:
        """Replace the stretch: one undo step."""
        document, lesion, path = self._document, self._lesion, self._path
        self.abort()
        if document is None or not lesion or len(path) < 2:
            return False
        change = redraw_outline(document.labels.array, lesion, path)
        if change is None:
            self.said.emit("The outline is as it was.")
            return False
        return document.apply_region("Redraw outline", *change) is not None

    def abort(self) -> None:
        """Forget the path."""
        self._document, self._path, self._lesion = None, [], 0
        self.show()
