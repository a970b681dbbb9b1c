"""Smart click: a click takes the lesion under it, a drag changes how far it reaches."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from plantseg_gui.core.areas import Operation, paint_area
from plantseg_gui.core.clicked_lesion import add_lesion, take_lesion_away
from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.smart_click import Reach, reach
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.base import PLAIN, Hand, Tool, ToolSettings
from plantseg_gui.ui.tools.options import LIMITS, Option
from plantseg_gui.ui.tools.sketch import Area, Role, Sketch

# A hand shakes while it clicks: so many screen px are no drag yet.
_STILL_PX = 6.0
_SEEN_LEAST = 0.5


class SmartClickTool(Tool):
    """Shows the clicked lesion while the button is down and paints it on release."""

    name: ClassVar[str] = "smart_click"
    takes_right: ClassVar[bool] = True
    options: ClassVar[tuple[Option, ...]] = LIMITS

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._document: Document | None = None
        self._reach: Reach | None = None
        self._from: Point = (0.0, 0.0)
        self._level = 0
        self._hand = PLAIN
        # numpy and OpenCV load parts of themselves at the first click: 0.1 s, better now.
        reach(np.zeros((16, 16, 3), np.uint8), None, 8, 8)

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._reach is not None

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Find the lesion and show it; the keys held now say what becomes of it."""
        y, x = int(np.floor(point[0])), int(np.floor(point[1]))
        if not (0 <= y < document.height and 0 <= x < document.width):
            self.said.emit("Click on the photo.")
            return
        self._document, self._from, self._hand = document, point, hand
        self._reach = reach(document.image, document.prediction, y, x)
        self._level = self._reach.level
        self._preview()

    def move(self, points: Sequence[Point], hand: Hand = PLAIN) -> None:
        """Right and up: further out, left and down: less; the edge moves as far as the pointer."""
        if self._reach is None or not points:
            return
        down, right = points[-1][0] - self._from[0], points[-1][1] - self._from[1]
        grow = right - down
        still = _STILL_PX * self._hand.screen_px
        grow = float(np.sign(grow)) * max(0.0, abs(grow) - still)
        level = self._reach.level_for(grow)
        if level != self._level:
            self._level = level
            self._preview()

    def release(self) -> bool:
        """Paint it: one undo step; whether the document was changed."""
        document, found, level, hand = self._document, self._reach, self._level, self._hand
        self.abort()
        if document is None or found is None:
            return False
        try:
            edit = self._paint(document, found, level, hand)
        except ValueError as error:
            self.said.emit(f"Not painted: {error}.")
            return False
        self.said.emit(_words(document, found, edit, _operation(hand)))
        return edit is not None

    def abort(self) -> None:
        """Forget it."""
        self._document = self._reach = None
        self.show()

    def _paint(self, document: Document, found: Reach, level: int, hand: Hand) -> Edit | None:
        rect, mask = found.region(level)
        y, x = found.rect.y0 + found.y, found.rect.x0 + found.x
        limits, operation = self.limits(), _operation(hand)
        if operation is Operation.SUBTRACT:
            return take_lesion_away(document, rect, mask, y, x, limits=limits)
        if operation is Operation.INTERSECT:
            return paint_area(document, rect, mask, operation, limits=limits, name="Trim lesion")
        if self.settings.paint == "unsure":
            return paint_area(document, rect, mask, unsure=True, limits=limits, name="Paint unsure")
        return add_lesion(document, rect, mask, y, x, join=hand.shift, limits=limits)

    def _preview(self) -> None:
        if self._reach is not None:
            adds = _operation(self._hand) is Operation.ADD
            role = Role.LESION if adds else Role.HEALTHY
            self.show(Sketch(areas=[Area(*self._reach.region(self._level), role)]))


def _operation(hand: Hand) -> Operation:
    if hand.shift and hand.alt:
        return Operation.INTERSECT
    if hand.right or hand.erase or hand.alt:
        return Operation.SUBTRACT
    return Operation.ADD


def _words(document: Document, found: Reach, edit: Edit | None, operation: Operation) -> str:
    """What came of a click, and what it went by."""
    if edit is None:
        return {
            Operation.ADD: "Nothing to add: this is lesion already, or outside the limits.",
            Operation.SUBTRACT: "Nothing to take away: there is no lesion here that may change.",
            Operation.INTERSECT: "Nothing to trim: no lesion here reaches outside the region.",
        }[operation]
    done = {
        "Add lesion": "Lesion added.",
        "Extend lesion": "The lesion there was extended.",
        "Join to lesion": "Joined to the lesion there.",
        "Paint unsure": "Marked as unsure.",
        "Take lesion away": "Lesion taken away.",
        "Trim lesion": "Lesion trimmed.",
    }[edit.name]
    if document.prediction is None:
        return f"{done} There is no prediction yet, so colour alone decided."
    if found.trust < _SEEN_LEAST:
        return f"{done} The network saw nothing here, so colour decided."
    return done
