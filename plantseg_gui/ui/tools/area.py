"""Base of the tools that paint an area: polygon, lasso, rectangle, wand and scissors end alike."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.areas import Operation, paint_area
from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.polygon import polygon_mask
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool
from plantseg_gui.ui.tools.options import LIMITS, OPERATION, Option
from plantseg_gui.ui.tools.sketch import Role

_DONE = {
    Operation.ADD: "Area added.",
    Operation.SUBTRACT: "Area taken away.",
    Operation.INTERSECT: "Only what lies inside was kept.",
}
_NOTHING = {
    Operation.ADD: "Nothing to add: the area is lesion already, or outside the limits.",
    Operation.SUBTRACT: "Nothing to take away: there is no lesion in the area that may change.",
    Operation.INTERSECT: "Nothing to cut: the area touches no lesion that reaches outside it.",
}


class AreaTool(Tool):
    """Puts an area onto the labels and says what came of it.

    Attributes:
        joins_touching: Whether an added area that overlaps no lesion joins one that it touches.
    """

    joins_touching: ClassVar[bool] = False
    options: ClassVar[tuple[Option, ...]] = (OPERATION, *LIMITS)

    def paint_outline(self, document: Document, points: Sequence[Point], hand: Hand) -> bool:
        """Paint a closed outline; whether the document was changed."""
        return self.paint(document, *polygon_mask(points, document.labels.shape), hand)

    def paint(self, document: Document, rect: Rect, mask: BoolArray, hand: Hand = PLAIN) -> bool:
        """Paint the pixels `mask` [h, w] bool of `rect`; whether the document was changed."""
        operation = self.operation(hand)
        try:
            edit: Edit | None = paint_area(
                document,
                rect,
                mask,
                operation,
                unsure=self.settings.paint == "unsure",
                limits=self.limits(),
                join_touching=self.joins_touching,
            )
        except ValueError as error:
            self.said.emit(f"Not painted: {error}.")
            return False
        self.said.emit((_NOTHING if edit is None else _DONE)[operation])
        return edit is not None

    def role(self, hand: Hand) -> Role:
        """The colour of what is being drawn."""
        return Role.LESION if self.operation(hand) is Operation.ADD else Role.HEALTHY
