"""What speaks for "this pixel belongs to the lesion that was clicked", around one click.

The network's probability says where lesions are, its affinity where one ends and the next begins,
and the photo's colours draw the outline finer than the network can. Colours are judged from the
click itself: what looks like the clicked lesion, against what looks like the leaf around it. Where
the network saw nothing, colour decides alone.
"""

from typing import NamedTuple

import cv2
import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, FloatArray, Prediction, RgbArray

# Log-odds beyond this say nothing more: 0.99 is as good as 0.999.
TOP = 4.6

# All chosen on the dev photos of coffee, field and rice; see benchmarks/smart_click.py.
_COLOUR_SHARE = 0.3
_BOND_SHARE = 0.5
_WORK_PX = 128
_LEAST_HALF_PX = 28
_COLOUR_HALF_PART = 1 / 24
_PAD_PART = 0.5
_PAD_LEAST_PX = 16
_PAD_MOST_PX = 200
_BOX_SCORE_LEAST = 0.5
_DISC_WORK_PX = 3
# Squared Lab distance that two pixels of one thing may have by chance.
_LAB_NOISE = 20.0
_AFFINITY_STRIDE = 4


class Evidence(NamedTuple):
    """Evidence around a click, at a working size of at most 128 px a side.

    Attributes:
        rect: The window, photo px.
        odds: [h, w] float32, log-odds within ±`TOP`; the window at working size.
        limit: Log-odds from which a pixel counts as the lesion's, other things being equal.
        y: Row of the click in `odds`.
        x: Its column.
        trust: How much the network's word counts, 0 (colour alone) to 1.
    """

    rect: Rect
    odds: FloatArray
    limit: float
    y: int
    x: int
    trust: float


def window_around(shape: tuple[int, ...], prediction: Prediction | None, y: int, x: int) -> Rect:
    """The window to look at: what the network holds for a lesion at the click, and a margin.

    Args:
        shape: Of the photo.
        prediction: None where there is none.
        y: Row of the click, photo px.
        x: Its column.
    """
    height, width = shape[:2]
    half = _LEAST_HALF_PX
    if prediction is None or _seen(prediction, y, x) < prediction.threshold / 2:
        half = max(half, round(max(height, width) * _COLOUR_HALF_PART))
    rect = Rect(y - half, x - half, y + half + 1, x + half + 1)
    if prediction is not None:
        rect = rect.union(_component_box(prediction, y, x))
        for box in prediction.boxes:
            around = box.rect
            holds = around.y0 <= y < around.y1 and around.x0 <= x < around.x1
            if holds and box.score >= _BOX_SCORE_LEAST:
                rect = rect.union(around)
    side = max(rect.height, rect.width)
    margin = max(_PAD_LEAST_PX, min(_PAD_MOST_PX, round(_PAD_PART * side)))
    return rect.pad(margin).clip(height, width)


def gather(image: RgbArray, prediction: Prediction | None, y: int, x: int, rect: Rect) -> Evidence:
    """Weigh probability, affinity and colour inside a window that holds the click.

    Args:
        image: [H, W, 3] uint8 RGB.
        prediction: None = colour alone.
        y: Row of the click, photo px.
        x: Its column.
        rect: The window, inside the photo.
    """
    ratio = min(1.0, _WORK_PX / max(rect.height, rect.width))
    size = (max(1, round(rect.width * ratio)), max(1, round(rect.height * ratio)))
    row = min(size[1] - 1, int((y - rect.y0 + 0.5) * size[1] / rect.height))
    column = min(size[0] - 1, int((x - rect.x0 + 0.5) * size[0] / rect.width))
    # Of a large window every n-th pixel is enough: each working pixel still averages 2 × 2.
    skip = max(1, int(0.5 / ratio))
    small = cv2.resize(image[rect.slices][::skip, ::skip], size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    if prediction is None:
        probability = np.zeros(lab.shape[:2], np.float32)
        trust = 0.0
    else:
        probability = _probability(prediction, rect, size)
        limit = max(prediction.threshold, 1e-3)
        trust = min(1.0, float(probability[row, column]) / limit)
    odds = (1 - (1 - _COLOUR_SHARE) * trust) * _colour_odds(lab, probability, row, column)
    level = 0.0
    if prediction is not None and trust > 0:
        odds += trust * _log_odds(probability)
        # Affinity only parts: where it is high, probability already says so.
        odds += trust * _BOND_SHARE * np.minimum(_log_odds(_bond(prediction, rect, size)), 0)
        level = trust * float(_log_odds(np.float32(prediction.threshold)))
    return Evidence(rect, np.clip(odds, -TOP, TOP).astype(np.float32), level, row, column, trust)


def _seen(prediction: Prediction, y: int, x: int) -> float:
    row, column = _cell(prediction, y, x)
    return float(prediction.probability[row, column])


def _cell(prediction: Prediction, y: int, x: int) -> tuple[int, int]:
    """The network pixel under a photo pixel."""
    rows, columns = prediction.probability.shape
    row = int((y + 0.5) * rows / prediction.height)
    column = int((x + 0.5) * columns / prediction.width)
    return min(rows - 1, row), min(columns - 1, column)


def _component_box(prediction: Prediction, y: int, x: int) -> Rect:
    """Box, photo px, of what is connected to the click at half the threshold; may be empty."""
    row, column = _cell(prediction, y, x)
    least = prediction.threshold / 2
    if prediction.probability[row, column] < least:
        return Rect(0, 0, 0, 0)
    suspicious = (prediction.probability >= least).view(np.uint8)
    _, _, _, (left, top, width, height) = cv2.floodFill(suspicious, None, (column, row), 2, flags=4)
    step_y = prediction.height / suspicious.shape[0]
    step_x = prediction.width / suspicious.shape[1]
    return Rect(
        int(top * step_y),
        int(left * step_x),
        int(np.ceil((top + height) * step_y)),
        int(np.ceil((left + width) * step_x)),
    )


def _probability(prediction: Prediction, rect: Rect, size: tuple[int, int]) -> FloatArray:
    return _sampled(prediction.probability, (0, 0), 1, prediction, rect, size)


def _bond(prediction: Prediction, rect: Rect, size: tuple[int, int]) -> FloatArray:
    """Mean affinity of each pixel to its neighbours, [h, w] at working size."""
    stride = _AFFINITY_STRIDE
    rows, columns = prediction.affinity.shape[1:]
    step_y = prediction.probability.shape[0] / prediction.height / stride
    step_x = prediction.probability.shape[1] / prediction.width / stride
    cells = Rect(
        int(rect.y0 * step_y) - 1,
        int(rect.x0 * step_x) - 1,
        int(np.ceil(rect.y1 * step_y)) + 1,
        int(np.ceil(rect.x1 * step_x)) + 1,
    ).clip(rows, columns)
    mean = prediction.affinity[(slice(None), *cells.slices)].astype(np.float32).mean(0)
    return _sampled(mean, (cells.y0, cells.x0), stride, prediction, rect, size)


def _sampled(
    values: FloatArray,
    origin: tuple[int, int],
    stride: int,
    prediction: Prediction,
    rect: Rect,
    size: tuple[int, int],
) -> FloatArray:
    """A map of the network, or a part of it, at the pixels of the window at working size.

    Args:
        values: [h, w].
        origin: Row and column of its first cell in the whole map.
        stride: Network px per cell.
        prediction: Whose map it is.
        rect: The window, photo px.
        size: Width and height of the result.
    """
    cells_y = prediction.probability.shape[0] / prediction.height / stride
    cells_x = prediction.probability.shape[1] / prediction.width / stride
    step_y, step_x = rect.height / size[1] * cells_y, rect.width / size[0] * cells_x
    shift_y = rect.y0 * cells_y + step_y / 2 - 0.5 - origin[0]
    shift_x = rect.x0 * cells_x + step_x / 2 - 0.5 - origin[1]
    return np.asarray(
        cv2.warpAffine(
            values,
            np.array([[step_x, 0, shift_x], [0, step_y, shift_y]]),
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _log_odds(probability: FloatArray | np.float32) -> FloatArray:
    least = 1 / (1 + np.exp(TOP))
    clipped = np.clip(probability, least, 1 - least)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def _colour_odds(lab: FloatArray, probability: FloatArray, row: int, column: int) -> FloatArray:
    """Log-odds of "coloured like the lesion" against "coloured like what is around", [h, w].

    Fisher's discriminant between what surely belongs to the click and what surely does not.
    """
    inside, outside = _samples(probability, row, column)
    smooth = cv2.GaussianBlur(lab, (0, 0), 0.8)
    ours, others = smooth[inside], smooth[outside]
    if len(ours) < 2 or len(others) < 2:
        return np.zeros_like(probability)
    spread = (np.cov(ours.T) + np.cov(others.T)) / 2 + _LAB_NOISE * np.eye(3)
    mean, other_mean = ours.mean(0), others.mean(0)
    direction = np.linalg.solve(spread, mean - other_mean)
    odds = (smooth - (mean + other_mean) / 2) @ direction.astype(np.float32)
    return np.asarray(np.clip(odds, -2 * TOP, 2 * TOP), np.float32)


def _samples(probability: FloatArray, row: int, column: int) -> tuple[BoolArray, BoolArray]:
    """Pixels that surely belong to the clicked lesion, and pixels that surely do not."""
    disc = np.zeros(probability.shape, np.uint8)
    cv2.circle(disc, (column, row), _DISC_WORK_PX, 1, -1)
    at_click = float(probability[row, column])
    if at_click > 0.2:
        core = (probability >= max(0.3, 0.6 * at_click)).view(np.uint8)
        if core[row, column]:
            cv2.floodFill(core, None, (column, row), 2, flags=4)
            disc |= core == 2
    inside = disc.view(bool)
    outside = (probability < 0.1 * max(at_click, 0.3)) & ~inside
    return inside, outside if np.count_nonzero(outside) >= 20 else ~inside
