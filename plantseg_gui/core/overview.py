"""A small picture of a photo with its mask, for the overview map."""

import cv2
import numpy as np

from plantseg_gui.core.display_tables import Adjustment, adjusted
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.palette import LESION_COLOUR
from plantseg_gui.core.results import LabelArray, RgbArray

# Read at this many times the side at most: a few ms, whatever the size of the photo.
_OVERSAMPLE = 4
# A lesion that covers a third of a pixel of the overview colours it fully.
_BOOST = 3.0
_OPACITY = 0.75


def overview(photo: RgbArray, labels: LabelArray, side_px: int, how: Adjustment) -> RgbArray:
    """The whole photo with its lesions in the mask's colour.

    Args:
        photo: [H, W, 3] uint8 RGB.
        labels: [H, W] uint16.
        side_px: Longer side of the picture.
        how: How the photo is looked at.

    Returns:
        [h, w, 3] uint8 RGB, the longer side being `side_px`.
    """
    height, width = photo.shape[:2]
    ratio = side_px / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    step = max(1, max(height, width) // (_OVERSAMPLE * side_px))
    some = np.ascontiguousarray(photo[::step, ::step])
    how_resized = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    small = cv2.resize(some, size, interpolation=how_resized)
    marked = labels[::step, ::step]
    lesion = ((marked != HEALTHY) & (marked != UNSURE)).view(np.uint8) * np.uint8(255)
    share = cv2.resize(lesion, size, interpolation=how_resized).astype(np.float32) / 255.0
    weight = (_OPACITY * np.minimum(1.0, _BOOST * share))[..., None]
    shown = adjusted(np.asarray(small, np.uint8), how)
    mixed = shown * (1.0 - weight) + np.array(LESION_COLOUR, np.float32) * weight
    return np.rint(mixed).astype(np.uint8)
