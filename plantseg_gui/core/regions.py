"""Tools that work on whole regions of a label image.

Each function takes the labels [H, W] uint16 as they are and leaves them so. One that makes a change
returns the rectangle that differs with its new values [h, w] uint16, for `Document.apply_region`.
An empty rectangle says that nothing would change.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.flood import flood_region, pixel_at
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE, highest_id
from plantseg_gui.core.polygon import polygon_mask
from plantseg_gui.core.region_change import Change, cropped_change, lesion_boxes, no_change
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.strokes import Point


def label_region(labels: LabelArray, y: float, x: float) -> tuple[Rect, BoolArray]:
    """The connected region of one label around (y, x), photo px: its box and mask [h, w] bool.

    Regions connect over sides, not corners: a fill must not leak through a diagonal outline.

    Raises:
        ValueError: The point lies outside the photo.
    """
    label = labels[pixel_at(y, x, labels.shape)]
    return flood_region(lambda rect: labels[rect.slices] == label, y, x, labels.shape)


def fill_polygon(labels: LabelArray, points: Sequence[Point], value: int) -> Change:
    """Give `value` to a closed outline, (y, x) in photo px, and to everything inside it."""
    rect, inside = polygon_mask(points, labels.shape)
    if rect.empty:
        return no_change()
    values = labels[rect.slices].copy()
    values[inside] = value
    return cropped_change(labels, rect, values)


def fill_holes(labels: LabelArray, lesion_id: int | None = None) -> Change:
    """Give healthy pixels that a lesion encloses to that lesion.

    Args:
        labels: [H, W] uint16.
        lesion_id: One lesion; None for every one.
    """
    from scipy import ndimage  # here: it would make the window wait at its start

    new = labels.copy()
    for lesion, rect in lesion_boxes(labels, lesion_id):
        part = new[rect.slices]
        holes = ndimage.binary_fill_holes(part == lesion) & (part == HEALTHY)
        part[holes] = lesion
    return cropped_change(labels, _whole(labels), new)


def speck_areas(labels: LabelArray, lesion_id: int | None = None) -> npt.NDArray[np.int64]:
    """Pixels of each connected part of all lesions, or of one, in rising order.

    The number of them below an area is how many specks `remove_specks` would take away.
    """
    return np.sort(_parts(labels, lesion_id)[1][1:])


def remove_specks(labels: LabelArray, min_area_px: int, lesion_id: int | None = None) -> Change:
    """Make connected parts of lesions with fewer pixels than `min_area_px` healthy.

    Args:
        labels: [H, W] uint16.
        min_area_px: The smallest part that stays.
        lesion_id: Only parts of one lesion; None for every one.
    """
    parts, areas = _parts(labels, lesion_id)
    small = areas < min_area_px
    small[0] = False
    new = labels.copy()
    new[small[parts]] = HEALTHY
    return cropped_change(labels, _whole(labels), new)


def _parts(
    labels: LabelArray, lesion_id: int | None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of the connected part of each pixel, [H, W], 0 for none; the pixels of each part."""
    from skimage import measure  # here: see fill_holes

    left_out = labels == UNSURE if lesion_id is None else labels != lesion_id
    lesions = np.where(left_out, np.uint16(HEALTHY), labels)
    parts = measure.label(lesions, background=HEALTHY, connectivity=2)
    return parts, np.bincount(parts.ravel())


def split_lesion(labels: LabelArray, lesion_id: int, line: Sequence[Point]) -> Change:
    """Cut a lesion along a line, (y, x) in photo px; parts that were apart become lesions too.

    The largest part keeps the id, the others get new ones; the pixels under the line go to the
    part next to them. A line that cuts nothing off changes nothing.

    Raises:
        ValueError: No ids are left.
    """
    from scipy import ndimage  # here: it would make the window wait at its start

    for _, rect in lesion_boxes(labels, lesion_id):
        lesion: BoolArray = labels[rect.slices] == lesion_id
        cut = lesion & ~line_mask(line, rect)
        count, parts, stats, _ = cv2.connectedComponentsWithStats(
            cut.view(np.uint8), connectivity=8, ltype=cv2.CV_32S
        )
        if count < 3:
            break
        first_new = highest_id(labels) + 1
        if first_new + count - 3 > MAX_LESION_ID:
            raise ValueError(f"no lesion ids are left above {first_new - 1}")
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        table = np.zeros(count, dtype=np.uint16)
        others = [part for part in range(1, count) if part != largest]
        table[others] = np.arange(first_new, first_new + len(others))
        table[largest] = lesion_id
        nearest = ndimage.distance_transform_edt(
            parts == 0, return_distances=False, return_indices=True
        )
        values = labels[rect.slices].copy()
        values[lesion] = table[parts[nearest[0], nearest[1]]][lesion]
        return cropped_change(labels, rect, values)
    return no_change()


def line_mask(line: Sequence[Point], rect: Rect) -> BoolArray:
    """Pixels of `rect` under a line, [h, w] bool, connected over sides so that no corner leaks."""
    mask = np.zeros((rect.height, rect.width), dtype=np.uint8)
    pixels = np.floor(np.array(line, dtype=float).reshape(-1, 2)).astype(np.int32)
    path = pixels[:, ::-1] - np.array([rect.x0, rect.y0], dtype=np.int32)
    cv2.polylines(mask, [np.ascontiguousarray(path)], False, 1, lineType=cv2.LINE_4)
    return mask.view(bool)


def _whole(labels: LabelArray) -> Rect:
    return Rect(0, 0, labels.shape[0], labels.shape[1])
