"""Base of the tools that build an outline click by click: polygon and scissors."""

from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.area import AreaTool
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.path import distance

# A click so near the first point, in screen px, closes the outline.
_CLOSE_PX = 9.0


class ClickedAreaTool(AreaTool):
    """A press sets a point or closes; what a press did, Esc during it takes back."""

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._pressed = self._closing = self._placed = False
        self._hand = PLAIN

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._pressed

    def release(self) -> bool:
        """Close where the press said so."""
        self._pressed = False
        return self.finish() if self._closing else False

    def abort(self) -> None:
        """Esc with the button down: what this press set goes."""
        self._pressed = self._closing = False
        if self._placed:
            self.step_back()

    def pressed(self, points: list[Point], least: int, point: Point, hand: Hand) -> None:
        """Note what a press means: `_closing`, `_placed` (a new point) or neither.

        Args:
            points: Set so far.
            least: From so many on a click may close.
            point: Where the press is.
            hand: How.
        """
        self._pressed, self._hand = True, hand
        closes = hand.double or self.at_first(points, point, hand)
        self._closing = len(points) >= least and closes
        self._placed = not self._closing and not (hand.double and points)

    def at_first(self, points: list[Point], point: Point, hand: Hand) -> bool:
        """Whether a point is near enough to the first one to close."""
        return bool(points) and distance(point, points[0]) <= _CLOSE_PX * hand.screen_px
