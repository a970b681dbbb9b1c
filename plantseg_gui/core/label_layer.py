"""The top of the overlay: the labels, coloured by what they are or by where they come from."""

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.origin import origin_map
from plantseg_gui.core.palette import MaskMode, label_table, origin_table
from plantseg_gui.core.results import BoolArray, LabelArray

PixelBuffer = npt.NDArray[np.uint32]


class LabelLayer:
    """Mask and origin. Origin takes the place of the mask: mixed, neither could be read.

    The mask is visible at 0.5 from the start, origin is not.
    """

    def __init__(self) -> None:
        self._mask_visible = True
        self._mask_opacity = 0.5
        self._mask_mode: MaskMode = "single"
        self._selected: int | None = None
        self._mask_table = label_table(self._mask_opacity)
        self._origin_visible = False
        self._origin_table = origin_table(0.6)

    def set_mask(self, visible: bool, opacity: float) -> None:
        """Show or hide the mask, with an opacity from 0 to 1."""
        self._mask_visible, self._mask_opacity = visible, opacity
        self._make_mask_table()

    def set_mask_style(self, mode: MaskMode, selected: int | None) -> None:
        """Colour lesions alike or by id, with one lesion in white."""
        self._mask_mode, self._selected = mode, selected
        self._make_mask_table()

    def set_origin(self, visible: bool, opacity: float) -> None:
        """Show or hide the origin, with an opacity from 0 to 1."""
        self._origin_visible = visible
        self._origin_table = origin_table(opacity)

    def lay(
        self,
        under: PixelBuffer | None,
        labels: LabelArray,
        touched: BoolArray | None,
        target: PixelBuffer,
    ) -> None:
        """Lay the labels of a rectangle over what is below.

        Args:
            under: [h, w] uint32, premultiplied; None for nothing.
            labels: [h, w] uint16.
            touched: [h, w] bool, the pixels that a person touched; None for none.
            target: [h, w] uint32, written.
        """
        if self._origin_visible:
            if touched is None:
                touched = np.zeros(labels.shape, bool)
            _lay(under, self._origin_table, origin_map(labels, touched), target)
        elif self._mask_visible:
            _lay(under, self._mask_table, labels, target)
        else:
            target[...] = 0 if under is None else under

    def _make_mask_table(self) -> None:
        self._mask_table = label_table(self._mask_opacity, self._mask_mode, selected=self._selected)


def _lay(
    under: PixelBuffer | None,
    table: PixelBuffer,
    values: LabelArray | npt.NDArray[np.uint8],
    target: PixelBuffer,
) -> None:
    """Colour `values` by a table whose entry 0 is transparent and whose others have one alpha."""
    if under is None:
        target[...] = table[values]
        return
    target[...] = under
    covered = values != 0
    if not covered.any():
        return
    keep = 1.0 - (int(table[1]) >> 24) / 255.0
    # One alpha for all, so one weighted sum of bytes does it; rounding once keeps every channel
    # below its alpha, which the premultiplied format demands.
    below = as_bytes(np.ascontiguousarray(under))
    blended = cv2.addWeighted(below, keep, as_bytes(table[values]), 1.0, 0.0)
    np.copyto(target, as_pixels(blended), where=covered)


def as_bytes(pixels: PixelBuffer) -> npt.NDArray[np.uint8]:
    """[h, w] uint32 seen as [h, w, 4] uint8, without a copy."""
    return pixels.view(np.uint8).reshape(*pixels.shape, 4)


def as_pixels(channels: npt.NDArray[np.uint8]) -> PixelBuffer:
    """[h, w, 4] uint8 seen as [h, w] uint32, without a copy."""
    return np.ascontiguousarray(channels).view(np.uint32)[..., 0]
