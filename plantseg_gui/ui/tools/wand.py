"""The magic wand: shows what has the colour under the pointer; a click paints it.

The tolerance is turned with Shift and the wheel, or by dragging: right or up for more.
"""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.strokes import Point
from plantseg_gui.core.wand import Wand
from plantseg_gui.ui.tools.area import AreaTool
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.options import LIMITS, OPERATION, Number, Option, Switch
from plantseg_gui.ui.tools.sketch import Area, Sketch

TOLERANCE = Number(
    "wand.tolerance",
    "Tolerance",
    "How far a colour may be from the one clicked: 2 is just seen, 10 is another shade "
    "(Shift + wheel, or drag)",
    12,
    1,
    100,
)
CONTIGUOUS = Switch(
    "wand.contiguous",
    "Only what hangs together",
    "Off: everything of this colour in the whole photo",
    True,
)
# So many screen px of dragging are one step of tolerance; less than the slack is a shaky click.
_STEP_PX = 4.0
_SLACK_PX = 6.0
# More pixels than this are searched at the press only: it takes a second at 8192².
_HOVER_PIXELS = 3000 * 3000


class WandTool(AreaTool):
    """Previews and paints the colour at one point."""

    name: ClassVar[str] = "wand"
    options: ClassVar[tuple[Option, ...]] = (TOLERANCE, CONTIGUOUS, OPERATION, *LIMITS)

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._wand: Wand | None = None
        self._spot: Point | None = None
        self._hand = PLAIN
        self._pressed = False
        self._tolerance_before = TOLERANCE.default

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._pressed

    @property
    def open(self) -> bool:
        """A preview waits for Enter or a click."""
        return self._spot is not None and not self._pressed

    def hover(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Preview the colour here."""
        self._hand = hand
        small = document.height * document.width <= _HOVER_PIXELS
        if small or self.settings.option(CONTIGUOUS):
            self._aim(document, point)
        else:
            self.cancel()

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Hold on to this point; dragging changes the tolerance."""
        self._pressed, self._hand = True, hand
        self._tolerance_before = self.settings.option(TOLERANCE)
        self._aim(document, point)

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """More tolerance to the right and upwards, less to the left and down."""
        if self._spot is None:
            return
        (y, x), (y0, x0) = points[-1], self._spot
        dragged = (x - x0 + y0 - y) / hand.screen_px
        beyond = max(0.0, abs(dragged) - _SLACK_PX)
        steps = round(beyond / _STEP_PX)
        self._set_tolerance(self._tolerance_before + (steps if dragged > 0 else -steps))

    def release(self) -> bool:
        """Paint what is shown."""
        self._pressed = False
        return self.finish()

    def abort(self) -> None:
        """Paint nothing; the tolerance is what it was."""
        self._pressed = False
        self.settings.set_option(TOLERANCE, self._tolerance_before)
        self.cancel()

    def finish(self) -> bool:
        """Paint what is shown."""
        document, found = self._document, self._found()
        self.cancel()
        return (
            document is not None and found is not None and self.paint(document, *found, self._hand)
        )

    def cancel(self) -> None:
        """Hide the preview."""
        self._spot = None
        self.show()

    def leave(self) -> None:
        """Hide the preview."""
        self.cancel()

    def put_down(self) -> bool:
        """Let go of the photo."""
        self._document = self._wand = None
        self._pressed = False
        return super().put_down()

    def resize(self, direction: int) -> None:
        """More or less tolerance."""
        self._set_tolerance(self.settings.option(TOLERANCE) + direction)

    def _set_tolerance(self, tolerance: int) -> None:
        self.settings.set_option(TOLERANCE, max(TOLERANCE.low, min(TOLERANCE.high, tolerance)))
        pixels = self._draw()
        self.said.emit(
            f"Tolerance {self.settings.option(TOLERANCE)}" + f": {pixels} px" * (pixels > 0)
        )

    def _aim(self, document: Document, point: Point) -> None:
        if document is not self._document or self._wand is None:
            self._document, self._wand = document, Wand(document.image)
        inside = 0 <= point[0] < document.height and 0 <= point[1] < document.width
        self._spot = point if inside else None
        self._draw()

    def _draw(self) -> int:
        """Show the preview; its pixels. Without a button, what would take long is not shown."""
        found = self._found(None if self._pressed else _HOVER_PIXELS)
        if self._document is None or found is None:
            self.show()
            return 0
        rect, mask = found
        if rect.empty:
            self.cancel()
            return 0
        allowed = self.limits().allowed(self._document, rect)
        mask = mask if allowed is None else mask & allowed
        self.show(Sketch(areas=[Area(rect, mask, self.role(self._hand))]))
        return int(np.count_nonzero(mask))

    def _found(self, most_px: int | None = None) -> tuple[Rect, BoolArray] | None:
        if self._wand is None or self._spot is None:
            return None
        tolerance = self.settings.option(TOLERANCE)
        contiguous = self.settings.option(CONTIGUOUS)
        return self._wand.region(*self._spot, tolerance, contiguous, most_px)
