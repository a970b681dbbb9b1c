"""The brush: paints lesion or unsure; the first dab appears on press."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from plantseg_gui.core.document import Document
from plantseg_gui.core.painting import StrokePainter
from plantseg_gui.core.strokes import stroke_mask
from plantseg_gui.ui.tools.base import Point, Tool, ToolSettings

PaintMode = Literal["lesion", "healthy", "unsure"]


class BrushTool(Tool):
    """Paints what the settings say."""

    name: ClassVar[str] = "brush"

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._painter: StrokePainter | None = None
        # numpy loads a part of itself at the first stroke: 30 ms, better now than under the hand.
        stroke_mask([(0.0, 0.0)], 1.0, (4, 4))

    @property
    def outline_px(self) -> int | None:
        """See `Tool.outline_px`."""
        return self.settings.brush_px

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._painter is not None

    def mode(self) -> PaintMode:
        """What this stroke paints."""
        return "unsure" if self.settings.paint == "unsure" else "lesion"

    def press(self, document: Document, point: Point, *, erase: bool = False) -> None:
        """Begin a stroke with a dab."""
        mode: PaintMode = "healthy" if erase else self.mode()
        # A stamp of radius r is 2r + 1 px wide: the middle pixel counts once.
        radius = (self.settings.brush_px - 1) / 2
        self._painter = StrokePainter(document, mode, radius, "round")
        self._painter.press(*point)

    def move(self, points: Sequence[Point]) -> None:
        """Paint through `points` in one go."""
        if self._painter is not None and points:
            self._painter.move(points)

    def release(self) -> bool:
        """End the stroke: one undo step."""
        painter, self._painter = self._painter, None
        return painter is not None and painter.release() is not None

    def abort(self) -> None:
        """Take the stroke back."""
        painter, self._painter = self._painter, None
        if painter is not None:
            painter.abort()

    def resize(self, direction: int) -> None:
        """Make the brush larger or smaller."""
        self.settings.step_brush(direction)
