"""Moving the outlines of lesions: growing, shrinking, smoothing. Ids stay, neighbours are safe.

As in `regions`, each function takes the labels [H, W] uint16 as they are and returns the rectangle
that differs with its new values. Only healthy pixels change hands: another lesion's pixels and
"unsure" ones stay what they are. Beyond the photo a lesion goes on.
"""

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.region_change import Change, cropped_change, lesion_boxes, no_change
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray

# A Gaussian is nothing beyond.
_SIGMAS = 3

IndexArray = npt.NDArray[np.intp]


def grow_lesions(labels: LabelArray, by_px: int, lesion_id: int | None = None) -> Change:
    """Grow lesions over healthy pixels by `by_px`, or shrink them when negative.

    A healthy pixel goes to the lesion nearest to it. Shrinking gives back what lies near healthy
    pixels; where two lesions touch, neither recedes.

    Args:
        labels: [H, W] uint16.
        by_px: Photo px; a disc as that of a brush of this radius.
        lesion_id: One lesion; None for every one.
    """
    rect = Rect(0, 0, *labels.shape)
    if lesion_id is not None:
        boxes = lesion_boxes(labels, lesion_id)
        if not boxes:
            return no_change()
        rect = boxes[0][1].pad(abs(by_px) + 1).intersect(rect)
    before = labels[rect.slices]
    lesions = (before != HEALTHY) & (before != UNSURE)
    own = lesions if lesion_id is None else before == lesion_id
    healthy = before == HEALTHY
    values = before.copy()
    if by_px >= 0:
        gained, nearest = _near(healthy, own, by_px)
        values[gained] = before[own][nearest]
    else:
        lost, _ = _near(own, healthy, -by_px)
        values[lost] = HEALTHY
    return cropped_change(labels, rect, values)


def smooth_outlines(labels: LabelArray, by_px: float, lesion_id: int | None = None) -> Change:
    """Round the outlines of lesions; each keeps its area to the pixel.

    Bays and spikes narrower than about twice `by_px` go. Where a lesion touches another one or
    "unsure" pixels, that stretch of its outline stays.

    Args:
        labels: [H, W] uint16.
        by_px: How much: standard deviation of the blur whose level line is the new outline.
        lesion_id: One lesion; None for every one, in rising order of id.
    """
    margin = int(np.ceil(_SIGMAS * by_px)) + 1
    whole = Rect(0, 0, *labels.shape)
    boxes = lesion_boxes(labels, lesion_id)
    if not boxes or by_px <= 0:
        return no_change()
    area = boxes[0][1].pad(margin).intersect(whole) if lesion_id is not None else whole
    before = labels[area.slices]
    values = before.copy()
    for lesion, box in boxes:
        part = box.pad(margin).intersect(whole).moved(-area.y0, -area.x0).slices
        _smooth(values[part], before[part], lesion, by_px)
    return cropped_change(labels, area, values)


def _smooth(part: LabelArray, before: LabelArray, lesion: int, sigma: float) -> None:
    """Smooth one lesion in `part` [h, w] uint16, in place; `before` is as nothing was smoothed."""
    own = part == lesion
    # What another lesion has just given up is not to be had: it would move from one to the other.
    healthy = (part == HEALTHY) & (before == HEALTHY)
    if not own.any():
        return
    # What belongs to others counts neither for nor against: the outline does not recede there.
    counted = np.maximum(_blurred(own | healthy, sigma), np.float32(1e-6))
    share: FloatArray = np.divide(_blurred(own, sigma), counted, dtype=np.float32)
    taken = _highest(share, own, own | healthy)
    part[own & ~taken] = HEALTHY
    part[taken] = lesion


def _highest(share: FloatArray, own: BoolArray, allowed: BoolArray) -> BoolArray:
    """As many allowed pixels as `own` has, those with the highest share; own ones win a tie."""
    places = np.flatnonzero(allowed)
    values, is_own = share.ravel()[places], own.ravel()[places]
    count = int(np.count_nonzero(is_own))
    level = np.partition(values, values.size - count)[values.size - count]
    ties = values == level
    chosen = values > level
    wanted = count - int(np.count_nonzero(chosen))
    in_order = np.concatenate([np.flatnonzero(ties & is_own), np.flatnonzero(ties & ~is_own)])
    chosen[in_order[:wanted]] = True
    taken = np.zeros(own.shape, dtype=bool)
    taken.ravel()[places[chosen]] = True
    return taken


def _blurred(mask: BoolArray, sigma: float) -> FloatArray:
    blurred = cv2.GaussianBlur(
        mask.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(blurred, dtype=np.float32)


def _near(
    asked: BoolArray, sources: BoolArray, radius_px: int
) -> tuple[tuple[IndexArray, IndexArray], IndexArray]:
    """Which pixels of `asked` lie within a brush's radius of `sources`, both [h, w] bool.

    Returns:
        Their rows and columns, and the number of the nearest source of each, in reading order.
    """
    source_rows, source_columns = np.nonzero(sources)
    if not source_rows.size:
        nothing = np.zeros(0, dtype=np.intp)
        return (nothing, nothing), nothing
    distance, number = cv2.distanceTransformWithLabels(
        (~sources).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV goes in steps, so its distances are a little off; the pixel that it names is right.
    rows, columns = np.nonzero(asked & (distance < radius_px + 1.0))
    nearest = number[rows, columns].astype(np.intp) - 1
    squares = (rows - source_rows[nearest]) ** 2 + (columns - source_columns[nearest]) ** 2
    near = squares < radius_px * (radius_px + 1)  # as `strokes.disk`
    return (rows[near], columns[near]), nearest[near]
