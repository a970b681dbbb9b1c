"""Whether a shorter number format gives the same mask as float32 (issue 2, section 3).

The tiles of the check are drawn by code, so the answer depends on the model and the machine alone,
never on which photo happened to come first: predictions stay deterministic.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import FloatArray
from plantseg_gui.inference.calibration import to_probability

SAME_MASK_IOU = 0.995
# Where a model finds next to nothing on the drawn tiles, an IoU of a few pixels says nothing.
_LEAST_MASK_PX = 200
_LARGEST_DIFFERENCE = 0.05
_SEEDS = (1, 3, 5)


def check_tiles(tile_px: int) -> list[npt.NDArray[np.uint8]]:
    """Drawn leaves with lesions, [t, t, 3] RGB each."""
    return [draw_leaf(seed, tile_px).image for seed in _SEEDS]


def same_masks(pairs: Sequence[tuple[FloatArray, FloatArray]], meta: ModelMeta) -> bool:
    """Whether two number formats give the same mask.

    Args:
        pairs: Logits [t, t] of each check tile: float32's and the other format's.
        meta: Calibration and threshold that make a mask of them.
    """
    wanted = np.stack([to_probability(a, meta) for a, _ in pairs])
    got = np.stack([to_probability(b, meta) for _, b in pairs])
    if not np.isfinite(got).all():
        return False
    a, b = wanted >= meta.threshold, got >= meta.threshold
    union = int((a | b).sum())
    if union < _LEAST_MASK_PX:
        return float(np.abs(wanted - got).max()) <= _LARGEST_DIFFERENCE
    return int((a & b).sum()) / union >= SAME_MASK_IOU
