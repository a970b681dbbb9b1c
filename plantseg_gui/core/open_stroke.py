"""What a stroke in progress has overwritten, in small blocks copied before their first write."""

from plantseg_gui.core.edits import Edit, crop_to_change
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.patches import Patch, TouchPatch
from plantseg_gui.core.results import BoolArray, LabelArray

_BLOCK_PX = 128

_Block = tuple[int, int]


class OpenStroke:
    """A stroke between its beginning and its end.

    Args:
        name: What the person does, in words.
        labels: Painted in place.
        touched: [H, W] bool, changed in place; None where nobody keeps it.
    """

    def __init__(self, name: str, labels: LabelImage, touched: BoolArray | None) -> None:
        self.name = name
        self._labels = labels
        self._touched = touched
        self._before: dict[_Block, LabelArray] = {}
        self._touched_before: dict[_Block, BoolArray] = {}

    def paint(self, rect: Rect, values: LabelArray, touched: BoolArray | None) -> None:
        """Write labels [h, w] uint16 in `rect`; see `History.paint`.

        Raises:
            ValueError: `rect` reaches outside the image or a shape does not fit.
        """
        self._labels.check_inside(rect)
        if touched is None:
            touched = self._labels.array[rect.slices] != values
        self._keep_before(rect)
        if self._touched is not None:
            self._touched[rect.slices] |= touched
        self._labels.write(rect, values)

    def original(self, rect: Rect) -> LabelArray:
        """The labels in `rect` as they were before the stroke, [h, w] uint16."""
        labels = self._labels.read(rect)
        for block in self._blocks(rect):
            if block in self._before:
                area = self._area(block)
                part = area.intersect(rect)
                kept = self._before[block][_inside(part, area)]
                labels[_inside(part, rect)] = kept
        return labels

    def edit(self) -> Edit:
        """What the stroke changed so far."""
        return Edit(self.name, self._label_patches(), self._touch_patches())

    def _keep_before(self, rect: Rect) -> None:
        for block in self._blocks(rect):
            if block not in self._before:
                area = self._area(block)
                self._before[block] = self._labels.read(area)
                if self._touched is not None:
                    self._touched_before[block] = self._touched[area.slices].copy()

    def _label_patches(self) -> list[Patch]:
        patches = []
        for block, before in self._before.items():
            area = self._area(block)
            cropped = crop_to_change(area, before, self._labels.array[area.slices])
            if cropped is not None:
                patches.append(Patch(*cropped))
        return patches

    def _touch_patches(self) -> list[TouchPatch]:
        patches = []
        for block, before in self._touched_before.items():
            area = self._area(block)
            assert self._touched is not None
            cropped = crop_to_change(area, before, self._touched[area.slices])
            if cropped is not None:
                patches.append(TouchPatch(*cropped))
        return patches

    def _area(self, block: _Block) -> Rect:
        y, x = block[0] * _BLOCK_PX, block[1] * _BLOCK_PX
        return Rect(y, x, y + _BLOCK_PX, x + _BLOCK_PX).clip(*self._labels.shape)

    @staticmethod
    def _blocks(rect: Rect) -> list[_Block]:
        if rect.empty:
            return []
        rows = range(rect.y0 // _BLOCK_PX, (rect.y1 - 1) // _BLOCK_PX + 1)
        columns = range(rect.x0 // _BLOCK_PX, (rect.x1 - 1) // _BLOCK_PX + 1)
        return [(row, column) for row in rows for column in columns]


def _inside(part: Rect, whole: Rect) -> tuple[slice, slice]:
    """Index of `part` in an array that covers `whole`."""
    return (
        slice(part.y0 - whole.y0, part.y1 - whole.y0),
        slice(part.x0 - whole.x0, part.x1 - whole.x0),
    )
