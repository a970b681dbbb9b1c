"""Smart scissors: click anchors along a lesion's edge; the path between follows the strongest edge.

A click on the first anchor, a double click or Enter closes and fills.
"""

from itertools import chain
from typing import ClassVar

from plantseg_gui.core.document import Document
from plantseg_gui.core.scissors import Scissors
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.clicked import ClickedAreaTool
from plantseg_gui.ui.tools.sketch import Line, Sketch


class ScissorsTool(ClickedAreaTool):
    """Collects anchors and the paths between them."""

    name: ClassVar[str] = "scissors"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._scissors: Scissors | None = None
        self._anchors: list[Point] = []
        self._paths: list[list[Point]] = []

    @property
    def open(self) -> bool:
        """See `Tool.open`."""
        return bool(self._anchors)

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Set an anchor, or close."""
        if document is not self._document or self._scissors is None:
            self.cancel()
            self._document, self._scissors = document, Scissors(document.image)
        self.pressed(self._anchors, 2, point, hand)
        if not self._placed:
            return
        # On the photo, wherever the click was.
        anchor = (
            min(max(point[0], 0.0), document.height - 0.5),
            min(max(point[1], 0.0), document.width - 0.5),
        )
        if self._anchors:
            self._paths.append(self._scissors.path_to(*anchor))
        self._anchors.append(anchor)
        self._scissors.anchor(*anchor)
        self._draw()

    def hover(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Show the path that the next click would take."""
        if self._scissors is not None and self._anchors and document is self._document:
            self._hand = hand
            at_first = len(self._anchors) >= 2 and self.at_first(self._anchors, point, hand)
            self._draw(self._scissors.path_to(*(self._anchors[0] if at_first else point)))

    def finish(self) -> bool:
        """Close along the edge and fill."""
        document, scissors, anchors = self._document, self._scissors, self._anchors
        if document is None or scissors is None or len(anchors) < 2:
            self.cancel()
            self.said.emit("The scissors need two anchors at least.")
            return False
        back = scissors.path_to(*anchors[0])
        outline = list(chain.from_iterable([*self._paths, back]))
        self.cancel()
        return self.paint_outline(document, outline, self._hand)

    def cancel(self) -> None:
        """Forget the anchors."""
        self._document = self._scissors = None
        self._anchors, self._paths = [], []
        self._pressed = self._closing = False
        self.show()

    def step_back(self) -> None:
        """Take the last anchor back."""
        if self._anchors:
            self._anchors.pop()
        if self._paths:
            self._paths.pop()
        if self._anchors and self._scissors is not None:
            self._scissors.anchor(*self._anchors[-1])
        self._draw()

    def settle(self) -> bool:
        """An outline that could be closed is closed: the work would be missed."""
        return len(self._anchors) >= 3 and self.finish()

    def _draw(self, live: list[Point] | None = None) -> None:
        role = self.role(self._hand)
        lines = [Line(path, role) for path in self._paths]
        if live is not None:
            lines.append(Line(live, role))
            if self._paths:
                lines.append(Line([live[-1], self._anchors[0]], role, dashed=True))
        self.show(Sketch(lines, handles=list(self._anchors)))
