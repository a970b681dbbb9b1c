"""Draws two masks of one photo into it, and what changed between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from plantseg_gui.core.palette import LESION_COLOUR, UNSURE_COLOUR, Rgb
from plantseg_gui.core.results import RgbArray

# Blue and orange stay apart under every common colour blindness, and differ in lightness.
GAINED_COLOUR: Rgb = LESION_COLOUR
LOST_COLOUR: Rgb = UNSURE_COLOUR
OUTLINE: Rgb = (255, 255, 255)
_FILL, _SOLID = 0.35, 0.85
# The photo under the changes: that much of its colour is taken away.
_GREY = 0.85

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class WipePictures:
    """Two looks of a photo: with the photo itself, or see-through to lie over it (`overlays`).

    Attributes:
        before: With the lesions of the mask before.
        after: With the lesions of the mask after.
        changed: In grey, with the pixels in colour that became lesion or no longer are. Null where
            nobody asked for it.
        gained: Pixels that became lesion.
        lost: Pixels that no longer are lesion.
    """

    before: QImage
    after: QImage
    changed: QImage
    gained: int
    lost: int


def compose(photo: RgbArray, before: Mask, after: Mask) -> WipePictures:
    """Draw masks into a photo; takes some 0.2 s for a megapixel, so it belongs into the pool.

    Args:
        photo: [H, W, 3] uint8.
        before: [H, W] bool, True = lesion.
        after: [H, W] bool.

    Raises:
        ValueError: a mask is of another size than the photo.
    """
    if not photo.shape[:2] == before.shape == after.shape:
        raise ValueError(f"sizes differ: {photo.shape[:2]}, {before.shape}, {after.shape}")
    gained, lost, both = after & ~before, before & ~after, before & after
    grey = photo @ np.array([0.3, 0.59, 0.11], np.float32)
    dull = (_GREY * grey[..., None] + (1 - _GREY) * photo).astype(np.uint8)
    changed = _edged(dull, both, OUTLINE, 0.0)
    changed = _edged(_edged(changed, gained, GAINED_COLOUR, _SOLID), lost, LOST_COLOUR, _SOLID)
    return WipePictures(
        _image(_edged(photo, before, LESION_COLOUR, _FILL)),
        _image(_edged(photo, after, LESION_COLOUR, _FILL)),
        _image(changed),
        int(gained.sum()),
        int(lost.sum()),
    )


def _edged(rgb: RgbArray, mask: Mask, colour: Rgb, fill: float) -> RgbArray:
    """Tint the pixels of a mask and draw its edge in full colour."""
    made = rgb.copy()
    tint = np.array(colour, np.float32)
    made[mask] = ((1 - fill) * rgb[mask] + fill * tint).astype(np.uint8)
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    made[mask & ~inner] = colour
    return made


def _image(rgb: RgbArray) -> QImage:
    """A picture that owns its pixels."""
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    made = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    # Drawn three times faster, and no longer in the array's memory.
    return made.convertToFormat(QImage.Format.Format_RGB32)
