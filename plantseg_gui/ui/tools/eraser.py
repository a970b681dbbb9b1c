"""The eraser: a brush that paints healthy."""

from typing import ClassVar

from plantseg_gui.ui.tools.brush import BrushTool, PaintMode


class EraserTool(BrushTool):
    """Says of pixels that they are healthy."""

    name: ClassVar[str] = "eraser"

    def mode(self) -> PaintMode:
        """Always healthy."""
        return "healthy"
