"""All tools of the canvas, spelled out."""

from typing import NamedTuple

from plantseg_gui.ui.tools.base import Tool, ToolSettings
from plantseg_gui.ui.tools.brush import BrushTool
from plantseg_gui.ui.tools.eraser import EraserTool
from plantseg_gui.ui.tools.pan import PanTool


class ToolSpec(NamedTuple):
    """A tool as a person meets it.

    Attributes:
        kind: Its class.
        title: Its name.
        icon: File name in resources/icons without ".svg".
        shortcut: Its key.
        tooltip: What it does, in one plain sentence.
        hint: For the status bar while it is chosen: what the mouse does.
    """

    kind: type[Tool]
    title: str
    icon: str
    shortcut: str
    tooltip: str
    hint: str

    @property
    def name(self) -> str:
        """Its key in `TOOLS`."""
        return self.kind.name


_PAINT_HINT = "Shift + wheel: size. Space + drag: move the photo. Esc: take the stroke back."

TOOLS: dict[str, ToolSpec] = {
    spec.kind.name: spec
    for spec in (
        ToolSpec(
            BrushTool,
            "Brush",
            "brush",
            "B",
            "Paint lesion",
            f"Drag to paint; a stroke joins the lesion that it touches most. {_PAINT_HINT}",
        ),
        ToolSpec(
            EraserTool,
            "Eraser",
            "eraser",
            "E",
            "Paint healthy",
            f"Drag over what is healthy. {_PAINT_HINT}",
        ),
        ToolSpec(
            PanTool,
            "Move",
            "pan",
            "V",
            "Move the photo with the left button",
            "Drag to move the photo. Wheel: zoom at the pointer.",
        ),
    )
}


def make_tool(name: str, settings: ToolSettings) -> Tool:
    """A tool that works with these settings.

    Raises:
        KeyError: no tool has this name.
    """
    return TOOLS[name].kind(settings)
