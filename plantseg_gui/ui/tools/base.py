"""What a tool of the canvas is: it gets points in photo pixels and works on the document.

To add a tool: 1. a file here with a subclass of `Tool`; 2. a line in `registry.TOOLS`; 3. its
action in `ui/acts/tools.py`, with its key; the registry's test checks the rest.

A tool that paints while the button is down needs `press`, `move`, `release` and `abort`. One that
is built up by several clicks is `open` in between: then Enter or a double click is `finish`, Esc
`cancel`, Backspace `step_back`; `settle` comes before everything is saved. What it shows meanwhile
is its `sketch`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from plantseg_gui.core.areas import Operation
from plantseg_gui.core.document import Document
from plantseg_gui.core.events import Signal
from plantseg_gui.core.limits import PaintLimits
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.options import KEEP_TOUCHED, ON_LEAF, OPERATION, Option, Value
from plantseg_gui.ui.tools.sketch import NOTHING, Sketch


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

    def option(self, option: Option) -> Any:
        """What is set; of the type of the option's default."""

    def set_option(self, option: Option, value: Value) -> None:
        """Set it."""


@dataclass(frozen=True)
class Hand:
    """How the pointer is held.

    Attributes:
        erase: The other end of the pen is used.
        right: The right button is down.
        double: The press is the second of a double click.
        shift: The key is held.
        alt: The key is held.
        pressure: Of the pen, 0 to 1; 1 for a mouse.
        screen_px: How many photo px one screen pixel is wide.
    """

    erase: bool = False
    right: bool = False
    double: bool = False
    shift: bool = False
    alt: bool = False
    pressure: float = 1.0
    screen_px: float = 1.0


PLAIN = Hand()


class Tool:
    """Base of all tools; does nothing.

    The canvas calls `press`, any number of `move`, then `release` or `abort`; without a button,
    `hover`. Points are (y, x) in photo px, the first pixel spanning 0 to 1, and may lie outside the
    photo.

    Attributes:
        name: Key in the registry and name of the action.
        pans: Whether the left button moves the photo.
        takes_right: Whether the right button works too, as `Hand.right`.
        uses_brush: Whether the brush's size and what it paints matter.
        options: What a person can set, for the panel.
        sketched: Signal(), `sketch` changed.
        said: Signal(text: str), a sentence for the status bar.
    """

    name: ClassVar[str] = ""
    pans: ClassVar[bool] = False
    takes_right: ClassVar[bool] = False
    uses_brush: ClassVar[bool] = False
    options: ClassVar[tuple[Option, ...]] = ()

    def __init__(self, settings: ToolSettings) -> None:
        self.settings = settings
        self.sketched, self.said = Signal(), Signal()
        self._sketch = NOTHING

    @property
    def outline_px(self) -> int | None:
        """Diameter of the outline at the pointer, photo px; None for the plain pointer."""
        return None

    @property
    def active(self) -> bool:
        """Whether a stroke is being drawn."""
        return False

    @property
    def open(self) -> bool:
        """Whether something unfinished waits for Enter, Esc or another click."""
        return False

    @property
    def sketch(self) -> Sketch:
        """What to show over the photo."""
        return self._sketch

    def show(self, sketch: Sketch = NOTHING) -> None:
        """Change `sketch`."""
        if not (sketch.empty and self._sketch.empty):
            self._sketch = sketch
            self.sketched.emit()

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """A button went down.

        Args:
            document: What to work on.
            point: Where.
            hand: How.
        """

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """The pointer went through these points since the last call, with a button down."""

    def release(self) -> bool:
        """The button went up; whether the document was changed."""
        return False

    def abort(self) -> None:
        """Take back what was done since `press`."""

    def hover(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """The pointer is here, without a button; at most once a frame."""

    def finish(self) -> bool:
        """Enter, while `open`; whether the document was changed."""
        return False

    def cancel(self) -> None:
        """Esc, while `open`: nothing of it is painted."""

    def step_back(self) -> None:
        """Backspace, while `open`: the last click is taken back."""

    def leave(self) -> None:
        """The pointer is no longer over the photo: a preview under it may go."""

    def settle(self) -> bool:
        """Finish what is open if its work would be missed; whether the document was changed."""
        return False

    def put_down(self) -> bool:
        """Another tool or photo is chosen; whether the document was changed.

        What is open is settled or dropped.
        """
        changed = self.settle()
        self.cancel()
        self.show()
        return changed

    def resize(self, direction: int) -> None:
        """Shift + wheel: larger (1) or smaller (-1)."""

    def limits(self) -> PaintLimits:
        """Where painting is allowed."""
        return PaintLimits(self.settings.option(ON_LEAF), self.settings.option(KEEP_TOUCHED))

    def operation(self, hand: Hand = PLAIN) -> Operation:
        """How an area meets what is there: a held key goes before the setting."""
        if hand.shift and hand.alt:
            return Operation.INTERSECT
        if hand.erase or hand.alt:
            return Operation.SUBTRACT
        return Operation.ADD if hand.shift else Operation(self.settings.option(OPERATION))
