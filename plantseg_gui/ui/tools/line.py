"""Base of the tools that draw a line over lesions: cutting and merging."""

from collections.abc import Sequence

from plantseg_gui.core.document import Document
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool, ToolSettings
from plantseg_gui.ui.tools.path import extend_path
from plantseg_gui.ui.tools.sketch import Line, Role, Sketch


class LineTool(Tool):
    """Collects the points of one drag and hands them to `apply`."""

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._path: list[Point] = []

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._document is not None

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin the line."""
        self._document, self._path = document, [point]

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Go on with it."""
        if self._document is not None:
            extend_path(self._path, points, hand.screen_px)
            self.show(self.drawn(self._document, self._path))

    def release(self) -> bool:
        """Do it: one undo step."""
        try:
            return self._document is not None and self.apply(self._document, self._path)
        finally:
            self.abort()

    def abort(self) -> None:
        """Forget the line."""
        self._document, self._path = None, []
        self.show()

    def drawn(self, document: Document, path: Sequence[Point]) -> Sketch:
        """What to show while the line is drawn."""
        return Sketch([Line(path, Role.PLAIN)])

    def apply(self, document: Document, path: Sequence[Point]) -> bool:
        """The line is drawn; whether the document was changed."""
        return False
