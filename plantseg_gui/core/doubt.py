"""How unsure a model is of a leaf, in one number that can be said in words.

Of all ways to be unsure, the share of the leaf on which lesion and healthy are both likely. On 102
coffee leaves that a model had not learned from, this share and the mean binary entropy (Settles
2009, "Active Learning Literature Survey", 3.1) follow the true share of wrong pixels equally well
(rank correlation 0.94 and 0.93); a share can be explained.
"""

import cv2
import numpy as np

from plantseg_gui.core.results import BoolArray, FloatArray
from plantseg_gui.core.sampling import resampled

# Calibrated lesion probabilities between which a pixel could be either.
UNSURE_FROM, UNSURE_TO = 0.2, 0.8
# Side of the square, in px of the map, over which the doubt of a lesion's pixels is averaged.
_AROUND_PX = 5


def doubt_map(probability: FloatArray) -> FloatArray:
    """How unsure a model is of each pixel and what is next to it: the mean of 4·p·(1 - p) around.

    0 where it is certain, 1 where it cannot tell. Over a lesion the mean of this map counts what is
    inside and what lies just outside its edge: a spot that fades out is more doubtful than one with
    a sharp edge.

    Args:
        probability: [h, w] float32, calibrated; 0 where no tile was processed.

    Returns:
        [h, w] float32, 0 to 1.
    """
    unsure = 4.0 * probability * (1.0 - probability)
    side = (_AROUND_PX, _AROUND_PX)
    return np.asarray(cv2.blur(unsure, side, borderType=cv2.BORDER_REPLICATE), np.float32)


def doubt_of(probability: FloatArray, leaf: BoolArray | None) -> float | None:
    """The doubt in a leaf.

    Args:
        probability: [h, w] float32, calibrated; 0 where no tile was processed.
        leaf: [H, W] bool of the same photo at any scale; None where no leaf was found: the whole
            photo counts.

    Returns:
        Share of the leaf's pixels between 20 and 80 %, 0 to 1; None where nothing of the leaf was
        looked at.
    """
    seen = probability > 0
    if leaf is not None:
        inside = seen & resampled(leaf, seen.shape)
        seen = inside if inside.any() else seen
    looked_at = int(np.count_nonzero(seen))
    if not looked_at:
        return None
    unsure = (probability >= UNSURE_FROM) & (probability <= UNSURE_TO)
    return int(np.count_nonzero(unsure & seen)) / looked_at
