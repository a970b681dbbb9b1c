"""Smart click: the one lesion under a click, and how far it reaches when less or more is asked for.

Every pixel around the click gets an order of joining: the evidence at the weakest pixel of the best
way from the click to it. So each extent is connected, holds the click and every smaller extent, and
changing it is one comparison. The extent offered first balances the model's threshold against the
shape: a lesion lies around the click, and a region that has just leaked into its neighbour has
suddenly grown and no longer does. Nothing runs the network; a click takes some milliseconds.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.click_evidence import TOP, Evidence, gather, window_around
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, Prediction, RgbArray

Bytes = npt.NDArray[np.uint8]

# Extents that are looked at; between two of them, the order is interpolated in `_FINE` steps.
_EXTENTS = 63
_FINE = 4
LAST_LEVEL = _EXTENTS * _FINE - 1
# What an extent loses, chosen on the dev photos of coffee, field and rice: by its distance from
# the threshold, squared log-odds; by how far its middle lies from the click, squared, in sides of a
# square of its area; by how many times (natural logarithm) it grew over the last two extents.
_LOSS_THRESHOLD = 0.012
_LOSS_OFF_CENTRE = 0.8
_LOSS_GROWTH = 0.15
_GROWTH_EXTENTS = 2
_MOST_OFF_CENTRE = 0.6
_MOST_GROWTH = 2.0
# A region that reaches the window's edge is looked at in a larger window, so many times at most.
_WIDENINGS = 3


@dataclass(frozen=True)
class Reach:
    """How the region of one click grows.

    Attributes:
        rect: The window, photo px; no extent leaves it.
        order: [h, w] uint8, the level from which on a pixel belongs to the region; 0 at the click.
        areas: [256] int64, pixels whose order is at most the index.
        level: The extent that is offered first.
        y: Row of the click in the window.
        x: Its column.
        trust: How much the network's word counted, 0 (colour alone) to 1.
    """

    rect: Rect
    order: Bytes
    areas: npt.NDArray[np.int64]
    level: int
    y: int
    x: int
    trust: float

    def region(self, level: int | None = None) -> tuple[Rect, BoolArray]:
        """The region at a level: its box in photo px and its pixels [h, w] bool in it.

        It is connected, has no holes, and holds the click and the region of every lower level.

        Args:
            level: 0 to `LAST_LEVEL`; None = the extent offered first.
        """
        joined = (self.order <= (self.level if level is None else level)).view(np.uint8)
        framed = cv2.copyMakeBorder(joined, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        start = (self.x + 1, self.y + 1)
        _, _, _, (left, top, width, height) = cv2.floodFill(framed, None, start, 2, flags=4)
        # One pixel more on each side: from there all that is no hole can be reached.
        around = framed[top - 1 : top + height + 1, left - 1 : left + width + 1]
        filled = (around == 2).view(np.uint8)
        cv2.floodFill(filled, None, (0, 0), 3, flags=8)
        box = Rect(top - 1, left - 1, top - 1 + height, left - 1 + width)
        return box.moved(self.rect.y0, self.rect.x0), filled[1:-1, 1:-1] != 3

    def level_for(self, grow_px: float) -> int:
        """The level at which the outline lies about `grow_px` further out, or in when negative.

        Args:
            grow_px: Photo px, of the radius of a disc of the region's area.

        Returns:
            0 to `LAST_LEVEL`; never falls when `grow_px` rises; the first one for 0.
        """
        if grow_px == 0:
            return self.level
        radius = max(0.0, float(np.sqrt(self.areas[self.level] / np.pi)) + grow_px)
        wanted = np.pi * radius**2
        level = int(np.searchsorted(self.areas, wanted, side="right")) - 1
        if grow_px > 0:
            return min(LAST_LEVEL, max(self.level, level))
        return max(0, min(self.level, level))


def reach(image: RgbArray, prediction: Prediction | None, y: int, x: int) -> Reach:
    """What a click on a lesion means.

    Args:
        image: [H, W, 3] uint8 RGB.
        prediction: What the network said of this photo; None = colour alone decides.
        y: Row of the click, photo px.
        x: Its column.

    Raises:
        ValueError: The click lies outside the photo, or the prediction is of another size.
    """
    height, width = image.shape[:2]
    if not (0 <= y < height and 0 <= x < width):
        raise ValueError(f"the point {y, x} lies outside the photo of {height, width} px")
    if prediction is not None and (prediction.height, prediction.width) != (height, width):
        raise ValueError(
            f"the prediction is of {prediction.height, prediction.width} px;"
            f" the photo has {height, width}"
        )
    rect = window_around(image.shape, prediction, y, x)
    for widening in range(_WIDENINGS + 1):
        evidence = gather(image, prediction, y, x, rect)
        joins = _joining(evidence)
        best = _best_extent(evidence, joins)
        wider = rect.pad(max(rect.height, rect.width) // 2).clip(height, width)
        if widening == _WIDENINGS or not _cut(joins <= best, rect, wider):
            break
        rect = wider
    return _in_photo_px(evidence, joins, best, y, x)


def _joining(evidence: Evidence) -> Bytes:
    """From which extent on each pixel belongs to the region, [h, w] uint8 at working size."""
    steps = (TOP - evidence.odds) * ((_EXTENTS - 1) / (2 * TOP))
    steps = steps.astype(np.uint8)
    # A click is never on nothing: its own surroundings belong to it.
    around = steps[max(0, evidence.y - 1) : evidence.y + 2, max(0, evidence.x - 1) : evidence.x + 2]
    around[...] = around.min()
    joins = np.full(steps.shape, _EXTENTS, np.uint8)
    before = 0
    for extent in range(int(steps[evidence.y, evidence.x]), _EXTENTS):
        allowed = (steps <= extent).view(np.uint8)
        count, _, _, _ = cv2.floodFill(allowed, None, (evidence.x, evidence.y), 2, flags=4)
        if count == before:
            continue
        before = count
        joins[(allowed == 2) & (joins == _EXTENTS)] = extent
        if count == steps.size:
            break
    return joins


def _best_extent(evidence: Evidence, joins: Bytes) -> int:
    """The extent with the least loss; see `_LOSS_THRESHOLD` and the others."""
    places = np.indices(joins.shape, dtype=np.float64)
    flat = joins.ravel()

    def below(weights: npt.NDArray[np.float64] | None = None) -> npt.NDArray[np.float64]:
        counts = np.bincount(flat, None if weights is None else weights.ravel(), _EXTENTS + 1)
        return np.cumsum(counts)[:_EXTENTS].astype(np.float64)

    areas = below()
    known = np.maximum(areas, 1)
    off = np.hypot(below(places[0]) / known - evidence.y, below(places[1]) / known - evidence.x)
    off = np.minimum(off / np.sqrt(known), _MOST_OFF_CENTRE)
    logs = np.log(known)
    grown = logs - np.concatenate([np.repeat(logs[:1], _GROWTH_EXTENTS), logs[:-_GROWTH_EXTENTS]])
    odds = TOP - np.arange(_EXTENTS) * (2 * TOP / (_EXTENTS - 1))
    loss = _LOSS_THRESHOLD * (odds - evidence.limit) ** 2
    loss += _LOSS_OFF_CENTRE * off**2 + _LOSS_GROWTH * np.minimum(grown, _MOST_GROWTH)
    loss[areas == 0] = np.inf
    return int(loss.argmin())


def _cut(region: BoolArray, rect: Rect, wider: Rect) -> bool:
    """Whether the region reaches an edge of the window beyond which the photo goes on."""
    return bool(
        (wider.y0 < rect.y0 and region[0].any())
        or (wider.x0 < rect.x0 and region[:, 0].any())
        or (wider.y1 > rect.y1 and region[-1].any())
        or (wider.x1 > rect.x1 and region[:, -1].any())
    )


def _in_photo_px(evidence: Evidence, joins: Bytes, best: int, y: int, x: int) -> Reach:
    rect = evidence.rect
    order = cv2.resize(
        joins * np.uint8(_FINE),
        (rect.width, rect.height),
        interpolation=cv2.INTER_LINEAR,
    )
    order[y - rect.y0, x - rect.x0] = 0
    areas = np.cumsum(cv2.calcHist([order], [0], None, [256], [0, 256]).ravel().astype(np.int64))
    # Half an extent on: the outline then lies in the middle between two pixels of working size.
    level = best * _FINE + _FINE // 2
    return Reach(rect, order, areas, level, y - rect.y0, x - rect.x0, evidence.trust)
