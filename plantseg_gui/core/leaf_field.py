"""Leaf among leaves: photos from the field and close-ups that fill the frame.

No ground can be fitted here. Foliage is what has its colour; lesions are brought back as holes and
bays of it; deep shade and foliage far out of focus are left out, but only where they are clearly
the background: leaf that is left out is lost for the severity and for the adaptive tiles.
"""

import cv2
import numpy as np

from plantseg_gui.core.leaf_shape import (
    adopt_touching,
    closed,
    fine_detail,
    holes,
    keep_components,
    opened,
)
from plantseg_gui.core.results import BoolArray, FloatArray

_LEAST_FOLIAGE = 0.04
_ALL_LEAF = 0.90


def foliage_strength(lab: FloatArray) -> FloatArray:
    """[h, w] float32, above 1 where a pixel has the colour of living or yellowing leaf.

    Args:
        lab: [h, w, 3] float32 CIELAB.
    """
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    # Greenness (a* below 0) for what is alive, b* well above a* for what turns yellow.
    green = (-a + 0.25 * np.clip(b, -10.0, 20.0)) / 6.0
    yellow = (b - 2.2 * np.maximum(a, 0.0)) / 24.0
    bluish = np.clip((-6.0 - b) / 4.0, 0.0, 1.0)
    lit = np.clip((lightness - 7.0) / 6.0, 0.0, 1.0)
    return (np.maximum(green, yellow) * (1.0 - bluish) * lit).astype(np.float32)


def leaf_in_field(lab: FloatArray) -> tuple[BoolArray, FloatArray]:
    """The main foliage of a photo without a plain ground.

    Args:
        lab: [h, w, 3] float32 CIELAB at working size.

    Returns:
        mask [h, w] bool (all False where there is no foliage), soft [h, w] float32 (1 at its edge).
    """
    strength = cv2.GaussianBlur(foliage_strength(lab), (0, 0), 1.0)
    foliage = opened(strength > 1.0, 1)
    nothing = np.zeros(foliage.shape, bool)
    # Foliage is green from afar as well; coloured noise and print are not.
    height, width = foliage.shape
    size = (max(1, width // 8), max(1, height // 8))
    afar = foliage_strength(cv2.resize(lab, size, interpolation=cv2.INTER_AREA)) > 1.0
    if min(float(foliage.mean()), float(afar.mean())) < _LEAST_FOLIAGE:
        return nothing, strength
    background = _background(lab, foliage)
    front = foliage & ~background
    if front.mean() < _LEAST_FOLIAGE:
        front, background = foliage, nothing
    front = keep_components(front, np.ones(front.shape, np.float32), 0.5)
    filled = _with_lesions(front, lab, background)
    if filled.mean() > _ALL_LEAF:
        return ~nothing, np.full(strength.shape, 2.0, np.float32)
    return filled, np.where(front, np.maximum(strength, 1.02), strength).astype(np.float32)


def _background(lab: FloatArray, foliage: BoolArray) -> BoolArray:
    """Deep shade, and foliage far out of focus where the front is clearly in focus."""
    lightness = lab[..., 0]
    side = max(lightness.shape)
    wide = cv2.GaussianBlur(lightness, (0, 0), side / 60.0)
    shade = wide < 0.38 * float(np.median(wide[foliage]))
    focus = np.log(cv2.GaussianBlur(fine_detail(lightness), (0, 0), side / 60.0) + 0.05)
    values = focus[foliage]
    low, high = float(values.min()), float(values.max())
    scaled = np.clip((focus - low) / max(1e-6, high - low) * 255.0, 0, 255).astype(np.uint8)
    cut, _ = cv2.threshold(scaled[foliage].reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)
    sharp = scaled > cut
    sharp_share = float(sharp[foliage].mean())
    gap = 0.0
    if 0.0 < sharp_share < 1.0:
        gap = float(focus[foliage & sharp].mean() - focus[foliage & ~sharp].mean())
    # A factor of 3.3 in fine detail: a lens out of focus, not a smooth part of the same leaf.
    if gap > 1.2 and sharp_share > 0.3:
        return shade | ~sharp
    return shade


def _with_lesions(front: BoolArray, lab: FloatArray, background: BoolArray) -> BoolArray:
    """Foliage with its lesions: small holes whatever they look like, large ones if tissue."""
    side = float(np.sqrt(max(1, int(front.sum()))))
    reach = closed(front, max(2, round(0.06 * side)))
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    tissue = (b > 3.0) & (a < 24.0) & (lightness > 12.0) & (lightness < 90.0)
    tissue |= (np.abs(a) < 8.0) & (np.abs(b) < 12.0) & (lightness > 20.0) & (lightness < 90.0)
    filled = front | (reach & opened(tissue, 1))
    brown = (np.abs(a) < 22.0) & (b > -14.0) & (lightness > 10.0) & (lightness < 88.0)
    filled = adopt_touching(filled, opened(brown & ~background & ~filled, 2), 0.28)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        holes(filled).astype(np.uint8), connectivity=4
    )
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    likely = np.bincount(labels.ravel(), tissue.ravel().astype(np.float64), minlength=count) / area
    fill = (area < (0.08 * side) ** 2) | (likely > 0.5)
    fill[0] = False
    return filled | fill[labels]
