"""All tools of the canvas, spelled out."""

from typing import NamedTuple

from plantseg_gui.ui.tools.base import Tool, ToolSettings
from plantseg_gui.ui.tools.brush import BrushTool
from plantseg_gui.ui.tools.cut import CutTool
from plantseg_gui.ui.tools.eraser import EraserTool
from plantseg_gui.ui.tools.fill import FillTool
from plantseg_gui.ui.tools.lasso import LassoTool
from plantseg_gui.ui.tools.merge import MergeTool
from plantseg_gui.ui.tools.outline import OutlineTool
from plantseg_gui.ui.tools.pan import PanTool
from plantseg_gui.ui.tools.polygon import PolygonTool
from plantseg_gui.ui.tools.rectangle import RectangleTool
from plantseg_gui.ui.tools.scissors import ScissorsTool
from plantseg_gui.ui.tools.scribble import ScribbleTool
from plantseg_gui.ui.tools.smart_click import SmartClickTool
from plantseg_gui.ui.tools.wand import WandTool


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


_PAINT_HINT = (
    "Shift + wheel: size. Shift + drag: straight line. Space + drag: move the photo. Esc: take the "
    "stroke back."
)
_AREA_HINT = "Shift adds, Alt subtracts, both intersect."

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
            PolygonTool,
            "Polygon",
            "polygon",
            "P",
            "Enclose an area corner by corner",
            "Click corners, or drag freehand between them; Enter, a double click or a click on the "
            f"first corner closes. Backspace: one corner back. {_AREA_HINT}",
        ),
        ToolSpec(
            LassoTool,
            "Lasso",
            "lasso",
            "L",
            "Draw around an area",
            f"Drag around the area; it closes when you let go. {_AREA_HINT}",
        ),
        ToolSpec(
            RectangleTool,
            "Rectangle",
            "rectangle",
            "R",
            "Enclose an area by a rectangle",
            f"Drag from corner to corner. {_AREA_HINT}",
        ),
        ToolSpec(
            ScissorsTool,
            "Scissors",
            "scissors",
            "C",
            "Enclose an area along its strongest edge",
            "Click along the edge; the line follows it. Enter, a double click or a click on the "
            f"first point closes. Backspace: one point back. {_AREA_HINT}",
        ),
        ToolSpec(
            WandTool,
            "Wand",
            "wand",
            "W",
            "Paint what has the colour under the pointer",
            "Click or Enter paints what is lit. Drag, or Shift + wheel: tolerance. Alt subtracts.",
        ),
        ToolSpec(
            FillTool,
            "Fill",
            "fill",
            "G",
            "Fill an enclosed area, or give a whole area another label",
            "Click into the area; what is filled joins the lesion around it. Alt makes healthy.",
        ),
        ToolSpec(
            CutTool,
            "Cut",
            "cut",
            "X",
            "Cut a lesion in two",
            "Drag a line right across the lesion; each part becomes a lesion of its own.",
        ),
        ToolSpec(
            MergeTool,
            "Merge",
            "merge",
            "M",
            "Join several lesions into one",
            "Drag over the lesions; they become one, with the number of the first.",
        ),
        ToolSpec(
            OutlineTool,
            "Redraw edge",
            "outline",
            "O",
            "Draw a stretch of a lesion's edge anew",
            "Drag from one point of a lesion's edge to another; the stretch between is replaced.",
        ),
        ToolSpec(
            ScribbleTool,
            "Scribble",
            "scribble",
            "F",
            "A few strokes teach the network what is lesion in this photo",
            "Drag over lesion; right button or Alt: over healthy. Yellow becomes lesion, green "
            "becomes healthy. Enter takes the proposal, Esc the last stroke back, Esc again all.",
        ),
        ToolSpec(
            SmartClickTool,
            "Smart click",
            "smart-click",
            "Q",
            "Click a lesion to take it whole",
            "Click a lesion to add it; drag right before letting go for more, left for less. "
            "Right click takes it away. Shift joins it to the lesion there; Shift + Alt trims.",
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
