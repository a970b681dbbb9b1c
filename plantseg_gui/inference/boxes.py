"""The query heads' boxes of all tiles joined into one list for the photo (specification 3)."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import QueryBox
from plantseg_gui.inference.outputs import TileOutput
from plantseg_gui.inference.tiles import TileGrid

SCORE_LEAST = 0.5
SAME_IOU = 0.5
_SMALLEST_SIDE_PX = 2.0
# A box this near to its tile's border was probably cut there.
_CUT_PX = 4.0

_Boxes = npt.NDArray[np.float64]


def join_boxes(
    outputs: Mapping[int, TileOutput], grid: TileGrid, height: int, width: int
) -> tuple[QueryBox, ...]:
    """One box per lesion, in photo px, highest score first.

    Two boxes are one lesion when they overlap with IoU >= 0.5 *inside the area that both their
    tiles show*: a lesion across a tile border appears as two cut boxes whose plain IoU is small.
    Cut boxes are joined to their common hull; else the better-scored box stands for the group.

    Args:
        outputs: The processed tiles.
        grid: The tiles.
        height: Photo px.
        width: Photo px.
    """
    boxes, scores, tiles = _collect(outputs, grid)
    if not len(boxes):
        return ()
    valid = np.array([grid.valid(i) for i in range(len(grid))], np.float64)[tiles]
    groups = _groups(_same(boxes, valid))
    cut = _cut(boxes, valid, grid)
    scale = np.array([height / grid.height, width / grid.width] * 2)
    found: list[QueryBox] = []
    for members in groups:
        best = members[int(np.argmax(scores[members]))]
        box = boxes[best]
        if cut[members].any():
            hull = boxes[members]
            box = np.concatenate([hull[:, :2].min(0), hull[:, 2:].max(0)])
        y0, x0, y1, x1 = box * scale
        rect = Rect(int(y0), int(x0), int(np.ceil(y1)), int(np.ceil(x1))).clip(height, width)
        if not rect.empty:
            found.append(QueryBox(float(scores[best]), rect))
    return tuple(sorted(found, key=lambda b: (-b.score, b.rect)))


def _collect(
    outputs: Mapping[int, TileOutput], grid: TileGrid
) -> tuple[_Boxes, _Boxes, npt.NDArray[np.intp]]:
    """Boxes (y0 x0 y1 x1, network px, cut at the photo's edge), their scores and tile numbers."""
    boxes: list[list[float]] = []
    scores: list[float] = []
    tiles: list[int] = []
    for index in sorted(outputs):
        output, rect, valid = outputs[index], grid.rect(index), grid.valid(index)
        for score, (cy, cx, h, w) in zip(
            output.box_scores.tolist(), output.boxes.tolist(), strict=True
        ):
            if score < SCORE_LEAST:
                continue
            y0 = max(rect.y0 + (cy - h / 2) * grid.tile, valid.y0)
            x0 = max(rect.x0 + (cx - w / 2) * grid.tile, valid.x0)
            y1 = min(rect.y0 + (cy + h / 2) * grid.tile, valid.y1)
            x1 = min(rect.x0 + (cx + w / 2) * grid.tile, valid.x1)
            if min(y1 - y0, x1 - x0) >= _SMALLEST_SIDE_PX:
                boxes.append([y0, x0, y1, x1])
                scores.append(score)
                tiles.append(index)
    return np.array(boxes).reshape(-1, 4), np.array(scores), np.array(tiles, np.intp)


def _same(boxes: _Boxes, valid: _Boxes) -> npt.NDArray[np.bool_]:
    """[n, n]: IoU of each pair within the common part of their tiles is at least 0.5."""
    low = np.maximum(valid[:, None, :2], valid[None, :, :2])
    high = np.minimum(valid[:, None, 2:], valid[None, :, 2:])
    first = _area(np.maximum(boxes[:, None, :2], low), np.minimum(boxes[:, None, 2:], high))
    second = _area(np.maximum(boxes[None, :, :2], low), np.minimum(boxes[None, :, 2:], high))
    common = _area(
        np.maximum(np.maximum(boxes[:, None, :2], boxes[None, :, :2]), low),
        np.minimum(np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]), high),
    )
    union = first + second - common
    return np.asarray((common > 0) & (common >= SAME_IOU * union))


def _area(low: _Boxes, high: _Boxes) -> _Boxes:
    return np.asarray(np.maximum(high - low, 0).prod(-1))


def _groups(same: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.intp]]:
    """Connected groups of the relation, each in rising order."""
    left = np.ones(len(same), bool)
    groups: list[npt.NDArray[np.intp]] = []
    for start in range(len(same)):
        if not left[start]:
            continue
        member = np.zeros(len(same), bool)
        member[start] = True
        while True:
            wider = member | same[member].any(0)
            if (wider == member).all():
                break
            member = wider
        left &= ~member
        groups.append(np.flatnonzero(member))
    return groups


def _cut(boxes: _Boxes, valid: _Boxes, grid: TileGrid) -> npt.NDArray[np.bool_]:
    """[n]: whether a box touches a border of its tile that is not the photo's own edge."""
    edge = np.array([0, 0, grid.height, grid.width], np.float64)
    return np.asarray(((np.abs(boxes - valid) < _CUT_PX) & (valid != edge)).any(1))
