"""How unsure a model is of a leaf, in one number.

The mean over the leaf of the binary entropy of the calibrated lesion probability, in bits (least
confident and entropy sampling, Settles 2009, "Active Learning Literature Survey", section 3.1): 0
where the model is sure of every pixel, 1 where every pixel could be either. Read as a share: as
unsure as if this part of the leaf were anybody's guess.
"""

import numpy as np

from plantseg_gui.core.results import BoolArray, FloatArray


def doubt_of(probability: FloatArray, leaf: BoolArray | None) -> float | None:
    """The doubt in a leaf.

    Args:
        probability: [h, w] float32, calibrated; 0 where no tile was processed.
        leaf: [H, W] bool of the same photo at any scale; None where no leaf was found: the whole
            photo counts.

    Returns:
        0 to 1; None where nothing of the leaf was looked at.
    """
    seen = probability > 0
    if leaf is not None:
        (height, width), (rows, columns) = seen.shape, leaf.shape
        row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
        inside = seen & leaf[row[:, None], column]
        seen = inside if inside.any() else seen
    p = probability[seen]
    p = p[np.isfinite(p)]
    if not p.size:
        return None
    return float(entropy(p).mean(dtype=np.float64))


def entropy(probability: FloatArray) -> FloatArray:
    """Binary entropy in bits, 0 to 1, of any shape."""
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    q = 1 - p
    return np.asarray(-(p * np.log2(p) + q * np.log2(q)), np.float32)
