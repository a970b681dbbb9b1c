"""See-through pictures of masks and maps, to lie over the photo on the canvas. Made in the pool."""

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.origin import origin_map
from plantseg_gui.core.overlay import LAYER_MAPS, ByteMap
from plantseg_gui.core.palette import (
    LESION_COLOUR,
    UNSURE_COLOUR,
    ColourTable,
    Rgb,
    map_table,
    origin_table,
)
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.ui.canvas.wipe_pictures import GAINED_COLOUR, LOST_COLOUR, OUTLINE

ClassArray = npt.NDArray[np.uint8]

NONE, LESION, NOT_SURE = 0, 1, 2
_EDGE = 2  # added to the class of a pixel at the rim of its area
_MAP_OPACITY = 0.6
_FILL, _SOLID, _VEIL = 90, 217, 120


def classes(labels: LabelArray) -> ClassArray:
    """What each pixel is: `NONE`, `LESION` or `NOT_SURE`, [H, W] uint8; lesions are not told apart.

    Args:
        labels: [H, W] uint16.
    """
    table = np.full(UNSURE + 1, LESION, np.uint8)
    table[HEALTHY], table[UNSURE] = NONE, NOT_SURE
    return table[labels]


def mask_picture(found: ClassArray) -> QImage:
    """Lesions and unsure areas, tinted, with their edges in full colour.

    Args:
        found: See `classes`.
    """
    table = _table(
        (LESION_COLOUR, _FILL), (UNSURE_COLOUR, _FILL), (LESION_COLOUR, 255), (UNSURE_COLOUR, 255)
    )
    rim = np.zeros(found.shape, bool)
    rim[1:] |= found[1:] != found[:-1]
    rim[:-1] |= found[1:] != found[:-1]
    rim[:, 1:] |= found[:, 1:] != found[:, :-1]
    rim[:, :-1] |= found[:, 1:] != found[:, :-1]
    rim &= found != NONE
    return _picture(table[found + rim.view(np.uint8) * np.uint8(_EDGE)])


def changed_picture(before: ClassArray, after: ClassArray) -> QImage:
    """A veil over the photo, with the pixels in colour that became lesion or no longer are.

    Lesion of both is outlined in white. Pixels that are unsure on either side only count as not
    being lesion.

    Args:
        before: See `classes`.
        after: Likewise, of the same size.
    """
    was, now = before == LESION, after == LESION
    both = was & now
    inner = both.copy()
    inner[1:] &= both[:-1]
    inner[:-1] &= both[1:]
    inner[:, 1:] &= both[:, :-1]
    inner[:, :-1] &= both[:, 1:]
    table = _table((GAINED_COLOUR, _SOLID), (LOST_COLOUR, _SOLID), (OUTLINE, 255))
    table[0] = _VEIL << 24
    kind = np.zeros(before.shape, np.uint8)
    kind[now & ~was], kind[was & ~now], kind[both & ~inner] = 1, 2, 3
    return _picture(table[kind])


def map_picture(layer: str, values: ByteMap) -> QImage:
    """A map in the colours of its layer, of the map's own size.

    Args:
        layer: One of `core.overlay.MAP_LAYERS`.
        values: [h, w] uint8.
    """
    return _picture(map_table(LAYER_MAPS[layer], _MAP_OPACITY)[values])


def origin_picture(labels: LabelArray, touched: BoolArray) -> QImage:
    """Which pixels are a person's and which the model's; arrays of one size, [H, W]."""
    return _picture(origin_table(_MAP_OPACITY)[origin_map(labels, touched)])


def _table(*entries: tuple[Rgb, int]) -> ColourTable:
    """Premultiplied colours of the values from 1 on, by colour and alpha; 0 is clear."""
    packed = [0]
    for rgb, alpha in entries:
        red, green, blue = (round(c * alpha / 255) for c in rgb)
        packed.append(alpha << 24 | red << 16 | green << 8 | blue)
    return np.array(packed, np.uint32)


def _picture(pixels: npt.NDArray[np.uint32]) -> QImage:
    """A picture that owns its pixels."""
    height, width = pixels.shape
    pixels = np.ascontiguousarray(pixels)
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form).copy()
