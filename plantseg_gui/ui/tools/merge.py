"""Merge: drag over lesions; they become one, with the number of the first."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.cutting import lesions_under
from plantseg_gui.core.document import Document
from plantseg_gui.core.judging import merge_lesions
from plantseg_gui.core.region_change import lesion_boxes
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.line import LineTool
from plantseg_gui.ui.tools.sketch import Area, Line, Role, Sketch


class MergeTool(LineTool):
    """Joins what the line runs over."""

    name: ClassVar[str] = "merge"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        # What the line has met, in this order: each lesion is looked for once.
        self._lit: dict[int, Area] = {}

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin with the lesion here."""
        super().press(document, point, hand)
        self._meet(document, [point])
        self.show(self.drawn(document, self._path))

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Go on over more of them."""
        if self._document is not None:
            self._meet(self._document, [self._path[-1], *points])
        super().move(points, hand)

    def abort(self) -> None:
        """Forget the line."""
        self._lit = {}
        super().abort()

    def drawn(self, document: Document, path: Sequence[Point]) -> Sketch:
        """The line, and the lesions that it has met."""
        lines = [Line(path, Role.PLAIN)] if len(path) > 1 else []
        return Sketch(lines, list(self._lit.values()))

    def apply(self, document: Document, path: Sequence[Point]) -> bool:
        """Join them."""
        # Looked for again: a prediction may have come while the line was drawn.
        labels = document.labels.array
        boxes = dict(found for lesion in self._lit for found in lesion_boxes(labels, lesion))
        if merge_lesions(document, boxes, next(iter(boxes), 0)) is None:
            self.said.emit("Nothing to merge: drag from one lesion over at least one other.")
            return False
        self.said.emit(f"{len(boxes)} lesions are one now.")
        return True

    def _meet(self, document: Document, path: Sequence[Point]) -> None:
        labels = document.labels.array
        for lesion in lesions_under(labels, path):
            if lesion not in self._lit:
                ((_, box),) = lesion_boxes(labels, lesion)
                self._lit[lesion] = Area(box, labels[box.slices] == lesion, Role.LESION)
