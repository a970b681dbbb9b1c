"""The label image: which lesion each pixel of a photo belongs to.

0 is healthy, n is lesion n, 65535 is "unsure": pixels that count neither in the loss nor in the
severity.
"""

import numpy as np

from plantseg_gui.core.events import Signal
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, LabelArray

HEALTHY = 0
UNSURE = 65535
MAX_LESION_ID = UNSURE - 1

# Rows looked at in one go by `highest_id`: the wrapped copy then stays in the cache.
_ROWS_AT_ONCE = 64


def highest_id(array: LabelArray) -> int:
    """Highest lesion id in a label array [H, W], 0 when there is none; UNSURE does not count."""
    highest = 0
    for start in range(0, array.shape[0], _ROWS_AT_ONCE):
        # Adding 1 wraps UNSURE to 0, which takes it out of the running in one pass.
        wrapped = array[start : start + _ROWS_AT_ONCE] + np.uint16(1)
        if wrapped.size:
            highest = max(highest, int(wrapped.max()) - 1)
    return highest


class LabelImage:
    """A label image that tells which rectangle changed.

    Attributes:
        changed: Signal(rect: Rect), after each write.
        version: Rises at each write, whoever writes: what was made of an older one is stale.
    """

    def __init__(self, array: LabelArray) -> None:
        """Take over `array`, [H, W] uint16; it is copied only when it is not writable.

        Raises:
            ValueError: Another shape or dtype.
        """
        if array.ndim != 2 or array.dtype != np.uint16:
            raise ValueError(
                f"labels have shape {array.shape} and dtype {array.dtype}; need [H, W] uint16"
            )
        owned = array.flags.writeable and array.flags.c_contiguous
        self._array = array if owned else np.array(array, order="C")
        self._view = self._array.view()
        self._view.flags.writeable = False
        self._highest: int | None = None
        self.changed = Signal()
        self.version = 0

    @property
    def array(self) -> LabelArray:
        """The labels [H, W] uint16, read-only; the same memory for the life of this object."""
        return self._view

    @property
    def height(self) -> int:
        """Rows."""
        return int(self._array.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self._array.shape[1])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def rect(self) -> Rect:
        """The whole image."""
        return Rect(0, 0, self.height, self.width)

    def read(self, rect: Rect) -> LabelArray:
        """A copy of the labels in `rect`, [h, w] uint16.

        Raises:
            ValueError: `rect` reaches outside the image.
        """
        self.check_inside(rect)
        return self._array[rect.slices].copy()

    def write(self, rect: Rect, values: LabelArray) -> None:
        """Set the labels in `rect` and emit `changed(rect)`; an empty rectangle does nothing.

        Args:
            rect: Inside the image.
            values: [h, w] uint16.

        Raises:
            ValueError: `rect` reaches outside the image or `values` has another shape.
        """
        self.check_inside(rect)
        if values.shape != (rect.height, rect.width):
            raise ValueError(
                f"values have shape {values.shape}; the rectangle needs {rect.height, rect.width}"
            )
        if rect.empty:
            return
        target = self._array[rect.slices]
        self._forecast_highest(target, values)
        target[...] = values
        self.version += 1
        self.changed.emit(rect)

    def max_id(self) -> int:
        """Highest lesion id in use, 0 when there is none."""
        if self._highest is None:
            self._highest = highest_id(self._array)
        return self._highest

    def next_id(self) -> int:
        """An id that no pixel has.

        Raises:
            ValueError: All 65534 ids are in use.
        """
        highest = self.max_id()
        if highest < MAX_LESION_ID:
            return highest + 1
        used = np.zeros(UNSURE + 1, dtype=bool)
        used[self._array.ravel()] = True
        used[[HEALTHY, UNSURE]] = True
        free = np.flatnonzero(~used)
        if not free.size:
            raise ValueError(f"all {MAX_LESION_ID} lesion ids are in use")
        return int(free[0])

    def lesion_mask(self) -> BoolArray:
        """[H, W] bool: pixels of any lesion; unsure pixels are not lesion."""
        return (self._array != HEALTHY) & (self._array != UNSURE)

    def check_inside(self, rect: Rect) -> None:
        """Raise ValueError when `rect` reaches outside the image."""
        inside = 0 <= rect.y0 <= rect.y1 <= self.height and 0 <= rect.x0 <= rect.x1 <= self.width
        if not inside:
            raise ValueError(f"{rect} reaches outside the image of {self.height}×{self.width} px")

    def _forecast_highest(self, before: LabelArray, after: LabelArray) -> None:
        # Kept up to date from the written rectangle alone: a scan of 2048² costs 2 ms, and a new
        # stroke asks for the next id while the pen is already down.
        if self._highest is None:
            return
        highest_after = highest_id(after)
        if highest_after >= self._highest:
            self._highest = highest_after
        elif highest_id(before) == self._highest:
            self._highest = None
