import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.painting import StrokePainter
from plantseg_gui.core.results import Uncertainty
from tests.helpers.builders import make_document, make_prediction, two_lesions


def paint(document, y, x, mode="lesion", radius=3):
    painter = StrokePainter(document, mode, radius)
    painter.press(y, x)
    return painter.release()


def test_a_new_document():
    document = make_document()
    assert document.status == "new"
    assert not document.dirty
    assert not document.human_edits
    assert (document.height, document.width) == (64, 96)


def test_a_prediction_fills_an_untouched_document_without_an_undo_step():
    document, heard = make_document(), []
    document.labels_changed.connect(heard.append)
    assert document.set_prediction(make_prediction(two_lesions()))
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.status == "predicted"
    assert not document.history.can_undo
    assert document.revision == 0
    assert document.dirty
    assert heard


def test_a_prediction_never_overwrites_human_edits():
    document = make_document()
    paint(document, 30, 30)
    before = document.labels.read(document.labels.rect)
    assert not document.set_prediction(make_prediction(two_lesions()))
    np.testing.assert_array_equal(document.labels.array, before)
    assert document.prediction is not None
    assert document.status == "corrected"


def test_a_prediction_never_overwrites_an_open_stroke():
    document = make_document()
    painter = StrokePainter(document, "lesion", 3)
    painter.press(30, 30)
    assert not document.set_prediction(make_prediction(two_lesions()))
    assert not np.array_equal(document.labels.array, two_lesions())
    painter.abort()
    assert not document.human_edits
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.status == "predicted"


def test_a_prediction_never_overwrites_an_approved_healthy_leaf():
    document = make_document()
    document.approve(True)
    assert not document.set_prediction(make_prediction(two_lesions()))
    assert not document.labels.array.any()
    assert document.status == "approved"


def test_a_prediction_after_undone_edits_keeps_redo():
    document = make_document()
    paint(document, 30, 30)
    painted = document.labels.read(document.labels.rect)
    document.undo()
    document.set_prediction(make_prediction(two_lesions()))
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.history.can_redo
    document.redo()
    np.testing.assert_array_equal(document.labels.array, painted)
    assert document.status == "corrected"


def test_a_prediction_that_waited_fills_when_the_last_stroke_is_undone():
    document = make_document()
    paint(document, 30, 30)
    painted = document.labels.read(document.labels.rect)
    document.set_prediction(make_prediction(two_lesions()))
    document.undo()
    assert document.status == "predicted"
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    document.redo()
    np.testing.assert_array_equal(document.labels.array, painted)


def test_a_stroke_on_a_late_prediction_is_undone_alone():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 30, 30)
    document.reset_to_prediction()
    newer = np.roll(two_lesions(), 5, axis=0)
    document.set_prediction(make_prediction(newer))
    assert document.history.undo_name == "Reset to prediction"
    paint(document, 30, 30)
    document.undo()
    np.testing.assert_array_equal(document.labels.array, newer)


def test_taking_an_approval_back_lets_the_waiting_prediction_in():
    document = make_document()
    document.approve(True)
    document.set_prediction(make_prediction(two_lesions()))
    document.approve(False)
    assert document.status == "predicted"
    np.testing.assert_array_equal(document.labels.array, two_lesions())


def test_reset_of_an_approved_unchanged_photo_is_saved_and_can_be_undone():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    document.approve(True)
    document.mark_saved()
    assert document.reset_to_prediction() is not None
    assert document.dirty
    assert document.status == "predicted"
    document.undo()
    assert document.status == "approved"
    document.redo()
    assert document.status == "predicted"


def test_accept_keeps_what_was_touched_in_one_step():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 15, 15, "healthy")
    erased = document.touched.copy()
    newer = two_lesions()
    newer[30:35, 5:10] = 3
    document.set_prediction(make_prediction(newer))
    assert document.labels.array[32, 7] == 0
    edit = document.accept_prediction()
    assert edit is not None
    assert document.labels.array[32, 7] == 3
    assert not document.labels.array[erased].any()
    assert document.touched[32, 7]
    assert not document.touched[0, 0]
    document.undo()
    assert document.labels.array[32, 7] == 0
    np.testing.assert_array_equal(document.touched, erased)


def test_accepting_an_untouched_prediction_makes_it_the_persons_own():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    document.accept_prediction()
    assert document.status == "corrected"
    assert not document.set_prediction(make_prediction(np.zeros((64, 96), np.uint16)))
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.accept_prediction() is None


def test_reset_throws_corrections_away_in_one_step():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 30, 30)
    paint(document, 15, 15, "healthy")
    document.approve(True)
    corrected, touched = document.labels.read(document.labels.rect), document.touched.copy()
    document.reset_to_prediction()
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.status == "predicted"
    document.undo()
    np.testing.assert_array_equal(document.labels.array, corrected)
    np.testing.assert_array_equal(document.touched, touched)
    assert document.status == "approved"


def test_accept_and_reset_need_a_prediction():
    document = make_document()
    assert document.accept_prediction() is None
    assert document.reset_to_prediction() is None


def test_revision_rises_at_edit_undo_and_redo():
    document = make_document()
    seen = [document.revision]
    paint(document, 30, 30)
    seen.append(document.revision)
    document.undo()
    seen.append(document.revision)
    document.redo()
    seen.append(document.revision)
    assert seen == [0, 1, 2, 3]


def test_undo_restores_touched_and_status():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 30, 30)
    assert document.status == "corrected"
    document.undo()
    assert not document.touched.any()
    assert document.status == "predicted"


def test_what_changes_during_a_save_stays_dirty():
    document = make_document()
    paint(document, 30, 30)
    saving = document.change_count
    paint(document, 40, 40)
    document.mark_saved(saving)
    assert document.dirty
    document.mark_saved()
    assert not document.dirty
    document.approve(True)
    assert document.dirty


def test_status_is_told():
    document, heard = make_document(), []
    document.status_changed.connect(lambda: heard.append(document.status))
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 30, 30)
    document.approve(True)
    document.approve(True)
    document.approve(False)
    assert heard == ["predicted", "corrected", "approved", "corrected"]


def test_uncertainty_arrives_without_touching_labels():
    document, heard = make_document(), []
    document.set_prediction(make_prediction(two_lesions()))
    paint(document, 30, 30)
    document.prediction_changed.connect(lambda: heard.append(1))
    revision = document.revision
    maps = np.zeros((4, 4), np.float32)
    document.update_prediction(document.prediction.with_uncertainty(Uncertainty(maps, maps)))
    assert document.prediction.uncertainty is not None
    assert document.revision == revision
    assert heard == [1]


def test_a_saved_document_opens_as_it_was():
    touched = np.zeros((64, 96), bool)
    touched[3, 4] = True
    image = np.zeros((64, 96, 3), np.uint8)
    prediction = make_prediction(np.zeros((64, 96), np.uint16))
    document = Document("p", image, two_lesions(), touched, prediction=prediction)
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.status == "corrected"
    assert not document.dirty
    approved = Document("p", image, approved=True)
    assert approved.status == "approved"


def test_regions_are_one_step():
    document = make_document()
    rect = Rect(2, 3, 5, 7)
    assert document.apply_region("Fill", rect, np.full((3, 4), 9, np.uint16))
    assert document.history.names == ["Fill"]
    assert document.touched.sum() == 12
    assert document.apply_region("Fill", rect, np.full((3, 4), 9, np.uint16)) is None


def test_touched_cannot_be_written_from_outside():
    with pytest.raises(ValueError, match="read-only"):
        make_document().touched[0, 0] = True


@pytest.mark.parametrize("name", ["labels", "touched"])
def test_another_size_is_refused(name):
    dtype = np.uint16 if name == "labels" else bool
    with pytest.raises(ValueError, match=name):
        Document("p", np.zeros((8, 9, 3), np.uint8), **{name: np.zeros((9, 8), dtype)})


def test_a_prediction_of_another_size_is_refused():
    with pytest.raises(ValueError, match="prediction"):
        make_document().set_prediction(make_prediction(np.zeros((9, 8), np.uint16)))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["lesion", "healthy", "unsure", "accept", "reset", "predict", "undo", "redo"]
        ),
        st.integers(0, 63),
        st.integers(0, 95),
    ),
    max_size=15,
)


@given(ACTS)
def test_any_sequence_can_be_undone_and_redone(acts):
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    for act, y, x in acts:
        if act == "accept":
            document.accept_prediction()
        elif act == "reset":
            document.reset_to_prediction()
        elif act == "predict":
            document.set_prediction(make_prediction(np.roll(two_lesions(), (y, x), (0, 1))))
        elif act in ("undo", "redo"):
            getattr(document, act)()
        else:
            paint(document, y, x, act, radius=y % 9)
    states = [(document.labels.read(document.labels.rect), document.touched.copy())]
    while document.undo():
        states.append((document.labels.read(document.labels.rect), document.touched.copy()))
    assert not document.touched.any()
    for labels, touched in reversed(states[:-1]):
        assert document.redo()
        np.testing.assert_array_equal(document.labels.array, labels)
        np.testing.assert_array_equal(document.touched, touched)
