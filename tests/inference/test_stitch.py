"""Blending: the same bits whatever the order, nothing where no tile lies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.inference.stitch import blend, covered, shares, window
from plantseg_gui.inference.tiles import make_grid

GRID = make_grid(300, 500, 256)
PARTS = {
    i: np.random.default_rng(i).normal(0, 5, (256, 256)).astype(np.float32)
    for i in range(len(GRID))
}


@given(st.permutations(sorted(PARTS)))
def test_order_of_processing_never_changes_a_bit(order):
    shuffled = {i: PARTS[i] for i in order}
    wanted = blend(PARTS, GRID, PARTS.__getitem__)
    assert np.array_equal(blend(shuffled, GRID, shuffled.__getitem__), wanted)


@pytest.mark.parametrize(("stride", "shape"), [(1, (300, 500)), (8, (38, 63)), (16, (19, 32))])
def test_a_constant_stays_constant(stride, shape):
    tile = np.full((256 // stride, 256 // stride), 0.7, np.float32)
    stitched = blend(PARTS, GRID, lambda _i: tile, stride=stride)
    assert stitched.shape == shape
    assert np.allclose(stitched, 0.7, atol=1e-6)


def test_channels_are_blended_alike():
    tile = np.stack([np.full((64, 64), c, np.float32) for c in range(8)])
    stitched = blend(PARTS, GRID, lambda _i: tile, stride=4, channels=8)
    assert stitched.shape == (8, 75, 125)
    assert np.allclose(stitched, np.arange(8)[:, None, None], atol=1e-5)


def test_the_tiles_shares_add_up_to_one_and_make_the_blend():
    total = np.zeros((300, 500), np.float32)
    summed = np.zeros((300, 500), np.float32)
    for index, share in shares(PARTS, GRID):
        rect = GRID.valid(index)
        total[rect.slices] += share
        summed[rect.slices] += share * PARTS[index][: rect.height, : rect.width]
    assert np.allclose(total, 1, atol=1e-5)
    assert np.allclose(summed, blend(PARTS, GRID, PARTS.__getitem__), atol=1e-4)


def test_nothing_where_no_tile_lies():
    one = {0: PARTS[0]}
    mask = covered(one, GRID)
    stitched = blend(one, GRID, one.__getitem__)
    assert mask[:256, :256].all()
    assert not mask[:, 256:].any()
    assert not stitched[~mask].any()
    assert np.allclose(stitched[mask], PARTS[0][: mask.sum(0).max(), :256].ravel(), atol=1e-5)
    assert not blend({}, GRID, PARTS.__getitem__).any()


def test_window_peaks_in_the_middle_and_is_never_zero():
    weights = window(256)
    assert weights.max() == 1
    assert weights.min() > 0
    assert np.array_equal(weights, weights[::-1, ::-1])
    # sigma is an eighth of the tile
    assert weights[127, 127 + 32] == pytest.approx(np.exp(-0.5), abs=0.03)
