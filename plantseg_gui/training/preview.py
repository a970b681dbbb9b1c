"""The small picture of a retraining: photo, predicted lesions, a person's outlines."""

import cv2
import numpy as np

from plantseg_gui.core.palette import LESION_COLOUR
from plantseg_gui.training.photo_cache import Uint8
from plantseg_gui.training.photo_maps import Bools, PhotoTiles

LONG_SIDE_PX = 512
_TINT = 0.55
_OUTLINE = (255, 255, 255)


def preview_picture(photo: PhotoTiles, mask: Bools) -> Uint8:
    """Draw a prediction.

    Args:
        photo: Image and truth at network scale.
        mask: [h, w] predicted lesions.

    Returns:
        [h', w', 3] uint8 RGB, long side at most 512 px.
    """
    share = min(1.0, LONG_SIDE_PX / max(photo.height, photo.width))
    size = (max(1, round(photo.width * share)), max(1, round(photo.height * share)))
    small = np.asarray(cv2.resize(photo.image, size, interpolation=cv2.INTER_AREA), np.float32)
    predicted, truth = (_reduced(m, size) for m in (mask, photo.truth & photo.valid))
    weight = (predicted * _TINT)[..., None]
    picture = small * (1 - weight) + np.array(LESION_COLOUR, np.float32) * weight
    drawn = np.ascontiguousarray(picture.round().astype(np.uint8))
    contours, _ = cv2.findContours(
        (truth >= 0.5).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    cv2.drawContours(drawn, contours, -1, _OUTLINE, 1)
    return drawn


def _reduced(mask: Bools, size: tuple[int, int]) -> np.ndarray:
    soft = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(soft, np.float32)
