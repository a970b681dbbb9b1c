"""A region that a click gave, against the lesions that are labelled already.

The same lesion is seldom outlined twice alike: what the label has beyond the region is a thin rim,
and it belongs to the lesion. A part that is thick, or further away, is another lesion that the
label holds as well: it is neither joined nor taken away.
"""

import cv2
import numpy as np

from plantseg_gui.core.areas import Operation, most_overlapped, paint_area
from plantseg_gui.core.document import Document
from plantseg_gui.core.edits import Edit
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.judging import touch_lesions
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.limits import NO_LIMITS, PaintLimits
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray

# A rim is thinner than this part of the radius of a disc as large as the region.
_RIM_PART = 0.5
_RIM_LEAST_PX = 4.0


def lesion_at(labels: LabelArray, rect: Rect, mask: BoolArray, y: int, x: int) -> int:
    """The labelled lesion that a region is about; 0 for none.

    It is the one under the click, else the one that holds at least half of the region.

    Args:
        labels: [H, W] uint16.
        rect: Box of the region.
        mask: [h, w] bool of it.
        y: Row of the click, photo px.
        x: Its column.
    """
    under = int(labels[y, x])
    if HEALTHY < under < UNSURE:
        return under
    below = labels[rect.slices][mask]
    most = most_overlapped(below)
    return most if most and np.count_nonzero(below == most) * 2 >= below.size else 0


def with_rim(
    labels: LabelArray, lesion: int, rect: Rect, mask: BoolArray
) -> tuple[Rect, BoolArray, bool]:
    """The region and the rim that a labelled lesion has around it.

    Args:
        labels: [H, W] uint16.
        lesion: Its id.
        rect: Box of the region.
        mask: [h, w] bool of it.

    Returns:
        Box and pixels of both, and whether the label has another part besides.
    """
    rim = max(_RIM_LEAST_PX, _RIM_PART * float(np.sqrt(np.count_nonzero(mask) / np.pi)))
    box = rect.pad(int(rim) + 2).clip(*labels.shape)
    region = np.zeros((box.height, box.width), bool)
    region[rect.moved(-box.y0, -box.x0).slices] = mask
    rest = (labels[box.slices] == lesion) & ~region
    # A frame of nothing: what goes on beyond the box lies too far away to be the rim.
    framed = cv2.copyMakeBorder(rest.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    other = _distance_to(region) > rim
    # Opened by a disc as wide as a rim may be: what is left is thick.
    core = cv2.distanceTransform(framed, cv2.DIST_L2, 5) > rim / 2
    if core.any():
        other |= (_distance_to(core) <= rim / 2)[1:-1, 1:-1]
    other &= rest
    return box, region | (rest & ~other), bool(other.any())


def _distance_to(mask: BoolArray) -> FloatArray:
    """Of each pixel to the nearest one of a mask that is not empty, px."""
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 5), np.float32)


def add_lesion(
    document: Document,
    rect: Rect,
    mask: BoolArray,
    y: int,
    x: int,
    *,
    join: bool = False,
    limits: PaintLimits = NO_LIMITS,
) -> Edit | None:
    """Make the clicked region a lesion, in one undo step.

    It becomes a lesion of its own; where it is a labelled lesion outlined anew, that one grows.
    Other lesions keep their pixels. A lesion that it is parted from counts as touched as a whole.

    Args:
        document: Its labels are changed, through its history.
        rect: Box of the region, inside the photo.
        mask: [h, w] bool of it.
        y: Row of the click, photo px.
        x: Its column.
        join: Instead, the region joins the lesion that it overlaps or touches most, if any.
        limits: Pixels outside them keep their labels.

    Returns:
        The step; None when a stroke is open or nothing would change.

    Raises:
        ValueError: All lesion ids are in use.
    """
    if document.history.open:
        return None
    labels, parted = document.labels.array, []
    lesion = lesion_at(labels, rect, mask, y, x)
    if join:
        lesion = _touched(labels, rect, mask) or lesion
    elif lesion:
        rect, mask, more = with_rim(labels, lesion, rect, mask)
        mask &= (labels[rect.slices] == lesion) | _free(labels[rect.slices])
        if more:
            lesion, parted = 0, [lesion]
    else:
        mask = mask & _free(labels[rect.slices])
    allowed = limits.allowed(document, rect)
    if allowed is not None:
        mask = mask & allowed
    if not mask.any():
        return None
    values = document.labels.read(rect)
    values[mask] = lesion or document.labels.next_id()
    name = "Add lesion" if not lesion else "Join to lesion" if join else "Extend lesion"
    document.history.begin(name)
    document.history.paint(rect, values, mask)
    touch_lesions(document, parted)
    return document.history.commit()


def take_lesion_away(
    document: Document,
    rect: Rect,
    mask: BoolArray,
    y: int,
    x: int,
    *,
    limits: PaintLimits = NO_LIMITS,
) -> Edit | None:
    """Make the clicked region healthy, and the rim of its lesion; see `add_lesion`."""
    labels = document.labels.array
    lesion = lesion_at(labels, rect, mask, y, x)
    if lesion:
        rect, mask, _ = with_rim(labels, lesion, rect, mask)
        # A neighbour is not nibbled at.
        mask &= (labels[rect.slices] == lesion) | _free(labels[rect.slices])
    mask = mask & (labels[rect.slices] != HEALTHY)
    return paint_area(
        document, rect, mask, Operation.SUBTRACT, limits=limits, name="Take lesion away"
    )


def _free(labels: LabelArray) -> BoolArray:
    return (labels == HEALTHY) | (labels == UNSURE)


def _touched(labels: LabelArray, rect: Rect, mask: BoolArray) -> int:
    """The lesion that a region overlaps most, else touches most; 0 for none."""
    over = most_overlapped(labels[rect.slices][mask])
    if over:
        return over
    wide = rect.pad(1).clip(*labels.shape)
    region = np.zeros((wide.height, wide.width), np.uint8)
    region[rect.moved(-wide.y0, -wide.x0).slices] = mask
    return most_overlapped(labels[wide.slices][cv2.dilate(region, np.ones((3, 3))).view(bool)])
