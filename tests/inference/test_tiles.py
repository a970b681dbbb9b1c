"""Where tiles lie: they cover the photo, overlap enough, and keep to the stitching lattice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.inference.tiles import ALIGN_PX, cut, make_grid, make_grid24, pad_to_grid

SIDES = st.integers(1, 1100)


@given(SIDES, SIDES)
def test_tiles_cover_the_photo_and_are_aligned(height, width):
    grid = make_grid(height, width, 256)
    seen = np.zeros((height, width), bool)
    for index in range(len(grid)):
        rect = grid.rect(index)
        assert rect.y0 % ALIGN_PX == rect.x0 % ALIGN_PX == 0
        assert (rect.height, rect.width) == (256, 256)
        assert not grid.valid(index).empty
        seen[grid.valid(index).slices] = True
    assert seen.all()


@given(st.integers(257, 2100))
def test_neighbours_overlap_by_a_quarter_at_least_and_no_tile_is_wasted(length):
    starts = make_grid(length, 256, 256).ys
    steps = np.diff(starts)
    assert steps.max() <= 192
    assert len(starts) == -(-(starts[-1]) // 192) + 1


def test_design_size_is_25_tiles():
    grid = make_grid(1024, 1024, 256)
    assert (len(grid), grid.ys) == (25, (0, 192, 384, 576, 768))


def test_grid24_lays_six_along_the_longer_side():
    assert (len(make_grid24(683, 1024, 256).xs), len(make_grid24(683, 1024, 256).ys)) == (6, 4)
    assert (len(make_grid24(1024, 683, 256).xs), len(make_grid24(1024, 683, 256).ys)) == (4, 6)
    assert len(make_grid24(1024, 1024, 256)) == 24


@given(SIDES, SIDES)
def test_grid24_covers_the_photo(height, width):
    grid = make_grid24(height, width, 256)
    assert grid.padded_height >= height
    assert grid.padded_width >= width
    assert max(np.diff(grid.ys), default=0) <= 256
    assert max(np.diff(grid.xs), default=0) <= 256


@given(st.integers(1, 300), st.integers(1, 300))
def test_padding_mirrors_and_keeps_the_photo(height, width):
    image = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    grid = make_grid(height, width, 256)
    padded = pad_to_grid(image, grid)
    assert padded.shape == (grid.padded_height, grid.padded_width, 3)
    assert (padded[:height, :width] == image).all()
    if 1 < height < 256:
        assert (padded[height, :width] == image[height - 2]).all()
    assert cut(padded, grid, len(grid) - 1).shape == (256, 256, 3)


def test_neighbour_of_a_corner_ends_at_the_photo():
    grid = make_grid(1024, 1024, 256)
    assert grid.neighbour(0, 1, 1) == 6
    assert grid.neighbour(0, -1, 0) is None
    assert grid.neighbour(4, 0, 1) is None
