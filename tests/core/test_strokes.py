from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.core.strokes import disk, stroke_mask

SHAPE = (60, 80)
POINTS = st.lists(st.tuples(st.floats(-30, 90), st.floats(-30, 110)), min_size=1, max_size=5)


def whole(points, radius, shape="round"):
    rect, mask = stroke_mask(points, radius, SHAPE, shape)
    canvas = np.zeros(SHAPE, bool)
    canvas[rect.slices] = mask
    return canvas


def test_a_stamp_of_radius_20_is_41_px():
    assert disk(20).shape == (41, 41)
    assert disk(20, "square").all()


@pytest.mark.parametrize("radius", [0, 1, 2, 5, 20, 63, 2.5])
def test_a_round_stamp_is_symmetric_and_about_a_disc(radius):
    stamp = disk(radius)
    np.testing.assert_array_equal(stamp, stamp.T)
    np.testing.assert_array_equal(stamp, stamp[::-1, ::-1])
    if radius >= 2:
        assert stamp.sum() == pytest.approx(np.pi * (radius + 0.5) ** 2, rel=0.25)
    assert stamp[stamp.shape[0] // 2].all()


def test_a_bad_brush_is_refused():
    with pytest.raises(ValueError, match="-1"):
        disk(-1)
    with pytest.raises(ValueError, match="star"):
        disk(3, "star")


def test_a_point_belongs_to_the_pixel_of_its_whole_part():
    mask = whole([(10.9, 20.1)], 0)
    assert np.argwhere(mask).tolist() == [[10, 20]]


@settings(max_examples=40)
@given(POINTS, st.sampled_from([0, 1, 3, 8, 9, 15]), st.sampled_from(["round", "square"]))
def test_a_stroke_is_the_union_of_stamps(points, radius, shape):
    stroke = whole(points, radius, shape)
    for y, x in points:
        assert not (whole([(y, x)], radius, shape) & ~stroke).any()
    # Finer interpolation adds next to nothing: stamps are at most r / 4 apart.
    fine = np.zeros(SHAPE, bool)
    for (y0, x0), (y1, x1) in pairwise(points):
        for t in np.linspace(0, 1, 12):
            fine |= whole([(y0 + t * (y1 - y0), x0 + t * (x1 - x0))], radius, shape)
    grown = whole(points, radius + 1, shape)
    assert not (fine & ~grown).any()


@settings(max_examples=40)
@given(POINTS, st.sampled_from([2, 8]))
def test_both_ways_of_stamping_agree(points, radius):
    # A path of few points is stamped, a denser one dilated.
    dense = [points[0]]
    for start, end in pairwise(points):
        dense += [tuple(np.array(start) + (np.array(end) - start) * t) for t in (0.25, 0.5, 1)]
    stamped = np.zeros(SHAPE, bool)
    for start, end in pairwise(dense):
        length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        steps = max(1, int(np.ceil(length / max(radius / 4, 0.5))))
        for i in range(steps + 1):
            at = np.array(start) + (np.array(end) - start) * (i / steps)
            stamped |= whole([tuple(at)], radius)
    if len(dense) == 1:
        stamped = whole(dense, radius)
    np.testing.assert_array_equal(whole(dense, radius), stamped)


def test_the_rectangle_is_cut_at_the_photo():
    rect, mask = stroke_mask([(0, 0)], 5, SHAPE)
    assert (rect.y0, rect.x0) == (0, 0)
    assert mask.shape == (6, 6)


@pytest.mark.parametrize("points", [[], [(-50, -50)], [(1000, 10)]])
def test_outside_is_empty(points):
    rect, mask = stroke_mask(points, 5, SHAPE)
    assert rect.empty
    assert mask.size == 0


def test_a_stroke_through_the_photo_from_outside_to_outside():
    mask = whole([(30, -500), (30, 500)], 2)
    assert mask[30].all()
