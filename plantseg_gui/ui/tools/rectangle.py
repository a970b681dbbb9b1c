"""The rectangle: drag from one corner to the other."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.area import AreaTool
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.sketch import Line, Sketch


class RectangleTool(AreaTool):
    """Two corners."""

    name: ClassVar[str] = "rectangle"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._from: Point = (0.0, 0.0)
        self._to: Point | None = None
        self._hand = PLAIN

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._document is not None

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """The first corner; the keys held now say how the area meets the lesions."""
        self._document, self._from, self._to, self._hand = document, point, None, hand

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """The other corner."""
        if self._document is None or not points:
            return
        self._to = points[-1]
        (y0, x0), (y1, x1) = self._from, self._to
        corners = [(y0, x0), (y0, x1), (y1, x1), (y1, x0)]
        self.show(Sketch([Line(corners, self.role(self._hand), closed=True)]))

    def release(self) -> bool:
        """Paint it."""
        document, start, end = self._document, self._from, self._to
        self.abort()
        if document is None or end is None:
            return False
        (y0, y1), (x0, x1) = sorted((start[0], end[0])), sorted((start[1], end[1]))
        rect = Rect(int(y0 // 1), int(x0 // 1), int(y1 // 1) + 1, int(x1 // 1) + 1)
        rect = rect.clip(*document.labels.shape)
        return self.paint(document, rect, np.ones((rect.height, rect.width), bool), self._hand)

    def abort(self) -> None:
        """Forget it."""
        self._document = self._to = None
        self.show()
