"""What a clicked region becomes beside the lesions that are labelled already."""

import numpy as np
import pytest

from plantseg_gui.core.clicked_lesion import add_lesion, take_lesion_away
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.limits import PaintLimits
from tests.helpers.builders import make_prediction

RECT = Rect(20, 20, 60, 60)
MASK = np.ones((40, 40), bool)
Y = X = 40


def document(*lesions):
    """A photo of 120 px with lesions 1, 2, … at these rectangles."""
    labels = np.zeros((120, 120), np.uint16)
    for number, rect in enumerate(lesions, 1):
        labels[rect.slices] = number
    return Document("a", np.zeros((120, 120, 3), np.uint8), labels)


def test_on_healthy_leaf_it_is_a_lesion_of_its_own():
    doc = document(Rect(55, 20, 80, 60))
    assert add_lesion(doc, RECT, MASK, Y, X) is not None
    assert doc.labels.array[40, 40] == 2
    assert (doc.labels.array[55:80, 20:60] == 1).all()  # the neighbour keeps its pixels
    assert doc.history.names == ["Add lesion"]
    doc.undo()
    assert (np.unique(doc.labels.array) == [0, 1]).all()


def test_shift_joins_what_it_touches():
    for below in (Rect(55, 20, 80, 60), Rect(60, 20, 80, 60)):  # overlapping, side by side
        doc = document(below)
        add_lesion(doc, RECT, MASK, Y, X, join=True)
        assert (np.unique(doc.labels.array) == [0, 1]).all()
        assert doc.history.names == ["Join to lesion"]


def test_a_lesion_outlined_anew_grows_and_keeps_its_number():
    doc = document(Rect(24, 24, 50, 64))
    add_lesion(doc, RECT, MASK, Y, X)
    assert (np.unique(doc.labels.array) == [0, 1]).all()
    assert (doc.labels.array[20:60, 20:60] == 1).all()
    assert (doc.labels.array[24:50, 60:64] == 1).all()  # the rim stays
    assert doc.history.names == ["Extend lesion"]


def test_what_a_label_holds_besides_stays_another_lesion():
    doc = document(Rect(20, 20, 60, 110))
    add_lesion(doc, RECT, MASK, Y, X)
    assert (doc.labels.array[20:60, 20:60] == 2).all()
    assert (doc.labels.array[25:55, 70:105] == 1).all()


def test_the_whole_lesion_goes_rim_included_but_no_other():
    doc = document(Rect(18, 18, 63, 64), Rect(64, 18, 90, 64))
    assert take_lesion_away(doc, RECT, MASK, Y, X) is not None
    assert (np.unique(doc.labels.array) == [0, 2]).all()
    assert (doc.labels.array == 2).sum() == 26 * 46
    assert doc.history.names == ["Take lesion away"]
    thick = document(Rect(20, 20, 60, 110))
    take_lesion_away(thick, RECT, MASK, Y, X)
    assert not thick.labels.array[20:60, 20:60].any()
    assert (thick.labels.array[25:55, 70:105] == 1).all()


def test_nothing_to_take_away_is_no_step():
    doc = document(Rect(100, 100, 110, 110))
    assert take_lesion_away(doc, RECT, MASK, Y, X) is None
    assert doc.history.names == []


@pytest.mark.parametrize("act", [add_lesion, take_lesion_away])
def test_limits_hold(act):
    doc = document(Rect(20, 20, 60, 60))
    doc.history.begin("touch")
    doc.history.paint(RECT, np.full((40, 40), 1, np.uint16), MASK)
    doc.history.commit()
    before = doc.labels.array.copy()
    wide = np.ones((50, 50), bool)
    act(doc, Rect(15, 15, 65, 65), wide, Y, X, limits=PaintLimits(keep_touched=True))
    assert (doc.labels.array[20:60, 20:60] == before[20:60, 20:60]).all()


def test_accepting_the_prediction_does_not_join_what_a_click_parted():
    doc = document()
    labels = np.zeros((120, 120), np.uint16)
    labels[20:60, 20:110] = 1
    doc.set_prediction(make_prediction(labels))
    add_lesion(doc, RECT, MASK, Y, X)
    parted = doc.labels.array.copy()
    doc.accept_prediction()
    np.testing.assert_array_equal(doc.labels.array, parted)
    assert doc.touched[labels > 0].all()
