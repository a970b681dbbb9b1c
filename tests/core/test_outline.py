import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.outline import grow_lesions, smooth_outlines
from plantseg_gui.core.region_change import count_change
from tests.core.test_regions import applied
from tests.helpers.builders import make_document, two_lesions


def blob(height=60, width=60):
    """A square with a one-pixel spike and a one-pixel bay."""
    labels = np.zeros((height, width), np.uint16)
    labels[15:45, 15:45] = 4
    labels[28, 45:52] = 4
    labels[8:25, 30] = 0
    return labels


def test_grow_takes_healthy_pixels_only():
    labels = two_lesions()
    labels[20:22, 10:30] = 5
    labels[10:20, 30] = UNSURE
    grown = applied(labels, grow_lesions(labels, 3, 1))
    assert grown[15, 7] == 1
    assert grown[7, 20] == 1
    assert grown[21, 15] == 5
    assert grown[15, 30] == UNSURE
    np.testing.assert_array_equal(grown == 2, labels == 2)


def test_growing_all_gives_each_pixel_to_the_nearest_lesion():
    labels = np.zeros((20, 40), np.uint16)
    labels[10, 10] = 7
    labels[10, 15] = 3
    grown = applied(labels, grow_lesions(labels, 4))
    assert grown[10].tolist()[6:20] == [7, 7, 7, 7, 7, 7, 7, 3, 3, 3, 3, 3, 3, 3]


def test_one_pixel_is_a_cross():
    labels = np.zeros((9, 9), np.uint16)
    labels[4, 4] = 1
    grown = applied(labels, grow_lesions(labels, 1))
    assert grown.sum() == 5
    np.testing.assert_array_equal(applied(grown, grow_lesions(grown, -1)), labels)


def test_shrinking_stops_at_the_photos_edge_and_at_neighbours():
    labels = np.zeros((30, 30), np.uint16)
    labels[:10, :10] = 1
    labels[:10, 10:20] = 2
    shrunk = applied(labels, grow_lesions(labels, -2))
    assert (shrunk == 1).sum() == 8 * 10
    assert (shrunk == 2).sum() == 8 * 8
    one = applied(labels, grow_lesions(labels, -2, 1))
    np.testing.assert_array_equal(one == 2, labels == 2)
    gone = grow_lesions(labels, -20)
    assert not applied(labels, gone).any()
    assert count_change(labels, gone) == (2, 2, 200)
    assert grow_lesions(labels, 3, 9)[0].empty


def test_smoothing_takes_spike_and_bay_and_keeps_the_area():
    labels = blob()
    smooth = applied(labels, smooth_outlines(labels, 2))
    assert not smooth[28, 48:].any()
    assert smooth[18:25, 30].all()
    assert (smooth == 4).sum() == (labels == 4).sum()
    assert smooth_outlines(labels, 0)[0].empty
    assert smooth_outlines(labels, 2, 9)[0].empty


def test_a_shared_outline_stays_where_it_is():
    labels = np.zeros((40, 60), np.uint16)
    labels[10:30, 10:30] = 1
    labels[10:30, 30:50] = 2
    smooth = applied(labels, smooth_outlines(labels, 2))
    assert (smooth[15:25, 29] == 1).all()
    assert (smooth[15:25, 30] == 2).all()


@st.composite
def label_images(draw):
    shape = draw(st.tuples(st.integers(1, 16), st.integers(1, 16)))
    return draw(arrays(np.uint16, shape, elements=st.sampled_from([0, 0, 0, 1, 2, 9, UNSURE])))


def test_what_one_lesion_gives_up_goes_to_no_other():
    labels = np.full((10, 3), 2, np.uint16)
    labels[[7, 9], [1, 0]] = 1
    labels[8, 0] = 0
    smooth = applied(labels, smooth_outlines(labels, 3))
    assert not ((labels == 1) & (smooth == 2)).any()
    assert not ((labels == 2) & (smooth == 1)).any()


@settings(max_examples=80, deadline=None)
@given(label_images(), st.sampled_from([None, 1, 2, 9]), st.data())
def test_only_healthy_pixels_change_hands_and_undo_gives_all_back(labels, lesion, data):
    if data.draw(st.booleans()):
        by = data.draw(st.floats(0.5, 3))
        change = smooth_outlines(labels, by, lesion)
        after = applied(labels, change)
        np.testing.assert_array_equal(
            np.bincount(after.ravel(), minlength=10), np.bincount(labels.ravel(), minlength=10)
        )
    else:
        change = grow_lesions(labels, data.draw(st.integers(-3, 3)), lesion)
        after = applied(labels, change)
    moved = labels != after
    assert ((labels[moved] == 0) | (after[moved] == 0)).all()
    np.testing.assert_array_equal(after == UNSURE, labels == UNSURE)
    if lesion is not None:
        assert (np.maximum(labels, after)[moved] == lesion).all()
    document = make_document(*labels.shape, labels=labels.copy())
    document.apply_region("Act", *change)
    np.testing.assert_array_equal(document.labels.array, after)
    document.undo()
    np.testing.assert_array_equal(document.labels.array, labels)
    assert not document.touched.any()


@pytest.mark.parametrize("by_px", range(1, 9))
def test_discs_are_those_of_the_brush(by_px):
    from plantseg_gui.core.strokes import disk

    labels = np.zeros((41, 41), np.uint16)
    labels[20, 20] = 1
    grown = applied(labels, grow_lesions(labels, by_px)).astype(bool)
    half = disk(by_px).shape[0] // 2
    expected = np.zeros((41, 41), bool)
    expected[20 - half : 21 + half, 20 - half : 21 + half] = disk(by_px)
    np.testing.assert_array_equal(grown, expected)
