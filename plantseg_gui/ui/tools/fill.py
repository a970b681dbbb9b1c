"""Flood fill: a click fills a region of one label, for instance the inside of a drawn outline."""

from typing import ClassVar, NamedTuple

import numpy as np

from plantseg_gui.core.areas import Operation
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.regions import label_region
from plantseg_gui.core.results import BoolArray
from plantseg_gui.core.strokes import Point
from plantseg_gui.ui.tools.area import AreaTool
from plantseg_gui.ui.tools.base import PLAIN, Hand, ToolSettings
from plantseg_gui.ui.tools.options import LIMITS, Option
from plantseg_gui.ui.tools.sketch import Area, Role, Sketch

# A healthy region of more than this share of the photo is what lies around the lesions.
_OPEN_SHARE = 0.5
_OPEN = "This area is not closed: it is more than half of the photo. Close its outline first."


class _Region(NamedTuple):
    rect: Rect
    mask: BoolArray
    pixels: int


class FillTool(AreaTool):
    """Previews and fills the region under the pointer."""

    name: ClassVar[str] = "fill"
    options: ClassVar[tuple[Option, ...]] = LIMITS
    joins_touching: ClassVar[bool] = True

    def __init__(self, settings: ToolSettings) -> None:
        super().__init__(settings)
        self._region: _Region | None = None
        # What the region belongs to: it is looked for again after each write to the labels.
        self._of: tuple[Document, int] | None = None
        self._lit: Area | None = None
        self._pressed: tuple[Document, Point, Hand] | None = None

    @property
    def active(self) -> bool:
        """See `Tool.active`."""
        return self._pressed is not None

    def operation(self, hand: Hand = PLAIN) -> Operation:
        """Fill, or with Alt make healthy."""
        return Operation.SUBTRACT if hand.alt or hand.erase else Operation.ADD

    def hover(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Show what a click would fill."""
        found = self._find(document, point)
        if (
            found is None
            or not self._changes(document, point, hand)
            or self._is_open(document, point, found, hand)
        ):
            self.show()
        else:
            self.show(Sketch(areas=[self._light(found, self.role(hand))]))

    def press(self, document: Document, point: Point, hand: Hand = PLAIN) -> None:
        """Nothing is filled before the button is let go: Esc still helps."""
        self._pressed = document, point, hand

    def release(self) -> bool:
        """Fill."""
        if self._pressed is None:
            return False
        (document, point, hand), self._pressed = self._pressed, None
        found = self._find(document, point)
        self.show()
        if found is None:
            return False
        if self._is_open(document, point, found, hand):
            self.said.emit(_OPEN)
            return False
        return self.paint(document, found.rect, found.mask, hand)

    def abort(self) -> None:
        """Fill nothing."""
        self._pressed = None
        self.show()

    def leave(self) -> None:
        """Hide the preview."""
        self.show()

    def put_down(self) -> bool:
        """Let go of the photo."""
        self._region = self._of = self._lit = self._pressed = None
        return super().put_down()

    def _light(self, found: _Region, role: Role) -> Area:
        """The same area as long as it shows the same: its picture is made once."""
        if self._lit is None or self._lit.mask is not found.mask or self._lit.role != role:
            self._lit = Area(found.rect, found.mask, role)
        return self._lit

    def _find(self, document: Document, point: Point) -> _Region | None:
        """The region at a point; None outside the photo. Inside the last one it is known."""
        row, column = int(point[0] // 1), int(point[1] // 1)
        if not (0 <= row < document.height and 0 <= column < document.width):
            return None
        known = self._of == (document, document.labels.version)
        if known and self._region is not None:
            rect, mask, _ = self._region
            inside = rect.y0 <= row < rect.y1 and rect.x0 <= column < rect.x1
            if inside and mask[row - rect.y0, column - rect.x0]:
                return self._region
        rect, mask = label_region(document.labels.array, *point)
        self._region = _Region(rect, mask, int(np.count_nonzero(mask)))
        self._of = document, document.labels.version
        return self._region

    def _changes(self, document: Document, point: Point, hand: Hand) -> bool:
        """Whether the region would get another label: only then it is lit."""
        label = document.labels.array[int(point[0]), int(point[1])]
        if self.operation(hand) is not Operation.ADD:
            return bool(label != HEALTHY)
        if self.settings.paint == "unsure":
            return bool(label != UNSURE)
        return label in (HEALTHY, UNSURE)

    def _is_open(self, document: Document, point: Point, found: _Region, hand: Hand) -> bool:
        if self.operation(hand) is not Operation.ADD:
            return False
        healthy = document.labels.array[int(point[0]), int(point[1])] == HEALTHY
        limit = _OPEN_SHARE * document.height * document.width
        return bool(healthy and found.pixels > limit)
