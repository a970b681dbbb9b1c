"""Brush strokes on a document: painted at once, joined to a lesion at the end.

While the brush is down, pixels get a provisional id, so that the first dab is seen at the press.
On release the whole stroke is counted: it becomes part of the lesion that it overlaps most, or a
new one. One stroke is one undo step.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.limits import NO_LIMITS, PaintLimits
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.strokes import BrushShape, Point, stroke_mask

BrushMode = Literal["lesion", "healthy", "unsure"]

_NAMES: dict[BrushMode, str] = {
    "lesion": "Paint lesion",
    "healthy": "Erase",
    "unsure": "Mark unsure",
}


class StrokePainter:
    """One brush on one document; use it for any number of strokes.

    Attributes:
        mode: "lesion", "healthy" (the eraser) or "unsure".
        radius: Photo px.
        shape: "round" or "square".
        limits: Where it may paint; what a stroke painted itself it may paint again.
    """

    def __init__(
        self,
        document: Document,
        mode: BrushMode = "lesion",
        radius: float = 20.0,
        shape: BrushShape = "round",
        limits: PaintLimits = NO_LIMITS,
    ) -> None:
        """Make a brush; the radius may change within a stroke, the rest between strokes.

        Raises:
            ValueError: Unknown mode.
        """
        if mode not in _NAMES:
            raise ValueError(f"the brush mode is {mode!r}; it must be one of {', '.join(_NAMES)}")
        self.mode: BrushMode = mode
        self.radius = radius
        self.shape: BrushShape = shape
        self.limits = limits
        self._document = document
        self._last: Point | None = None
        self._covered: BoolArray | None = None
        self._bounds = Rect(0, 0, 0, 0)
        self._overlaps: Counter[int] = Counter()
        self._value = HEALTHY

    @property
    def document(self) -> Document:
        """What it paints on."""
        return self._document

    @property
    def active(self) -> bool:
        """Whether the brush is down."""
        return self._last is not None

    def press(self, y: float, x: float) -> None:
        """Put the brush down at (y, x), photo px, and paint the first dab.

        Raises:
            RuntimeError: A stroke is open already.
            ValueError: All lesion ids are in use; the stroke is open, `abort` it.
        """
        self._document.history.begin(_NAMES[self.mode])
        self._last = (y, x)
        # zeros: the system hands out memory page by page as the stroke covers it.
        self._covered = np.zeros(self._document.labels.shape, dtype=bool)
        self._bounds = Rect(0, 0, 0, 0)
        self._overlaps = Counter()
        self._value = UNSURE if self.mode == "unsure" else HEALTHY
        rect, mask = self._dab([(y, x)])
        if self.mode == "lesion":
            self._count_overlaps(rect, mask)
            # Asked before anything is written, so that "most" has a fair start.
            self._value = self._most_overlapped() or self._document.labels.next_id()
        self._paint(rect, mask)

    def move(self, points: Sequence[Point]) -> Rect:
        """Go on through `points`, (y, x) in photo px, painting all of them in one write.

        Returns:
            The rectangle that was painted; empty when the brush is up.
        """
        if self._last is None or not points:
            return Rect(0, 0, 0, 0)
        rect, mask = self._dab([self._last, *points])
        self._last = points[-1]
        if self.mode == "lesion":
            self._count_overlaps(rect, mask)
        self._paint(rect, mask)
        return rect

    def release(self) -> Edit | None:
        """Lift the brush and close the undo step; None when the stroke changed nothing."""
        if self._last is None:
            return None
        if self.mode == "lesion":
            self._join()
        self._forget()
        return self._document.history.commit()

    def abort(self) -> None:
        """Lift the brush and put everything back."""
        if self._last is not None:
            self._forget()
            self._document.history.abort()

    def _dab(self, points: Sequence[Point]) -> tuple[Rect, BoolArray]:
        rect, mask = stroke_mask(points, self.radius, self._document.labels.shape, self.shape)
        allowed = None if rect.empty else self.limits.allowed(self._document, rect)
        if allowed is not None and self._covered is not None:
            mask = mask & (allowed | self._covered[rect.slices])
        return rect, mask

    def _paint(self, rect: Rect, mask: BoolArray) -> None:
        if rect.empty or self._covered is None:
            return
        self._covered[rect.slices] |= mask
        self._bounds = self._bounds.union(rect)
        values = self._document.labels.read(rect)
        values[mask] = self._value
        self._document.history.paint(rect, values, mask)

    def _count_overlaps(self, rect: Rect, mask: BoolArray) -> None:
        if rect.empty or self._covered is None:
            return
        fresh = mask & ~self._covered[rect.slices]
        below: LabelArray = self._document.labels.array[rect.slices][fresh]
        below = below[(below != HEALTHY) & (below != UNSURE)]
        if below.size:
            ids, counts = np.unique(below, return_counts=True)
            self._overlaps.update(dict(zip(ids.tolist(), counts.tolist(), strict=True)))

    def _most_overlapped(self) -> int | None:
        if not self._overlaps:
            return None
        # The lower id wins a tie, so that the same stroke always gives the same labels.
        return min(self._overlaps, key=lambda lesion: (-self._overlaps[lesion], lesion))

    def _join(self) -> None:
        target = self._most_overlapped()
        if target is None or target == self._value or self._covered is None:
            return
        values = self._document.labels.read(self._bounds)
        covered = self._covered[self._bounds.slices]
        values[covered] = target
        self._document.history.paint(self._bounds, values, covered)

    def _forget(self) -> None:
        self._last = None
        self._covered = None
