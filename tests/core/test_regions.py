import numpy as np
import pytest

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.regions import (
    fill_holes,
    fill_polygon,
    label_region,
    remove_specks,
    speck_areas,
    split_lesion,
)
from tests.helpers.builders import make_document, two_lesions


def applied(labels, change):
    rect, values = change
    assert values.dtype == np.uint16
    result = labels.copy()
    result[rect.slices] = values
    return result


def ring():
    labels = np.zeros((40, 40), np.uint16)
    labels[5:25, 5:25] = 3
    labels[10:20, 10:20] = 0
    return labels


def filled_region(labels, y, x):
    rect, region = label_region(labels, y, x)
    found = np.zeros(labels.shape, bool)
    found[rect.slices] = region
    return rect, found


def test_a_region_stops_at_the_outline():
    rect, found = filled_region(ring(), 12.5, 12.5)
    assert tuple(rect) == (10, 10, 20, 20)
    assert found[10:20, 10:20].all()
    assert found.sum() == 100


def test_a_region_does_not_leak_through_corners():
    assert filled_region(np.eye(20, dtype=np.uint16), 0, 19)[1].sum() == 190


def test_a_region_larger_than_the_first_window():
    labels = np.zeros((700, 900), np.uint16)
    labels[300] = 1
    labels[300, 899] = 0
    rect, found = filled_region(labels, 10, 10)
    assert rect == Rect(0, 0, 700, 900)
    np.testing.assert_array_equal(found, labels == 0)


def test_a_region_outside_is_refused():
    with pytest.raises(ValueError, match="outside"):
        label_region(ring(), -1, 3)


def test_fill_polygon():
    labels = np.zeros((40, 40), np.uint16)
    filled = applied(labels, fill_polygon(labels, [(5, 5), (5, 15), (15, 15), (15, 5)], 2))
    assert (filled[5:16, 5:16] == 2).all()
    assert (filled == 2).sum() == 121


def test_fill_polygon_reaching_outside_the_photo():
    labels = np.zeros((20, 20), np.uint16)
    filled = applied(labels, fill_polygon(labels, [(-10, -10), (-10, 30), (30, -10)], 1))
    assert filled[0, 0] == 1
    assert filled[19, 19] == 0
    away = [(50, 50), (60, 50), (60, 60)]
    assert fill_polygon(labels, away, 1)[0].empty
    assert fill_polygon(labels, away[:2], 1)[0].empty


def test_fill_holes():
    labels = ring()
    labels[14, 14] = 7
    filled = applied(labels, fill_holes(labels))
    assert (filled == 3).sum() == 399
    assert filled[14, 14] == 7
    assert fill_holes(labels, 7)[0].empty
    assert fill_holes(labels, 55)[0].empty
    np.testing.assert_array_equal(applied(labels, fill_holes(labels, 3)), filled)


def test_holes_marked_unsure_stay_unsure():
    labels = ring()
    labels[10:20, 10:20] = UNSURE
    assert fill_holes(labels)[0].empty


def test_remove_specks():
    labels = two_lesions()
    labels[2, 2] = 1
    labels[5, 90] = 8
    labels[60, 60] = UNSURE
    cleaned = applied(labels, remove_specks(labels, 5))
    expected = two_lesions()
    expected[60, 60] = UNSURE
    np.testing.assert_array_equal(cleaned, expected)


def test_a_speck_beside_another_lesion_is_still_a_speck():
    labels = two_lesions()
    labels[20, 15] = 2
    assert applied(labels, remove_specks(labels, 5))[20, 15] == 0


def test_split_leaves_no_pixel_behind():
    labels = two_lesions()
    split = applied(labels, split_lesion(labels, 2, [(35, 60), (55, 62)]))
    np.testing.assert_array_equal(split > 0, labels > 0)
    assert set(np.unique(split)) == {0, 1, 2, 3}
    assert (split == 2).sum() > (split == 3).sum() > 90
    assert split[45, 79] == 2
    assert split[45, 50] == 3


@pytest.mark.parametrize("line", [[(30, 0), (30, 90)], [(45, 45), (45, 60)], []])
def test_a_line_that_cuts_nothing_off_changes_nothing(line):
    assert split_lesion(two_lesions(), 2, line)[0].empty


def test_a_diagonal_cut_does_not_leak():
    labels = np.zeros((30, 30), np.uint16)
    labels[5:25, 5:25] = 1
    split = applied(labels, split_lesion(labels, 1, [(0, 0), (29, 29)]))
    assert set(np.unique(split)) == {0, 1, 2}


def test_splitting_what_is_not_there():
    assert split_lesion(two_lesions(), 9, [(0, 0), (60, 60)])[0].empty
    assert split_lesion(two_lesions(), 0, [(0, 0), (60, 60)])[0].empty


def test_specks_of_one_lesion_only():
    labels = two_lesions()
    labels[2, 2] = 1
    labels[5, 90] = 2
    assert speck_areas(labels).tolist() == [1, 1, 200, 300]
    assert speck_areas(labels, 2).tolist() == [1, 300]
    cleaned = applied(labels, remove_specks(labels, 5, 2))
    assert cleaned[2, 2] == 1
    assert cleaned[5, 90] == 0


def test_regions_fit_the_document():
    document = make_document(labels=two_lesions())
    document.apply_region("Remove specks", *remove_specks(document.labels.array, 250))
    np.testing.assert_array_equal(document.touched, two_lesions() == 1)
    assert not document.labels.array[document.touched].any()
    document.undo()
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.apply_region("Nothing", *remove_specks(document.labels.array, 1)) is None
