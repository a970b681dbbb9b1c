"""The brush: paints lesion or unsure; the first dab appears on press.

With Shift a press and a drag paint a straight line; Shift and a click paint one from where the last
stroke ended.
"""

from collections.abc import Sequence
from math import hypot
from typing import ClassVar, Literal

from plantseg_gui.core.document import Document
from plantseg_gui.core.painting import StrokePainter
from plantseg_gui.core.strokes import Point, stroke_mask
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool, ToolSettings
from plantseg_gui.ui.tools.options import LIMITS, Choice, Number, Option, Switch
from plantseg_gui.ui.tools.sketch import Line, Role, Sketch
from plantseg_gui.ui.tools.steady import SteadyHand

PaintMode = Literal["lesion", "healthy", "unsure"]

SHAPE = Choice(
    "brush.shape",
    "Shape",
    "Shape of brush and eraser",
    "round",
    (("round", "Round", "A round brush"), ("square", "Square", "A square brush")),
    more=True,
)
STEADY = Number(
    "brush.steady",
    "Steady",
    "Smooths a shaky hand: the brush lags behind the pointer",
    0,
    0,
    90,
    more=True,
)
PRESSURE = Switch(
    "brush.pressure",
    "Pen pressure is size",
    "Press harder with a pen for a wider stroke",
    True,
    more=True,
)
# The lightest touch paints with this share of the size.
_LEAST_PRESSURE = 0.25
# A press and release closer together than this, in screen px, is a click.
_CLICK_PX = 3.0


class BrushTool(Tool):
    """Paints what the settings say."""

    name: ClassVar[str] = "brush"
    uses_brush: ClassVar[bool] = True
    options: ClassVar[tuple[Option, ...]] = (SHAPE, STEADY, PRESSURE, *LIMITS)

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._painter: StrokePainter | None = None
        self._steady = SteadyHand(0, (0.0, 0.0))
        self._line: tuple[Point, Point] | None = None
        self._click_px = _CLICK_PX
        self._ended: tuple[Document, Point] | None = None
        self._ended_before: tuple[Document, Point] | None = None
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

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin a stroke with a dab, or a straight line."""
        mode: PaintMode = "healthy" if hand.erase else self.mode()
        shape = self.settings.option(SHAPE)
        self._painter = StrokePainter(document, mode, self._radius(hand), shape, self.limits())
        if self._ended is not None and self._ended[0] is not document:
            self._ended = None
        self._ended_before = self._ended
        if hand.shift:
            self._line = (point, point)
            self._click_px = _CLICK_PX * hand.screen_px
            return
        self._steady = SteadyHand(self.settings.option(STEADY), point)
        if self._put_down_at(self._painter, point):
            self._ended = (document, point)
        else:
            self._painter = None

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Paint through `points` in one go."""
        if self._painter is None or not points:
            return
        if self._line is not None:
            self._line = (self._line[0], points[-1])
            # As wide as the pen was pressed hardest: it touches down lightly.
            self._painter.radius = max(self._painter.radius, self._radius(hand))
            role = Role.HEALTHY if self._painter.mode == "healthy" else Role.LESION
            wide = 2 * self._painter.radius
            self.show(Sketch([Line(self._line, role, width_px=wide), Line(self._line)]))
            return
        self._painter.radius = self._radius(hand)
        self._painter.move(self._steady.follow(points))
        self._note_end(points[-1])

    def release(self) -> bool:
        """End the stroke: one undo step."""
        painter, self._painter = self._painter, None
        if painter is None:
            return False
        if self._line is not None:
            (start, end), self._line = self._line, None
            self.show()
            if hypot(end[0] - start[0], end[1] - start[1]) <= self._click_px and self._ended:
                start = self._ended[1]
            if not self._put_down_at(painter, start):
                return False
            painter.move([end])
            self._note_end(end, painter.document)
        else:
            painter.move(self._steady.end())
        return painter.release() is not None

    def abort(self) -> None:
        """Take the stroke back."""
        painter, self._painter, self._line = self._painter, None, None
        self._ended = self._ended_before
        self.show()
        if painter is not None:
            painter.abort()

    def put_down(self) -> bool:
        """The next line begins nowhere."""
        self._ended = self._ended_before = None
        return super().put_down()

    def resize(self, direction: int) -> None:
        """Make the brush larger or smaller."""
        self.settings.step_brush(direction)

    def _put_down_at(self, painter: StrokePainter, point: Point) -> bool:
        """Begin to paint; whether that is possible."""
        try:
            painter.press(*point)
        except ValueError as error:
            painter.abort()
            self.said.emit(f"Not painted: {error}.")
            return False
        return True

    def _radius(self, hand: Hand) -> float:
        share = 1.0
        if self.settings.option(PRESSURE):
            share = _LEAST_PRESSURE + (1 - _LEAST_PRESSURE) * hand.pressure
        # A stamp of radius r is 2r + 1 px wide: the middle pixel counts once.
        return max(0.0, (self.settings.brush_px * share - 1) / 2)

    def _note_end(self, point: Point, document: Document | None = None) -> None:
        if document is None and self._ended is not None:
            document = self._ended[0]
        if document is not None:
            self._ended = (document, point)
