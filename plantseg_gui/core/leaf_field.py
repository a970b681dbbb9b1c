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
    ellipse,
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
    green = (-a + 0.25 * np.clip(b, -10.0, 20.0)) / 4.8
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
    if foliage.mean() < _LEAST_FOLIAGE:
        return nothing, strength
    # Foliage is green from afar as well; coloured noise and print are not.
    height, width = foliage.shape
    size = (max(1, width // 12), max(1, height // 12))
    afar = foliage_strength(cv2.resize(lab, size, interpolation=cv2.INTER_AREA)) > 1.0
    if afar.mean() < 0.4 * foliage.mean():
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
    front, rest = focus[foliage & sharp], focus[foliage & ~sharp]
    if min(len(front), len(rest)) < 16:
        return shade
    gap = float(front.mean() - rest.mean())
    share = len(front) / len(values)
    apart = gap / max(0.05, float(front.std() + rest.std()))
    # A factor of 3.3 in fine detail: a lens out of focus, not a smooth part of the same leaf. A
    # small front must stand apart clearly: one detailed lesion is no front.
    if gap > 1.2 and (share > 0.3 or (share > 0.08 and apart > 2.5)):
        return shade | ~_sharp_to_the_edge(lab, sharp)
    return shade


def _sharp_to_the_edge(lab: FloatArray, sharp: BoolArray) -> BoolArray:
    """The sharp area without the rim of background that its own edge's detail added.

    Pixels near the border go to the side whose colours they have.
    """
    rim = max(2, round(max(sharp.shape) / 30))
    byte = sharp.astype(np.uint8)
    inner = cv2.erode(byte, ellipse(rim)) > 0
    band = (cv2.dilate(byte, ellipse(2)) > 0) & ~inner
    outer = ~(band | inner)
    if min(int(inner.sum()), int(outer.sum())) < 50:
        return sharp
    score = _likelihood(lab, inner) - _likelihood(lab, outer)
    score = cv2.GaussianBlur(score, (0, 0), max(0.8, max(sharp.shape) / 256))
    return inner | (band & (score > 0))


def _likelihood(lab: FloatArray, where: BoolArray) -> FloatArray:
    """[h, w] log-likelihood under the normal distribution of the colours at `where`."""
    sample = lab[where].astype(np.float64)
    mean = sample.mean(axis=0)
    spread = np.cov(sample.T) + 4.0 * np.eye(3)
    flat = lab.reshape(-1, 3) - mean.astype(np.float32)
    distance = np.einsum("ij,jk,ik->i", flat, np.linalg.inv(spread).astype(np.float32), flat)
    value = -0.5 * (distance + float(np.log(np.linalg.det(spread))))
    return np.asarray(np.clip(value, -40, 0).reshape(where.shape), np.float32)


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
