"""The leaf area: the denominator of severity, and what adaptive tiles must not skip.

Classical on purpose: it needs no model, takes milliseconds, and says so when it finds no leaf.
A plain ground (paper, cloth, blue card, even soil) is modelled and the leaf is what differs from it
(`leaf_ground`); where there is no such ground the photo is foliage (`leaf_field`).
"""

import cv2
import numpy as np

from plantseg_gui.core.leaf_field import leaf_in_field
from plantseg_gui.core.leaf_ground import Ground, fit_ground, leaf_on_ground
from plantseg_gui.core.leaf_shape import to_photo_size
from plantseg_gui.core.results import LeafResult, RgbArray

_WORK_PX = 512
_SMALLEST_PX = 16

NO_PLANT_COLOUR = "No leaf found: nothing in this photo has the colour of a leaf."
TOO_SMALL = "No leaf found: the photo is too small."


def find_leaf(image: RgbArray) -> LeafResult:
    """Find the leaf area of a photo, lesions included.

    Args:
        image: [H, W, 3] uint8 RGB.

    Returns:
        The mask at the photo's size, or None with the reason; never a guess.
    """
    height, width = image.shape[:2]
    if min(height, width) < _SMALLEST_PX:
        return LeafResult(None, TOO_SMALL)
    scale = min(1.0, _WORK_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    ground = fit_ground(lab)
    if ground is not None and _is_plain(ground):
        mask, soft = leaf_on_ground(lab, ground)
        if not mask.any():
            # A dark gap between leaves can pass for a plain ground.
            mask, soft = leaf_in_field(lab)
    else:
        mask, soft = leaf_in_field(lab)
    if not mask.any():
        return LeafResult(None, NO_PLANT_COLOUR)
    return LeafResult(to_photo_size(mask, soft, height, width))


def _is_plain(ground: Ground) -> bool:
    """Whether the frame shows one even ground rather than a scene."""
    lightness, a, b = np.median(ground.colour.reshape(-1, 3)[::16], axis=0)
    # Maize and cabbage are grey-green: such a "ground" is the leaf itself, close up.
    glaucous = 20.0 < lightness < 66.0 and -15.0 < a < -3.5 and -9.0 < b < 7.0
    even = ground.chroma_sigma < 2.0 and ground.ring_share > 0.75 and ground.share > 0.04
    return even and not glaucous
