import numpy as np

from plantseg_gui.core.judging import accept_lesions, merge_lesions, reject_lesions
from plantseg_gui.core.lesions import measure
from tests.helpers.builders import make_document, make_prediction, two_lesions


def predicted():
    document = make_document()
    document.set_prediction(make_prediction(two_lesions()))
    return document


def lesions_of(document):
    return {x.id: x for x in measure(document.labels.array, touched=document.touched)}


def test_accept_keeps_the_labels_and_makes_them_the_person_s():
    document = predicted()
    assert accept_lesions(document, [lesions_of(document)[1]]).name == "Accept lesion 1"
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    np.testing.assert_array_equal(document.touched, two_lesions() == 1)
    assert lesions_of(document)[1].accepted
    assert document.status == "corrected"
    assert accept_lesions(document, [lesions_of(document)[1]]) is None
    document.undo()
    assert document.status == "predicted"


def test_reject_says_that_it_is_healthy():
    document = predicted()
    reject_lesions(document, [lesions_of(document)[2]])
    kept = np.where(two_lesions() == 2, 0, two_lesions())
    np.testing.assert_array_equal(document.labels.array, kept)
    np.testing.assert_array_equal(document.touched, two_lesions() == 2)
    document.undo()
    np.testing.assert_array_equal(document.labels.array, two_lesions())
    assert document.history.names == []


def test_merging_is_one_step_and_touches_all():
    labels = two_lesions()
    labels[12:18, 15:25] = 3  # inside the box of lesion 1
    document = make_document(labels=labels)
    chosen = lesions_of(document)
    boxes = {i: chosen[i].box for i in (1, 3, 2)}
    merge_lesions(document, boxes, 2)
    np.testing.assert_array_equal(document.labels.array, np.where(labels > 0, 2, 0))
    np.testing.assert_array_equal(document.touched, labels > 0)
    assert document.history.names == ["Merge 3 lesions"]
    document.undo()
    np.testing.assert_array_equal(document.labels.array, labels)
    assert merge_lesions(document, {1: boxes[1]}, 1) is None


def test_nothing_is_judged_during_a_stroke():
    document = predicted()
    lesion = lesions_of(document)[1]
    document.history.begin("Paint lesion")
    assert reject_lesions(document, [lesion]) is None
    document.history.abort()
    np.testing.assert_array_equal(document.labels.array, two_lesions())
