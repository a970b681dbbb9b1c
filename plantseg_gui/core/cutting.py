"""Lesions under a line that a person draws: cutting them apart, and joining them."""

from collections.abc import Sequence

import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.region_change import Change, cropped_change, no_change
from plantseg_gui.core.regions import split_lesion
from plantseg_gui.core.results import LabelArray
from plantseg_gui.core.strokes import Point


def lesions_under(labels: LabelArray, line: Sequence[Point]) -> list[int]:
    """Ids of the lesions that a line, (y, x) in photo px, runs over; the one first met first."""
    met: dict[int, None] = {}
    for start, end in zip(line, [*line[1:], line[-1]] if line else [], strict=True):
        steps = 1 + int(2 * max(abs(end[0] - start[0]), abs(end[1] - start[1])))
        share = np.linspace(0.0, 1.0, steps + 1)
        rows = np.floor(start[0] + (end[0] - start[0]) * share).astype(np.int64)
        columns = np.floor(start[1] + (end[1] - start[1]) * share).astype(np.int64)
        inside = (rows >= 0) & (rows < labels.shape[0])
        inside &= (columns >= 0) & (columns < labels.shape[1])
        met.update(dict.fromkeys(labels[rows[inside], columns[inside]].tolist()))
    return [lesion for lesion in met if lesion not in (HEALTHY, UNSURE)]


def cut_lesions(labels: LabelArray, line: Sequence[Point]) -> Change:
    """Cut every lesion that a line runs across; see `regions.split_lesion`.

    Raises:
        ValueError: No ids are left.
    """
    ids = lesions_under(labels, line)
    if len(ids) == 1:
        return split_lesion(labels, ids[0], line)
    if not ids:
        return no_change()
    values = labels.copy()
    for lesion in ids:
        rect, part = split_lesion(values, lesion, line)
        values[rect.slices] = part
    return cropped_change(labels, Rect(0, 0, *labels.shape), values)
