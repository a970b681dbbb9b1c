"""Whether a shorter number format gives the same mask as float32 (issue 2, section 3).

The tiles of the check are drawn by code, so the answer depends on the model and the machine alone,
never on which photo happened to come first: predictions stay deterministic.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import FloatArray
from plantseg_gui.inference.calibration import to_probability

SAME_MASK_IOU = 0.99
# Where a model finds next to nothing on the drawn tiles, an IoU of a few pixels says nothing.
_LEAST_MASK_PX = 200
_LARGEST_DIFFERENCE = 0.05


def check_tiles(tile_px: int) -> list[npt.NDArray[np.uint8]]:
    """Two drawn tiles [t, t, 3] RGB: a leaf with brown lesions on a light and on a dark ground."""
    return [_draw(tile_px, seed, ground) for seed, ground in ((1, 215), (2, 70))]


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


def _draw(tile_px: int, seed: int, ground: int) -> npt.NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    tile = np.full((tile_px, tile_px, 3), ground, np.uint8)
    middle = (tile_px // 2, tile_px // 2)
    cv2.ellipse(
        tile, middle, (int(tile_px * 0.46), int(tile_px * 0.36)), 30, 0, 360, (74, 124, 52), -1
    )
    for _ in range(9):
        at = random.normal(tile_px / 2, tile_px * 0.15, 2).astype(int).tolist()
        radius = int(random.integers(max(2, tile_px // 64), max(3, tile_px // 12)))
        cv2.circle(tile, at, radius + 3, (190, 170, 70), -1, cv2.LINE_AA)
        cv2.circle(tile, at, radius, (112, 70, 38), -1, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(tile, (0, 0), 1.2).astype(np.float32)
    noise = random.normal(0, 5, blurred.shape)
    return np.clip(blurred + noise, 0, 255).astype(np.uint8)
