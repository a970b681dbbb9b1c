"""Drawing a stretch of a lesion's outline anew, between two points of it."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.edits import crop_to_change
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.polygon import polygon_mask
from plantseg_gui.core.results import LabelArray
from plantseg_gui.core.strokes import Point

_Contour = npt.NDArray[np.float64]


def lesion_near(labels: LabelArray, y: float, x: float, reach_px: float) -> int:
    """The lesion whose pixel is nearest to a point, photo px; 0 when none is within reach."""
    reach = int(np.ceil(reach_px))
    box = Rect(int(y) - reach, int(x) - reach, int(y) + reach + 1, int(x) + reach + 1)
    box = box.clip(*labels.shape)
    if box.empty:
        return 0
    part = labels[box.slices]
    rows, columns = np.nonzero((part != HEALTHY) & (part != UNSURE))
    if not rows.size:
        return 0
    away = np.hypot(rows + box.y0 + 0.5 - y, columns + box.x0 + 0.5 - x)
    nearest = int(np.argmin(away))
    return int(part[rows[nearest], columns[nearest]]) if away[nearest] <= reach_px else 0


def redraw_outline(
    labels: LabelArray, lesion_id: int, path: Sequence[Point]
) -> tuple[Rect, LabelArray] | None:
    """Let a path replace the stretch of outline between the points nearest to its two ends.

    Of the two stretches the one goes whose loss changes the lesion less. Pixels of other lesions
    keep their labels; of a lesion in several pieces the piece nearest to the path's start changes.

    Args:
        labels: [H, W] uint16, unchanged.
        lesion_id: Whose outline.
        path: (y, x) in photo px, at least 2 points.

    Returns:
        Rectangle and new labels [h, w] uint16 for `Document.apply_region`; None when nothing would
        change.
    """
    own = labels == lesion_id
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    if not rows.size or len(path) < 2:
        return None
    ys, xs = [p[0] for p in path], [p[1] for p in path]
    box = Rect(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
    box = box.union(Rect(int(min(ys)), int(min(xs)), int(max(ys)) + 1, int(max(xs)) + 1))
    box = box.pad(2).clip(*labels.shape)
    mask = own[box.slices]
    line = np.array(path, float) - (box.y0, box.x0)
    contour = _nearest_contour(mask, line[0])
    first, last = (int(np.argmin(np.hypot(*(contour - end).T))) for end in (line[0], line[-1]))
    piece = _filled(contour, mask.shape)
    ways = [_filled(np.concatenate([line, arc]), mask.shape) for arc in _arcs(contour, last, first)]
    drawn = max(ways, key=lambda way: _overlap(way, piece))
    values = labels[box.slices].copy()
    values[mask & piece & ~drawn] = HEALTHY
    values[drawn & (values == HEALTHY)] = lesion_id
    cropped = crop_to_change(box, labels[box.slices], values)
    return None if cropped is None else (cropped[0], cropped[2])


def _nearest_contour(mask: npt.NDArray[np.bool_], point: _Contour) -> _Contour:
    """The outer outline nearest to a point, [n, 2] (y, x)."""
    found, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = [c[:, 0, ::-1].astype(float) + 0.5 for c in found]
    return min(outlines, key=lambda c: float(np.hypot(*(c - point).T).min()))


def _arcs(contour: _Contour, start: int, end: int) -> tuple[_Contour, _Contour]:
    """Both ways along a closed outline from one of its points to another, [n, 2]."""
    count = len(contour)
    forward = np.arange(start, start + (end - start) % count + 1) % count
    backward = np.arange(start, start - (start - end) % count - 1, -1) % count
    return contour[forward], contour[backward]


def _filled(outline: _Contour, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    whole = np.zeros(shape, bool)
    rect, inside = polygon_mask([(y, x) for y, x in outline.tolist()], (shape[0], shape[1]))
    if not rect.empty:
        whole[rect.slices] = inside
    return whole


def _overlap(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    either = (one | other).sum()
    return float((one & other).sum() / either) if either else 0.0
