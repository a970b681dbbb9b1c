"""Merge: drag over lesions; they become one, with the number of the first."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.cutting import lesions_under
from plantseg_gui.core.document import Document
from plantseg_gui.core.region_change import lesion_boxes
from plantseg_gui.core.regions import merge_lesions
from plantseg_gui.ui.tools.base import PLAIN, Hand, Point, ToolSettings
from plantseg_gui.ui.tools.line import LineTool
from plantseg_gui.ui.tools.sketch import Area, Line, Role, Sketch


class MergeTool(LineTool):
    """Joins what the line runs over."""

    name: ClassVar[str] = "merge"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        # What is lit already: each lesion is looked for once.
        self._lit: dict[int, Area] = {}

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin with the lesion here."""
        super().press(document, point, hand)
        self.show(self.drawn(document, self._path))

    def abort(self) -> None:
        """Forget the line."""
        self._lit = {}
        super().abort()

    def drawn(self, document: Document, path: Sequence[Point]) -> Sketch:
        """The line, and the lesions that it has met."""
        labels = document.labels.array
        for lesion in lesions_under(labels, path):
            if lesion not in self._lit:
                ((_, box),) = lesion_boxes(labels, lesion)
                self._lit[lesion] = Area(box, labels[box.slices] == lesion, Role.LESION)
        lines = [Line(path, Role.PLAIN)] if len(path) > 1 else []
        return Sketch(lines, list(self._lit.values()))

    def apply(self, document: Document, path: Sequence[Point]) -> bool:
        """Join them."""
        ids = lesions_under(document.labels.array, path)
        if len(ids) < 2:
            self.said.emit("Nothing to merge: drag from one lesion over at least one other.")
            return False
        change = merge_lesions(document.labels.array, ids)
        self.said.emit(f"{len(ids)} lesions are one now.")
        return document.apply_region("Merge lesions", *change) is not None
