"""Painting a region that a tool found, by the rules of a brush stroke."""

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.painting import BrushMode
from plantseg_gui.core.region_change import Change, cropped_change
from plantseg_gui.core.results import BoolArray, LabelArray


def paint_region(
    labels: LabelArray,
    rect: Rect,
    mask: BoolArray,
    mode: BrushMode,
    new_id: int,
    *,
    join_touching: bool = False,
) -> Change:
    """Paint the pixels of a region.

    As a brush stroke does, a painted lesion becomes part of the lesion that it overlaps most, or a
    new one.

    Args:
        labels: [H, W] uint16.
        rect: Box of the region, inside the photo.
        mask: [h, w] bool.
        mode: "lesion", "healthy" or "unsure".
        new_id: The id for a new lesion.
        join_touching: One that overlaps none joins the lesion that it touches most.
    """
    if mode != "lesion":
        value = UNSURE if mode == "unsure" else HEALTHY
    else:
        value = _most(labels[rect.slices][mask])
        if not value and join_touching:
            value = _most_touched(labels, rect, mask)
        value = value or new_id
    values = labels[rect.slices].copy()
    values[mask] = value
    return cropped_change(labels, rect, values)


def _most(labels: LabelArray) -> int:
    """The lesion that most of the labels name, the lower id of two; 0 for none."""
    counts = np.bincount(labels.ravel(), minlength=1)[:UNSURE]
    counts[HEALTHY] = 0
    return int(np.argmax(counts))


def _most_touched(labels: LabelArray, rect: Rect, mask: BoolArray) -> int:
    """The lesion that lies along most of the rim of the region; 0 for none."""
    around = rect.pad(1).clip(*labels.shape)
    region = np.zeros((around.height, around.width), dtype=np.uint8)
    region[rect.moved(-around.y0, -around.x0).slices] = mask
    rim = cv2.dilate(region, np.ones((3, 3), np.uint8)) > region
    return _most(labels[around.slices][rim])
