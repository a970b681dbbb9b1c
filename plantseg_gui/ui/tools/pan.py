"""The hand: the left button moves the photo, as space and the middle button do in every tool."""

from typing import ClassVar

from plantseg_gui.ui.tools.base import Tool


class PanTool(Tool):
    """Changes nothing in the document."""

    name: ClassVar[str] = "pan"
    pans: ClassVar[bool] = True
