"""Lesions as objects: separating a mask into them, and measuring each."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray
from plantseg_gui.core.sampling import steps

Point = tuple[float, float]

# Contour length through a 2×2 window, by how many of its pixels are the lesion's. A chain of such
# steps is too long by 8 / (π (1 + √2)) on average over all directions; the factor takes that out.
# Source: Kulpa 1977, Computer Graphics and Image Processing 6, 434-454.
_KULPA = np.pi * (1.0 + np.sqrt(2.0)) / 8.0
_CORNER_PX = _KULPA * np.sqrt(0.5)
_SIDE_PX = _KULPA


@dataclass(frozen=True)
class Lesion:
    """The measures of one lesion, in photo px.

    Attributes:
        id: Its number in the label image.
        area_px: Pixels.
        perimeter_px: Length of its outlines, holes included; right on average over directions (a
            disc of radius 100 to 0.3 %), 5 % short along rows and columns.
        box: Smallest rectangle that holds it.
        centroid: (y, x) of its centre of mass, where pixel (0, 0) covers 0 to 1.
        mean_probability: Mean lesion probability of the network inside it; None without a map.
        doubt: How unsure the network is of it, 0 to 1: the mean of `core.doubt.doubt_map` inside
            it; None without a map.
        touched_px: Its pixels that a person touched.
    """

    id: int
    area_px: int
    perimeter_px: float
    box: Rect
    centroid: Point
    mean_probability: float | None
    doubt: float | None = None
    touched_px: int = 0

    @property
    def by_person(self) -> bool:
        """Whether a person touched any of it."""
        return self.touched_px > 0

    @property
    def accepted(self) -> bool:
        """Whether a person stands for all of it: painted, or accepted as the network found it."""
        return self.touched_px == self.area_px


def label_components(mask: BoolArray) -> LabelArray:
    """Number the connected parts of a mask, 1, 2, … in reading order; corners connect.

    Of more than 65534 parts, the largest get numbers and the rest is left out.

    Args:
        mask: [H, W] bool.

    Returns:
        [H, W] uint16, 0 outside the mask.
    """
    bytes_ = np.ascontiguousarray(mask).view(np.uint8)
    count, components, stats, _ = cv2.connectedComponentsWithStats(
        bytes_, connectivity=8, ltype=cv2.CV_32S
    )
    if count - 1 <= MAX_LESION_ID:
        return components.astype(np.uint16)
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = np.sort(np.argsort(-areas, kind="stable")[:MAX_LESION_ID])
    table = np.zeros(count, dtype=np.uint16)
    table[largest + 1] = np.arange(1, MAX_LESION_ID + 1)
    return table[components]


def measure(
    labels: LabelArray,
    probability: FloatArray | None = None,
    *,
    doubt: FloatArray | None = None,
    touched: BoolArray | None = None,
    within: Rect | None = None,
    ids: BoolArray | None = None,
) -> list[Lesion]:
    """Measure every lesion, in rising order of id; healthy and unsure pixels are none.

    Args:
        labels: [H, W] uint16.
        probability: [h, w] float32 at any scale, over the whole photo; the nearest value counts.
        doubt: `core.doubt.doubt_map` of it, [h, w] float32.
        touched: [H, W] bool, the pixels that a person touched; None for none.
        within: Look into this rectangle only; a lesion that reaches outside is cut off.
        ids: [65536] bool, lesions to measure; None for all.
    """
    area = within if within is not None else Rect(0, 0, *labels.shape)
    part = labels[area.slices]
    wanted = (part != HEALTHY) & (part != UNSURE)
    if ids is not None:
        wanted &= ids[part]
    places = np.flatnonzero(wanted)
    if not places.size:
        return []
    values = part.ravel()[places]
    # Stable, so that inside each lesion pixels stay in reading order.
    order = np.argsort(values, kind="stable")
    places, values = places[order], values[order]
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    found = values[starts]
    ends = np.append(starts[1:], values.size)
    areas = ends - starts
    y, x = np.divmod(places.astype(np.int32), np.int32(area.width))
    y, x = y + np.int32(area.y0), x + np.int32(area.x0)
    left, right = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
    centre_y = np.add.reduceat(y, starts, dtype=np.int64) / areas + 0.5
    centre_x = np.add.reduceat(x, starts, dtype=np.int64) / areas + 0.5
    perimeters = _perimeters(part, found)
    means, doubts = (
        None
        if values_map is None
        else np.add.reduceat(_sampled(values_map, y, x, labels.shape), starts, dtype=np.float64)
        / areas
        for values_map in (probability, doubt)
    )
    by_person = np.zeros(len(found), np.int64)
    if touched is not None:
        by_person = np.add.reduceat(touched[y, x], starts, dtype=np.int64)
    return [
        Lesion(
            id=int(found[i]),
            area_px=int(areas[i]),
            perimeter_px=float(perimeters[i]),
            box=Rect(int(y[starts[i]]), int(left[i]), int(y[ends[i] - 1]) + 1, int(right[i]) + 1),
            centroid=(float(centre_y[i]), float(centre_x[i])),
            mean_probability=None if means is None else float(means[i]),
            doubt=None if doubts is None else float(doubts[i]),
            touched_px=int(by_person[i]),
        )
        for i in range(len(found))
    ]


def count_lesions(labels: LabelArray) -> int:
    """How many lesions a label image uint16, of any shape, holds."""
    seen = np.zeros(UNSURE + 1, dtype=bool)
    seen[labels.ravel()] = True
    return int(np.count_nonzero(seen[1:UNSURE]))


def _sampled(
    probability: FloatArray,
    y: npt.NDArray[np.int32],
    x: npt.NDArray[np.int32],
    shape: tuple[int, ...],
) -> FloatArray:
    rows, columns = (steps(w, t) for w, t in zip(shape, probability.shape, strict=True))
    return probability[rows[y], columns[x]]


def _perimeters(labels: LabelArray, ids: LabelArray) -> npt.NDArray[np.float64]:
    """Outline length of each lesion of `ids`, by marching squares over 2×2 windows.

    A window with one or three pixels of a lesion adds √½ px, with two neighbours 1 px, with two
    opposite ones 2·√½ px, all times `_KULPA`. Windows of a single label are not looked at.
    """
    # A rim, so that the edge of the photo counts as outline.
    padded = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    corners = (padded[:-1, :-1], padded[:-1, 1:], padded[1:, 1:], padded[1:, :-1])
    mixed = corners[0] != corners[1]
    mixed |= corners[0] != corners[2]
    mixed |= corners[0] != corners[3]
    windows = np.flatnonzero(mixed)
    rows, columns = np.divmod(windows, mixed.shape[1])
    ring = [corner[rows, columns] for corner in corners]  # clockwise
    lengths = np.zeros(UNSURE + 1)
    for i, label in enumerate(ring):
        after, opposite, before = (ring[(i + step) % 4] == label for step in (1, 2, 3))
        same = 1 + after.view(np.int8) + opposite.view(np.int8) + before.view(np.int8)
        # Each pixel adds its share of the window's length, so that the loop adds it up once.
        share = np.select(
            [same == 1, (same == 2) & opposite, same == 2],
            [_CORNER_PX, _CORNER_PX, _SIDE_PX / 2],
            _CORNER_PX / 3,
        )
        lengths += np.bincount(label, weights=share, minlength=UNSURE + 1)
    return lengths[ids]
