"""What a tool of the canvas is: it gets points in photo pixels and works on the document.

To add a tool: 1. a file here with a subclass of `Tool`; 2. a line in `registry.TOOLS`; 3. its
action in `ui/actions.py` and its key in `ui/shortcuts.py`; the registry's test checks the rest.
"""

from collections.abc import Sequence
from typing import ClassVar, Protocol

from plantseg_gui.core.document import Document

Point = tuple[float, float]


class ToolSettings(Protocol):
    """What tools read and change; `ui.view_state.ViewState` is one."""

    @property
    def brush_px(self) -> int:
        """Diameter of brush and eraser, photo px."""

    @property
    def paint(self) -> str:
        """What the brush paints: "lesion" or "unsure"."""

    def step_brush(self, direction: int) -> None:
        """Make the brush larger (1) or smaller (-1)."""


class Tool:
    """Base of all tools; does nothing.

    The canvas calls `press`, any number of `move`, then `release` or `abort`. Points are (y, x) in
    photo px, the first pixel spanning 0 to 1, and may lie outside the photo.

    Attributes:
        name: Key in the registry and name of the action.
        pans: Whether the left button moves the photo.
    """

    name: ClassVar[str] = ""
    pans: ClassVar[bool] = False

    def __init__(self, settings: ToolSettings) -> None:
        self.settings = settings

    @property
    def outline_px(self) -> int | None:
        """Diameter of the outline at the pointer, photo px; None for the plain pointer."""
        return None

    @property
    def active(self) -> bool:
        """Whether a stroke is being drawn."""
        return False

    def press(self, document: Document, point: Point, *, erase: bool = False) -> None:
        """The button went down.

        Args:
            document: What to work on.
            point: Where.
            erase: The other end of the pen is used.
        """

    def move(self, points: Sequence[Point]) -> None:
        """The pointer went through these points since the last call."""

    def release(self) -> bool:
        """The button went up; whether the document was changed."""
        return False

    def abort(self) -> None:
        """Take back what was done since `press`."""

    def resize(self, direction: int) -> None:
        """Shift + wheel: larger (1) or smaller (-1)."""
