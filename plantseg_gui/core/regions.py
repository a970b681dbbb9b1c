"""Tools that work on whole regions of a label image.

Each function takes the labels [H, W] uint16 as they are, changes nothing, and returns the
rectangle that differs with its new values [h, w] uint16, for `Document.apply_region`. An empty
rectangle says that nothing would change.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage
from skimage import measure as sk_measure

from plantseg_gui.core.edits import crop_to_change
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE, highest_id
from plantseg_gui.core.polygon import polygon_mask
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.strokes import Point, disk

Change = tuple[Rect, LabelArray]


def flood_fill(labels: LabelArray, y: float, x: float, value: int) -> Change:
    """Give `value` to the connected region of one label around (y, x), photo px.

    Regions connect over sides, not corners: a fill must not leak through a diagonal outline.

    Raises:
        ValueError: The point lies outside the photo.
    """
    row, column = int(np.floor(y)), int(np.floor(x))
    if not (0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]):
        raise ValueError(f"the point {y, x} lies outside the photo of {labels.shape} px")
    same = (labels == labels[row, column]).astype(np.uint8)
    _, _, _, (x0, y0, width, height) = cv2.floodFill(same, None, (column, row), 2, flags=4)
    rect = Rect(y0, x0, y0 + height, x0 + width)
    values = labels[rect.slices].copy()
    values[same[rect.slices] == 2] = value
    return _change(labels, rect, values)


def fill_polygon(labels: LabelArray, points: Sequence[Point], value: int) -> Change:
    """Give `value` to a closed outline, (y, x) in photo px, and to everything inside it."""
    rect, inside = polygon_mask(points, labels.shape)
    if rect.empty:
        return _nothing()
    values = labels[rect.slices].copy()
    values[inside] = value
    return _change(labels, rect, values)


def fill_holes(labels: LabelArray, lesion_id: int | None = None) -> Change:
    """Give healthy pixels that a lesion encloses to that lesion.

    Args:
        labels: [H, W] uint16.
        lesion_id: One lesion; None for every one.
    """
    new = labels.copy()
    for lesion, rect in _boxes(labels, lesion_id):
        part = new[rect.slices]
        holes = ndimage.binary_fill_holes(part == lesion) & (part == HEALTHY)
        part[holes] = lesion
    return _change(labels, _whole(labels), new)


def remove_specks(labels: LabelArray, min_area_px: int) -> Change:
    """Make connected parts of lesions with fewer pixels than `min_area_px` healthy."""
    lesions = np.where(labels == UNSURE, np.uint16(HEALTHY), labels)
    parts = sk_measure.label(lesions, background=HEALTHY, connectivity=2)
    areas = np.bincount(parts.ravel())
    small = areas < min_area_px
    small[0] = False
    new = labels.copy()
    new[small[parts]] = HEALTHY
    return _change(labels, _whole(labels), new)


def merge_lesions(labels: LabelArray, ids: Sequence[int]) -> Change:
    """Make several lesions one, with the first id of the list."""
    rect = Rect(0, 0, 0, 0)
    for lesion in ids:
        for _, box in _boxes(labels, lesion):
            rect = rect.union(box)
    if rect.empty or len(ids) < 2:
        return _nothing()
    values = labels[rect.slices].copy()
    values[np.isin(values, np.array(ids, dtype=np.uint16))] = ids[0]
    return _change(labels, rect, values)


def split_lesion(labels: LabelArray, lesion_id: int, line: Sequence[Point]) -> Change:
    """Cut a lesion along a line, (y, x) in photo px; parts that were apart become lesions too.

    The largest part keeps the id, the others get new ones; the pixels under the line go to the
    part next to them. A line that cuts nothing off changes nothing.

    Raises:
        ValueError: No ids are left.
    """
    for _, rect in _boxes(labels, lesion_id):
        lesion: BoolArray = labels[rect.slices] == lesion_id
        cut = lesion & ~_line_mask(line, rect)
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
        return _change(labels, rect, values)
    return _nothing()


def grow_lesion(labels: LabelArray, lesion_id: int, by_px: int) -> Change:
    """Grow a lesion over healthy pixels by `by_px`, or shrink it when negative."""
    for _, box in _boxes(labels, lesion_id):
        rect = box.pad(abs(by_px) + 1).clip(*labels.shape)
        values = labels[rect.slices].copy()
        lesion = (values == lesion_id).view(np.uint8)
        stamp = disk(abs(by_px)).astype(np.uint8)
        if by_px >= 0:
            grown = cv2.dilate(lesion, stamp).view(bool)
            values[grown & (values == HEALTHY)] = lesion_id
        else:
            # Beyond the photo counts as lesion: a leaf's lesion goes on outside the picture.
            shrunk = cv2.erode(lesion, stamp).view(bool)
            values[lesion.view(bool) & ~shrunk] = HEALTHY
        return _change(labels, rect, values)
    return _nothing()


def _boxes(labels: LabelArray, lesion_id: int | None) -> list[tuple[int, Rect]]:
    """Ids and boxes of all lesions, or of one if it exists."""
    if lesion_id is not None and not HEALTHY < lesion_id < UNSURE:
        return []
    wanted = labels if lesion_id is None else (labels == lesion_id).view(np.uint8)
    boxes = []
    for index, found in enumerate(ndimage.find_objects(wanted)):
        lesion = index + 1 if lesion_id is None else lesion_id
        if found is not None and lesion != UNSURE:
            rows, columns = found
            boxes.append((lesion, Rect(rows.start, columns.start, rows.stop, columns.stop)))
    return boxes


def _line_mask(line: Sequence[Point], rect: Rect) -> BoolArray:
    """Pixels of `rect` under a line, [h, w] bool, connected over sides so that no corner leaks."""
    mask = np.zeros((rect.height, rect.width), dtype=np.uint8)
    pixels = np.floor(np.array(line, dtype=float).reshape(-1, 2)).astype(np.int32)
    path = pixels[:, ::-1] - np.array([rect.x0, rect.y0], dtype=np.int32)
    cv2.polylines(mask, [np.ascontiguousarray(path)], False, 1, lineType=cv2.LINE_4)
    return mask.view(bool)


def _whole(labels: LabelArray) -> Rect:
    return Rect(0, 0, labels.shape[0], labels.shape[1])


def _nothing() -> Change:
    return Rect(0, 0, 0, 0), np.zeros((0, 0), dtype=np.uint16)


def _change(labels: LabelArray, rect: Rect, values: LabelArray) -> Change:
    cropped = crop_to_change(rect, labels[rect.slices], values)
    if cropped is None:
        return _nothing()
    return cropped[0], cropped[2]
