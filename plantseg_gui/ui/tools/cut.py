"""Cut: draw a line across a lesion; what it parts becomes lesions of their own."""

from collections.abc import Sequence
from typing import ClassVar

from plantseg_gui.core.cutting import cut_lesions, lesions_under
from plantseg_gui.core.document import Document
from plantseg_gui.core.judging import part_lesions
from plantseg_gui.core.region_change import count_change
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.line import LineTool


class CutTool(LineTool):
    """Cuts every lesion that the line runs right across."""

    name: ClassVar[str] = "cut"

    def apply(self, document: Document, path: Sequence[Point]) -> bool:
        """Cut along the line."""
        labels = document.labels.array
        try:
            change = cut_lesions(labels, path)
        except ValueError as error:
            self.said.emit(f"Not cut: {error}.")
            return False
        # Counted before: the change is written into the same array.
        concerned = count_change(labels, change).lesions
        if part_lesions(document, "Cut lesion", change) is None:
            self.said.emit(
                "Nothing cut: draw the line right across, beyond the edge on both sides."
                if lesions_under(labels, path)
                else "Nothing cut: there is no lesion under the line."
            )
            return False
        self.said.emit(f"Cut: {concerned} lesions now where the line was drawn.")
        return True
