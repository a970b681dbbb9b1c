"""The lasso: draw around an area with the button down; it closes on release."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.document import Document
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.area import AreaTool
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.path import extend_path
from plantseg_gui.ui.tools.sketch import Line, Sketch


class LassoTool(AreaTool):
    """Collects the points of one drag."""

    name: ClassVar[str] = "lasso"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._points: list[Point] = []
        self._hand = PLAIN

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._document is not None

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin the outline; the keys held now say how the area meets the lesions."""
        self._document, self._points, self._hand = document, [point], hand

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Go on with it."""
        if self._document is None:
            return
        extend_path(self._points, points, hand.screen_px)
        role = self.role(self._hand)
        back = Line([self._points[-1], self._points[0]], role, dashed=True)
        self.show(Sketch([Line(self._points, role), back]))

    def release(self) -> bool:
        """Close and paint."""
        document, points = self._document, self._points
        self.abort()
        if document is None or len(points) < 3:
            return False
        return self.paint_outline(document, points, self._hand)

    def abort(self) -> None:
        """Forget the outline."""
        self._document, self._points = None, []
        self.show()
