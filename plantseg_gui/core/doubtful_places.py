"""The places of a photo whose doubt could move the severity most.

A pixel of probability p is wrongly labelled with probability min(p, 1 - p) when the label follows
the probability. Summed over a region and divided by the leaf area, that is how many points of
severity the region is expected to be off at worst, with all errors on one side. What a person
touched is no longer in doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, FloatArray
from plantseg_gui.core.sampling import resampled

# Below this chance of error a pixel is as good as decided.
LEAST_DOUBT = 0.1
# Doubtful pixels nearer than this share of the photo's longer side are one place.
JOIN_SHARE = 0.012
# Places that together move the severity by less than this share of all the doubt are not worth a
# look of their own.
_TAIL_SHARE = 0.02


@dataclass(frozen=True)
class DoubtfulPlace:
    """One region.

    Attributes:
        rect: Its box, photo px.
        points: By how many percentage points it may move the severity.
    """

    rect: Rect
    points: float


@dataclass(frozen=True)
class Doubts:
    """What is in doubt in one photo.

    Attributes:
        places: The one that moves the severity most comes first.
        rest_points: Of the doubt that lies in no place: too thin to look for.
    """

    places: Sequence[DoubtfulPlace]
    rest_points: float

    def left(self, looked_at: int) -> float:
        """Points of severity still in doubt after the first so many places."""
        return self.rest_points + sum(place.points for place in self.places[looked_at:])


def doubtful_places(
    probability: FloatArray, touched: BoolArray, leaf: BoolArray | None, most: int = 200
) -> Doubts:
    """Find them.

    Args:
        probability: [h, w] float32, calibrated, at any scale; 0 where nothing was looked at.
        touched: [H, W] bool, photo px: what a person has settled.
        leaf: [H, W] bool, photo px; None where no leaf was found: the whole photo is divided by.
        most: No more places than these; the others count as rest.
    """
    from scipy import ndimage  # here: it would make the window wait at its start

    height, width = touched.shape
    rows, columns = probability.shape
    open_to_doubt = ~resampled(touched, probability.shape)
    leaf_px = rows * columns
    if leaf is not None:
        inside = resampled(leaf, probability.shape)
        leaf_px = int(np.count_nonzero(inside))
        open_to_doubt &= inside
    doubt = np.minimum(probability, 1.0 - probability) * open_to_doubt
    points = doubt * (100.0 / max(1, leaf_px))
    seeds = (doubt >= LEAST_DOUBT).astype(np.uint8)
    reach = max(1, round(JOIN_SHARE * max(rows, columns)))
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    count, labels = cv2.connectedComponents(cv2.dilate(seeds, shape), connectivity=8)
    sums = np.bincount(labels.ravel(), weights=points.ravel(), minlength=count)
    boxes = ndimage.find_objects(labels * seeds, max_label=count - 1)
    order = [n for n in np.argsort(-sums, kind="stable").tolist() if n > 0 and boxes[n - 1]]
    total = float(points.sum())
    kept: list[DoubtfulPlace] = []
    left = total
    for n in order[:most]:
        if left <= _TAIL_SHARE * total:
            break
        down, right = boxes[n - 1]
        rect = Rect(
            down.start * height // rows,
            right.start * width // columns,
            -(-down.stop * height // rows),
            -(-right.stop * width // columns),
        )
        kept.append(DoubtfulPlace(rect.clip(height, width), float(sums[n])))
        left -= float(sums[n])
    return Doubts(kept, max(0.0, left))
