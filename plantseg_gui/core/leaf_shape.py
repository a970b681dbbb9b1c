"""Mask work that both leaf finders share: holes, bays at the edge, specks, the full-size edge.

Everything here runs on the small working picture except `to_photo_size`.
"""

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import BoolArray, FloatArray

# A closing over the photo's frame would eat into a leaf that leaves the picture.
_FRAME = cv2.BORDER_REPLICATE


def ellipse(radius: int) -> npt.NDArray[np.uint8]:
    """Round structuring element of 2·radius + 1 px."""
    size = 2 * max(1, radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def opened(mask: BoolArray, radius: int) -> BoolArray:
    """Mask without what is thinner than 2·radius + 1 px."""
    grown = cv2.morphologyEx(
        mask.astype(np.uint8), cv2.MORPH_OPEN, ellipse(radius), borderType=_FRAME
    )
    return grown > 0


def closed(mask: BoolArray, radius: int) -> BoolArray:
    """Mask with gaps and bays narrower than 2·radius px bridged, the frame not being a bank."""
    padded = cv2.copyMakeBorder(
        mask.astype(np.uint8), radius, radius, radius, radius, cv2.BORDER_CONSTANT, value=0
    )
    done = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, ellipse(radius))
    return done[radius:-radius, radius:-radius] > 0


def holes(mask: BoolArray) -> BoolArray:
    """Pixels outside `mask` that it encloses; what touches the photo's frame is no hole."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    height, width = mask.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    inside = (
        (left > 0)
        & (top > 0)
        & (left + stats[:, cv2.CC_STAT_WIDTH] < width)
        & (top + stats[:, cv2.CC_STAT_HEIGHT] < height)
    )
    inside[0] = False
    return inside[labels] if count > 1 else np.zeros(mask.shape, bool)


def keep_components(mask: BoolArray, evidence: FloatArray, least_share: float) -> BoolArray:
    """The connected parts whose mean evidence reaches a share and that are not specks.

    Args:
        mask: [h, w].
        evidence: [h, w], 1 where a pixel looks like a plant.
        least_share: of a part's evidence, 0 to 1.

    Returns:
        [h, w]: parts of at least 4 % of the largest accepted part and 0.02 % of the picture.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    if count < 2:
        return np.zeros(mask.shape, bool)
    area = np.maximum(stats[:, cv2.CC_STAT_AREA].astype(np.float64), 1.0)
    share = np.bincount(labels.ravel(), evidence.ravel(), minlength=count) / area
    good = share >= least_share
    good[0] = False
    if not good.any():
        return np.zeros(mask.shape, bool)
    good &= area >= max(0.04 * area[good].max(), 2e-4 * mask.size)
    return good[labels]


def adopt_touching(leaf: BoolArray, candidate: BoolArray, least_contact: float) -> BoolArray:
    """Leaf with the candidate parts that lie against it: dead tissue at its edge.

    Soil and hands touch a leaf with a small share of their outline and run out of the picture;
    a dead tip or a bitten edge touches it with much of its own.

    Args:
        leaf: [h, w] what is leaf for sure.
        candidate: [h, w] what could be dead tissue.
        least_contact: Share of a part's outline that must lie on the leaf, 0 to 1; half as much
            again for a part that runs out of the picture.

    Returns:
        [h, w].
    """
    parts = candidate & ~leaf
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        parts.astype(np.uint8), connectivity=4
    )
    if count < 2:
        return leaf
    near = cv2.dilate(leaf.astype(np.uint8), ellipse(2)) > 0
    inner = cv2.erode(parts.astype(np.uint8), ellipse(1), borderValue=0) > 0
    outline = parts & ~inner
    total = np.bincount(labels[outline], minlength=count)
    touching = np.bincount(labels[outline & near], minlength=count)
    height, width = leaf.shape
    leaves_frame = (stats[:, cv2.CC_STAT_LEFT] == 0) | (stats[:, cv2.CC_STAT_TOP] == 0)
    leaves_frame |= stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] >= width
    leaves_frame |= stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] >= height
    needed = np.where(leaves_frame, 1.5 * least_contact, least_contact)
    accepted = touching >= needed * np.maximum(total, 1)
    accepted &= stats[:, cv2.CC_STAT_AREA] < 0.8 * max(1, int(leaf.sum()))
    accepted[0] = False
    return leaf | accepted[labels]


def fine_detail(lightness: FloatArray, where: BoolArray | None = None) -> FloatArray:
    """[h, w] mean of fine contrast around each pixel: high in focus, low in shadows and blur.

    Args:
        lightness: [h, w] L*, 0 to 100.
        where: Pixels that count; all without it. Keeps a leaf's own edge out of its shadow.
    """
    side = max(lightness.shape)
    detail = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), max(1.0, side / 320.0)))
    if where is None:
        return np.asarray(cv2.GaussianBlur(detail, (0, 0), side / 60.0), np.float32)
    weight = where.astype(np.float32)
    total = cv2.GaussianBlur(detail * weight, (0, 0), side / 60.0)
    return np.asarray(total / (cv2.GaussianBlur(weight, (0, 0), side / 60.0) + 1e-3), np.float32)


def to_photo_size(
    mask: BoolArray, soft: FloatArray, height: int, width: int, band_px: int = 2
) -> BoolArray:
    """The small mask at the photo's size, its edge placed by the soft map.

    Args:
        mask: [h, w] the decision at working size.
        soft: [h, w] strength, 1 at the edge between ground and leaf.
        height: Photo px.
        width: Photo px.
        band_px: How far from the mask's edge, in working px, the soft map may move it.

    Returns:
        [height, width] bool.
    """
    small = mask.astype(np.uint8)
    element = ellipse(band_px)
    core = cv2.erode(small, element, borderType=_FRAME) > 0
    reach = cv2.dilate(small, element, borderType=_FRAME) > 0
    # Inside the band the soft map must agree with the decision, which knows holes and bays.
    level = np.where(mask, np.maximum(soft, 1.02), np.minimum(soft, 0.98))
    level = np.where(core, 2.0, np.where(reach, np.clip(level, 0.0, 2.0), 0.0))
    coarse = (level * 100.0).astype(np.uint8)
    full = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return full >= 100
