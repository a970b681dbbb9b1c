"""Which tiles are looked at, and in which order."""

import numpy as np

from plantseg_gui.inference.selection import (
    by_score,
    leaf_at_network_scale,
    leaf_tiles,
    reached_neighbours,
    tile_scores,
)
from plantseg_gui.inference.tiles import make_grid

GRID = make_grid(1024, 1024, 256)


def test_a_small_lesion_at_a_tiles_edge_lifts_its_score():
    flat = np.full((256, 256), 0.1, np.float32)
    spotted = flat.copy()
    spotted[60:64, 10:62] = 0.9  # 5 % of tile 0's pixels, at its lower edge
    assert tile_scores(spotted, GRID)[0] > 0.4
    assert np.allclose(tile_scores(flat, GRID), 0.1)


def test_scores_of_a_map_smaller_than_the_grid():
    scores = tile_scores(np.full((1, 2), 0.3, np.float32), make_grid(2, 1024, 256))
    assert np.allclose(scores, 0.3)


def test_falling_score_then_raster_order():
    scores = np.array([0.2, 0.9, 0.2, 0.5], np.float32)
    assert by_score([3, 2, 1, 0], scores) == [1, 3, 0, 2]


def test_leaf_margin_reaches_32_px_further():
    leaf = np.zeros((1024, 1024), bool)
    leaf[:, 256 + 31] = True  # tiles of the first column end at 256
    assert 0 in leaf_tiles(leaf, GRID)
    leaf = np.zeros((1024, 1024), bool)
    leaf[:, 256 + 32] = True
    assert 0 not in leaf_tiles(leaf, GRID)


def test_one_leaf_pixel_survives_the_reduction():
    leaf = np.zeros((2048, 2048), bool)
    leaf[1001, 77] = True
    assert leaf_at_network_scale(leaf, 1024, 1024)[500, 38]


def test_a_lesion_at_a_border_calls_the_neighbour():
    lesion = np.zeros((256, 256), bool)
    assert reached_neighbours(lesion, GRID, 6) == []
    lesion[100, 255] = True
    assert reached_neighbours(lesion, GRID, 6) == [7]
    lesion[255, 255] = True
    assert sorted(reached_neighbours(lesion, GRID, 6)) == [7, 11, 12]


def test_no_neighbour_beyond_the_photo():
    lesion = np.ones((256, 256), bool)
    assert sorted(reached_neighbours(lesion, GRID, 0)) == [1, 5, 6]
    assert reached_neighbours(np.ones((3, 5), bool), make_grid(3, 5, 256), 0) == []
