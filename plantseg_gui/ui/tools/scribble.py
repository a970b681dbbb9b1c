"""The scribble tool: strokes that say what is lesion or healthy; a proposal answers them.

It paints nothing itself. Strokes stay visible until Enter takes the proposal over, which is one
undo step; those that were taken over still count for the next proposal of the same photo.
"""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from plantseg_gui.core.document import Document
from plantseg_gui.core.events import Signal
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.scribbles import ReadyProposal, ScribbleStroke
from plantseg_gui.core.strokes import Point, stroke_mask
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool, ToolSettings
from plantseg_gui.ui.tools.path import extend_path
from plantseg_gui.ui.tools.sketch import Line, Role, Sketch


class _Drawn(NamedTuple):
    stroke: ScribbleStroke
    line: Line


class ScribbleTool(Tool):
    """See the module's text.

    Attributes:
        strokes_changed: Signal(), `strokes` are others: a new proposal is wanted, or none.
    """

    name: ClassVar[str] = "scribble"
    takes_right: ClassVar[bool] = True
    uses_brush: ClassVar[bool] = True

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self.strokes_changed = Signal()
        self._document: Document | None = None
        self._drawn: list[_Drawn] = []
        self._settled: list[ScribbleStroke] = []
        self._free: BoolArray | None = None
        self._path: list[Point] = []
        self._lesion = True
        self._ready: ReadyProposal | None = None
        self._escaped = self._taking = False

    @property
    def outline_px(self) -> int | None:
        """See `Tool.outline_px`."""
        return self.settings.brush_px

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return bool(self._path)

    @property
    def open(self) -> bool:
        """Whether strokes wait for Enter or Esc."""
        return bool(self._drawn)

    @property
    def document(self) -> Document | None:
        """The photo that the strokes are on; None without any."""
        return self._document

    @property
    def strokes(self) -> tuple[ScribbleStroke, ...]:
        """All that count, those taken over before first; empty when none is open."""
        return (*self._settled, *(d.stroke for d in self._drawn)) if self._drawn else ()

    @property
    def free(self) -> BoolArray | None:
        """[H, W] bool, pixels that are a person's by earlier scribbles alone."""
        return self._free

    def offer(self, ready: ReadyProposal | None) -> None:
        """The proposal that Enter takes over; None: there is none yet."""
        self._ready = ready

    def painted(self, rect: Rect) -> None:
        """Labels changed there: if not by this tool, they are a person's from now on."""
        if self._free is not None and not self._taking:
            self._free[rect.slices] = False

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Begin a stroke."""
        if document is not self._document:
            self._forget()
            self._document = document
        self._path = [point]
        self._lesion = not (hand.right or hand.alt or hand.erase)
        self._draw()

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Draw on."""
        if self._path:
            extend_path(self._path, points, hand.screen_px)
            self._draw()

    def release(self) -> bool:
        """End the stroke; a proposal is wanted."""
        document, path, self._path = self._document, self._path, []
        if document is None or not path:
            return False
        radius = max(0.0, (self.settings.brush_px - 1) / 2)
        rect, mask = stroke_mask(path, radius, (document.height, document.width))
        if mask.any():
            self._drop_undone(document)
            stroke = ScribbleStroke(rect, mask, self._lesion)
            self._drawn.append(_Drawn(stroke, self._line(path)))
            self._escaped = False
            self._changed()
        self._draw()
        return False

    def abort(self) -> None:
        """Esc with the button down: this stroke goes."""
        self._path = []
        self._draw()

    def finish(self) -> bool:
        """Enter: the proposal becomes the mask, in one undo step."""
        document, ready = self._document, self._ready
        if document is None or ready is None:
            self.said.emit("The proposal is not there yet: wait a moment, then press Enter again.")
            return False
        self._settled = list(self.strokes)
        self._drawn = []
        self._taking = True
        edit = document.replace("Scribbles", ready.labels, ready.touched)
        self._taking = False
        self._free = ready.free.copy()
        self._changed()
        self._draw()
        self.said.emit(
            "The proposal is your mask now. Further strokes refine it; undo takes it back."
            if edit is not None
            else "The proposal changes nothing: the mask is like that already."
        )
        return edit is not None

    def cancel(self) -> None:
        """Esc: the last stroke goes; Esc again, all of them."""
        if self._escaped:
            self._drawn = []
        else:
            del self._drawn[-1:]
        self._escaped = True
        self._changed()
        self._draw()

    def step_back(self) -> None:
        """Backspace: the last stroke goes."""
        del self._drawn[-1:]
        self._changed()
        self._draw()

    def put_down(self) -> bool:
        """Another tool or photo: strokes that were not taken over go."""
        had = self.open
        self._forget()
        if had:
            self._changed()
        self.show()
        return False

    def resize(self, direction: int) -> None:
        """Make the brush larger or smaller."""
        self.settings.step_brush(direction)

    def _forget(self) -> None:
        self._document, self._ready, self._free = None, None, None
        self._drawn, self._settled, self._path = [], [], []
        self._escaped = False

    def _drop_undone(self, document: Document) -> None:
        """Strokes whose proposal was taken back by undo count no more."""
        touched = document.touched
        if not all(touched[s.rect.slices][s.mask].all() for s in self._settled):
            self._settled, self._free = [], None

    def _changed(self) -> None:
        self._ready = None
        self.strokes_changed.emit()

    def _line(self, path: Sequence[Point]) -> Line:
        role = Role.LESION if self._lesion else Role.HEALTHY
        points = list(path) if len(path) > 1 else [path[0], path[0]]
        return Line(points, role, width_px=float(self.settings.brush_px))

    def _draw(self) -> None:
        lines: list[Line] = []
        current = [self._line(self._path)] if self._path else []
        for line in [*(d.line for d in self._drawn), *current]:
            lines += [line, Line(line.points, line.role)]
        self.show(Sketch(lines))
