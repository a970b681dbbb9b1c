"""From probability to lesions in the photo's own pixels (specification 3, "Mask and instances").

mask = probability, brought to the photo's pixels, >= threshold. Lesions are its components (8
neighbours); specks under 4 network px are dropped, since at that size the network's output is
noise and each would count as a lesion. A component that holds several query boxes is split.
Needs no network: the threshold slider calls it again.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import FloatArray, HalfArray, LabelArray, QueryBox
from plantseg_gui.inference.calibration import PROBABILITY_FLOOR
from plantseg_gui.inference.splitting import Component, split_component

SPECK_NETWORK_PX = 4
# 65535 means "unsure" in label images.
LARGEST_ID = 65534
# Part of a box that its component must fill before the box counts as a lesion of it.
_BOX_FILL_LEAST = 0.1


def lesion_labels(
    probability: FloatArray,
    height: int,
    width: int,
    threshold: float,
    *,
    affinity: HalfArray | None = None,
    boxes: Sequence[QueryBox] = (),
) -> LabelArray:
    """Label image of the lesions.

    Args:
        probability: [h, w] at network scale, 0 where no tile was processed.
        height: Photo px.
        width: Photo px.
        threshold: Probability from which a pixel is lesion.
        affinity: [8, h/4, w/4]; None = split by distance alone.
        boxes: Query boxes in photo px.

    Returns:
        [height, width] uint16, 0 = healthy. More than 65534 lesions share the last number.
    """
    least = speck_px(probability.shape, height, width)
    full = in_photo_px(probability, height, width)
    labels, stats = lesion_components(full, threshold, least)
    if boxes:
        # Splitting numbers pixels anew, but never takes or adds one.
        _split(labels, stats, boxes, affinity, probability.shape, least)
    return labels


def in_photo_px(probability: FloatArray, height: int, width: int) -> FloatArray:
    """A map at network scale, [h, w], brought to the photo's own pixels, [height, width]."""
    shrink = probability.shape[0] > height or probability.shape[1] > width
    how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    full = cv2.resize(probability, (width, height), interpolation=how)
    return np.asarray(full, np.float32)


def lesion_components(
    full: FloatArray, threshold: float, least_px: int
) -> tuple[LabelArray, npt.NDArray[np.int32]]:
    """The components of "probability >= threshold", specks dropped; what calibration fits t on.

    Args:
        full: [H, W] probability in photo px.
        threshold: Probability from which a pixel is lesion.
        least_px: Smaller components are dropped, see `speck_px`.

    Returns:
        Labels, [H, W] uint16, and cv2's statistics of each label from 1 up, [n, 5].
    """
    # A slider at 0 must not turn pixels that no tile has seen into lesions.
    mask = np.asarray(full >= max(threshold, PROBABILITY_FLOOR))
    _, components, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= least_px
    keep[0] = False
    ids = np.zeros(len(stats), np.int64)
    ids[keep] = np.arange(1, int(keep.sum()) + 1)
    labels: LabelArray = np.minimum(ids, LARGEST_ID).astype(np.uint16)[components]
    return labels, np.asarray(stats[keep], np.int32)


def speck_px(network_shape: tuple[int, ...], height: int, width: int) -> int:
    """Smallest lesion that is kept, in photo px: 4 network px, at least 1."""
    scale = (height * width) / (network_shape[0] * network_shape[1])
    return max(1, round(SPECK_NETWORK_PX * scale))


def _split(
    labels: LabelArray,
    stats: npt.NDArray[np.int32],
    boxes: Sequence[QueryBox],
    affinity: HalfArray | None,
    network_shape: tuple[int, ...],
    least_px: int,
) -> None:
    """Split, in place, the components that hold several boxes."""
    owned: dict[int, list[QueryBox]] = {}
    for box in boxes:
        counts = np.bincount(labels[box.rect.slices].ravel(), minlength=2)
        counts[0] = 0
        owner = int(counts.argmax())
        if counts[owner] >= max(1, _BOX_FILL_LEAST * box.rect.area):
            owned.setdefault(owner, []).append(box)
    next_id = len(stats) + 1
    for owner, members in sorted(owned.items()):
        if len(members) < 2 or owner >= LARGEST_ID:
            continue
        x, y, w, h = (int(v) for v in stats[owner - 1][:4])
        crop = labels[y : y + h, x : x + w]
        part = Component(crop == owner, y, x, labels.shape, network_shape)
        pieces = split_component(part, [b.rect for b in members], affinity, least_px)
        count = int(pieces.max())
        if count < 2 or next_id + count - 2 > LARGEST_ID:
            continue
        # Piece 1 keeps the component's number, the others get new ones.
        numbers = np.concatenate([[0, owner], np.arange(next_id, next_id + count - 1)])
        crop[part.mask] = numbers.astype(np.uint16)[pieces[part.mask]]
        next_id += count - 1
