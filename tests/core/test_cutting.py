import numpy as np

from plantseg_gui.core.cutting import cut_lesions, lesions_under
from plantseg_gui.core.labels import UNSURE
from tests.core.test_regions import applied
from tests.helpers.builders import two_lesions


def test_lesions_under_a_line_in_the_order_in_which_it_meets_them():
    labels = two_lesions()
    labels[30, :] = UNSURE
    assert lesions_under(labels, [(60, 90), (45, 60), (5, 15), (15, 15)]) == [2, 1]
    assert lesions_under(labels, [(-50, -50), (5, 5)]) == []
    assert lesions_under(labels, [(15.5, 15.5)]) == [1]
    assert lesions_under(labels, []) == []


def test_a_line_cuts_all_that_it_crosses():
    labels = two_lesions()
    cut = applied(labels, cut_lesions(labels, [(5, 20), (25, 20), (35, 65), (55, 65)]))
    np.testing.assert_array_equal(cut > 0, labels > 0)
    assert set(np.unique(cut)) == {0, 1, 2, 3, 4}
    assert set(np.unique(cut[10:20])) <= {0, 1, 3}


def test_a_line_that_cuts_one_of_two():
    labels = two_lesions()
    cut = applied(labels, cut_lesions(labels, [(15, 25), (35, 65), (55, 65)]))
    assert set(np.unique(cut)) == {0, 1, 2, 3}
    assert cut_lesions(labels, [(0, 0), (5, 90)])[0].empty
    assert cut_lesions(labels, [(15, 15), (15, 20)])[0].empty
