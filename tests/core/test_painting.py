import numpy as np
import pytest

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.painting import StrokePainter
from tests.helpers.builders import make_document, two_lesions


def stroke(document, points, mode="lesion", radius=3):
    painter = StrokePainter(document, mode, radius)
    painter.press(*points[0])
    painter.move(points[1:])
    return painter.release()


def test_a_stroke_on_healthy_leaf_is_a_new_lesion():
    document = make_document(labels=two_lesions())
    edit = stroke(document, [(30, 10), (30, 40)])
    assert edit is not None
    assert edit.name == "Paint lesion"
    assert document.labels.array[30, 25] == 3
    assert document.history.names == ["Paint lesion"]


def test_the_first_dab_is_there_at_the_press():
    document, heard = make_document(), []
    document.labels_changed.connect(heard.append)
    StrokePainter(document, "lesion", 3).press(30, 30)
    assert document.labels.array[30, 30] == 1
    assert len(heard) == 1


def test_a_stroke_joins_the_lesion_that_it_overlaps_most():
    document = make_document(labels=two_lesions())
    # Begins on a corner of lesion 1, then runs over much of lesion 2.
    stroke(document, [(18, 28), (45, 55), (45, 75)])
    labels = document.labels.array
    assert labels[45, 65] == 2
    assert labels[30, 40] == 2
    assert labels[18, 28] == 2
    assert labels[11, 11] == 1
    assert set(np.unique(labels)) == {0, 1, 2}


def test_a_stroke_that_begins_beside_a_lesion_still_joins_it():
    document = make_document(labels=two_lesions())
    stroke(document, [(30, 20), (15, 20)])
    assert set(np.unique(document.labels.array)) == {0, 1, 2}
    assert document.labels.array[30, 20] == 1
    document.undo()
    np.testing.assert_array_equal(document.labels.array, two_lesions())


def test_painting_twice_over_the_same_place_counts_once():
    document = make_document(labels=two_lesions())
    painter = StrokePainter(document, "lesion", 2)
    painter.press(12, 28)
    for _ in range(20):
        painter.move([(12, 29), (12, 28)])
    painter.move([(45, 51), (45, 60)])
    painter.release()
    assert document.labels.array[12, 28] == 2


def test_the_eraser_writes_healthy():
    document = make_document(labels=two_lesions())
    edit = stroke(document, [(15, 10), (15, 29)], "healthy")
    assert edit is not None
    assert edit.name == "Erase"
    assert not document.labels.array[15].any()


def test_wiping_healthy_leaf_is_remembered_as_touched():
    document = make_document()
    assert stroke(document, [(30, 30)], "healthy") is not None
    assert document.touched[30, 30]
    assert document.human_edits
    document.undo()
    assert not document.human_edits


def test_unsure():
    document = make_document(labels=two_lesions())
    stroke(document, [(45, 60)], "unsure")
    assert document.labels.array[45, 60] == UNSURE
    assert document.touched[45, 60]


def test_a_lesion_stroke_does_not_join_unsure_pixels():
    document = make_document()
    stroke(document, [(30, 30)], "unsure", radius=6)
    stroke(document, [(30, 30)], "lesion", radius=3)
    assert document.labels.array[30, 30] == 1


def test_touched_is_every_pixel_under_the_brush():
    document = make_document(labels=two_lesions())
    stroke(document, [(15, 20)], "lesion", radius=3)
    assert document.touched.sum() == 37
    assert document.labels.array[15, 20] == 1


def test_abort_leaves_no_trace():
    document = make_document(labels=two_lesions())
    painter = StrokePainter(document, "healthy", 5)
    painter.press(15, 15)
    painter.move([(45, 60)])
    assert painter.active
    painter.abort()
    assert not painter.active
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert not document.touched.any()
    assert not document.history.can_undo
    assert document.revision == 0


def test_one_brush_serves_many_strokes():
    document = make_document()
    painter = StrokePainter(document, "lesion", 2)
    for y in (10, 30, 50):
        painter.press(y, 20)
        assert painter.release() is not None
    assert document.labels.max_id() == 3
    assert len(document.history.names) == 3


def test_outside_the_photo_nothing_happens():
    document = make_document()
    assert stroke(document, [(-50, -50), (-60, -10)]) is None
    assert not document.labels.array.any()


def test_moving_and_releasing_without_a_press():
    painter = StrokePainter(make_document(), "lesion", 2)
    assert painter.move([(3, 3)]).empty
    assert painter.release() is None
    painter.abort()


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="sponge"):
        StrokePainter(make_document(), "sponge")
