"""Query boxes of all tiles become one list in photo px."""

import pytest

from plantseg_gui.core.geometry import Rect
from plantseg_gui.inference.boxes import join_boxes
from plantseg_gui.inference.tiles import make_grid
from tests.inference.helpers import tile_output

GRID = make_grid(256, 448, 256)  # two tiles that share columns 192 to 256


def in_tile(score: float, rect: Rect, tile: int) -> tuple[float, ...]:
    """A box in network px as the head of that tile would give it, cut at the tile."""
    area = GRID.rect(tile)
    cut = rect.intersect(area)
    return (
        score,
        ((cut.y0 + cut.y1) / 2 - area.y0) / 256,
        ((cut.x0 + cut.x1) / 2 - area.x0) / 256,
        cut.height / 256,
        cut.width / 256,
    )


def joined(first: list[tuple[float, Rect]], second: list[tuple[float, Rect]]):
    outputs = {
        0: tile_output(boxes=[in_tile(s, r, 0) for s, r in first]),
        1: tile_output(boxes=[in_tile(s, r, 1) for s, r in second]),
    }
    return join_boxes(outputs, GRID, 512, 896)


def test_one_lesion_in_the_overlap_is_counted_once_by_its_best_box():
    inside = Rect(100, 205, 140, 245)
    boxes = joined([(0.9, inside)], [(0.7, Rect(102, 206, 141, 246))])
    assert [(b.score, b.rect) for b in boxes] == [(pytest.approx(0.9), Rect(200, 410, 280, 490))]


def test_a_lesion_across_the_border_is_joined_from_its_two_cut_boxes():
    wide = Rect(100, 120, 140, 330)
    boxes = joined([(0.9, wide)], [(0.8, wide)])
    assert [b.rect for b in boxes] == [Rect(200, 240, 280, 660)]


def test_neighbouring_lesions_stay_apart_and_the_best_comes_first():
    boxes = joined([(0.6, Rect(10, 10, 40, 40))], [(0.8, Rect(10, 300, 40, 340))])
    assert [round(b.score, 1) for b in boxes] == [0.8, 0.6]


def test_doubtful_and_tiny_boxes_are_left_out():
    assert joined([(0.49, Rect(10, 10, 40, 40)), (0.9, Rect(10, 10, 11, 11))], []) == ()


def test_boxes_end_at_the_photo():
    grid = make_grid(100, 200, 256)  # one tile, most of it padding
    outputs = {0: tile_output(boxes=[(0.9, 0.3, 0.7, 0.4, 0.4), (0.9, 0.9, 0.9, 0.1, 0.1)])}
    boxes = join_boxes(outputs, grid, 100, 200)
    assert len(boxes) == 1
    assert boxes[0].rect.y1 <= 100
    assert boxes[0].rect.x1 <= 200


def test_no_boxes_at_all():
    assert joined([], []) == ()
