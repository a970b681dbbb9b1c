import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.wand import Wand, wand_region


def spots():
    """Two brown squares on green; the left one has a darker core."""
    image = np.full((300, 400, 3), (60, 140, 50), np.uint8)
    image[40:80, 50:90] = (130, 90, 50)
    image[55:65, 65:75] = (100, 60, 30)
    image[200:220, 300:340] = (130, 90, 50)
    return image


def test_a_click_takes_the_spot_of_this_colour():
    rect, mask = wand_region(spots(), 45.5, 55.5, 5)
    assert rect == Rect(40, 50, 80, 90)
    assert mask.sum() == 1600 - 100


def test_more_tolerance_takes_the_core_and_at_last_the_leaf():
    wand = Wand(spots())
    assert wand.region(45, 55, 30)[1].sum() == 1600
    rect, mask = wand.region(45, 55, 100)
    assert rect == Rect(0, 0, 300, 400)
    assert mask.all()


def test_not_contiguous_takes_all_of_the_colour():
    rect, mask = wand_region(spots(), 45, 55, 5, contiguous=False)
    assert rect == Rect(40, 50, 220, 340)
    assert mask.sum() == 1500 + 800


def test_distances_are_those_of_cie76():
    # 50 % grey has L 53.585, white 100.
    image = np.full((8, 8, 3), 255, np.uint8)
    image[:4] = 128
    assert wand_region(image, 0, 0, 46.0)[1].sum() == 32
    assert wand_region(image, 0, 0, 46.5)[1].sum() == 64


@pytest.mark.parametrize(
    ("y", "x", "tolerance"), [(-1, 5, 5), (5, 400, 5), (5, 5, -1), (5, 5, 101)]
)
def test_what_is_refused(y, x, tolerance):
    with pytest.raises(ValueError, match=r"outside|tolerance"):
        wand_region(spots(), y, x, tolerance)


photos = arrays(
    np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12).map(lambda shape: (*shape, 3))
)


@settings(max_examples=60, deadline=None)
@given(photos, st.data())
def test_regions_only_grow_with_tolerance(image, data):
    height, width = image.shape[:2]
    y, x = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    less, more = sorted(data.draw(st.tuples(st.integers(0, 200), st.integers(0, 200))))
    wand = Wand(image)

    def found(tolerance, contiguous):
        rect, mask = wand.region(y, x, tolerance / 2, contiguous)
        assert mask.any(axis=0).all() or not contiguous
        whole = np.zeros((height, width), bool)
        whole[rect.slices] = mask
        return whole

    small, large = found(less, True), found(more, True)
    assert small[y, x]
    assert not (small & ~large).any()
    assert not (small & ~found(less, False)).any()
    # What was kept from other clicks makes no difference.
    rect, mask = wand_region(image, y, x, more / 2)
    np.testing.assert_array_equal(large[rect.slices], mask)


def test_a_region_that_is_too_large_to_preview_is_given_up():
    image = np.full((600, 600, 3), 90, np.uint8)
    rect, mask = Wand(image).region(300, 300, 10, most_px=300 * 300)
    assert rect.empty
    assert not mask.size
    assert Wand(image).region(300, 300, 10)[1].all()
