from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import draw

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.lesions import count_lesions, label_components
from plantseg_gui.core.regrouping import FEWEST, MOST, count_range, regroup, untouched_lesions
from plantseg_gui.core.touching import find_touching
from tests.helpers.builders import make_document, make_prediction


def discs(*places, shape=(96, 160)):
    mask = np.zeros(shape, bool)
    for y, x, radius in places:
        mask[draw.disk((y, x), radius, shape=shape)] = True
    return mask


# Two discs with a narrow neck, and a third, apart from them.
NECK = discs((40, 40, 18), (40, 74, 18), (70, 130, 12))


def prediction_of(labels):
    affinity = np.ones((8, labels.shape[0] // 4, labels.shape[1] // 4), np.float16)
    return replace(make_prediction(labels), affinity=affinity)


def cut(labels, column=57):
    """The model's word: the pair is two lesions."""
    labels = labels.copy()
    labels[(labels == 1) & (np.arange(labels.shape[1]) >= column)] = 3
    return labels


def applied(prediction, level, document=None):
    if document is None:
        document = make_document(*prediction.labels.shape)
        document.set_prediction(prediction)
    edit = regroup(find_touching(prediction), document.labels.array, document.touched, level)
    if edit is not None:
        document.history.push(edit)
    return document


def test_few_joins_what_touches_in_one_step():
    prediction = prediction_of(cut(label_components(NECK)))
    document = applied(prediction, FEWEST)
    assert count_lesions(document.labels.array) == 2
    np.testing.assert_array_equal(document.labels.array > 0, NECK)
    assert document.history.names == ["Regroup lesions"]
    # Only the border that is none any more is the person's; the rest of the mask is the model's.
    columns = np.flatnonzero(document.touched.any(axis=0))
    assert columns.tolist() == [56, 57]
    document.undo()
    np.testing.assert_array_equal(document.labels.array, prediction.labels)
    assert document.status == "predicted"


def test_many_divides_at_the_neck():
    prediction = prediction_of(label_components(NECK))
    document = applied(prediction, MOST)
    labels = document.labels.array
    assert count_lesions(labels) == 3
    assert labels[40, 30] != labels[40, 84]
    # The neck is where it is cut.
    inside = np.flatnonzero(labels[40, 22:92] == labels[40, 84]) + 22
    assert abs(int(inside[0]) - 57) <= 2
    assert labels[40, 30] == prediction.labels[40, 30]


@pytest.mark.parametrize("level", [FEWEST, MOST])
def test_accepting_the_prediction_afterwards_keeps_the_groups(level):
    pair = label_components(NECK)
    document = applied(prediction_of(cut(pair) if level == FEWEST else pair), level)
    grouped = document.labels.array.copy()
    document.accept_prediction()
    np.testing.assert_array_equal(document.labels.array, grouped)


def test_the_model_s_level_changes_nothing():
    prediction = prediction_of(cut(label_components(NECK)))
    touching = find_touching(prediction)
    assert regroup(touching, prediction.labels, np.zeros(NECK.shape, bool), 0.0) is None


def test_lesions_that_a_person_touched_stay():
    prediction = prediction_of(cut(label_components(NECK)))
    document = make_document(*NECK.shape)
    document.set_prediction(prediction)
    rect = Rect(38, 30, 40, 33)
    document.history.begin("Paint lesion")
    document.history.paint(rect, document.labels.read(rect), np.ones((2, 3), bool))
    document.history.commit()
    before = document.labels.array.copy()
    touching = find_touching(prediction)
    free = np.flatnonzero(untouched_lesions(touching, before, document.touched))
    assert free.tolist() == [2, 3]
    applied(prediction, FEWEST, document)
    np.testing.assert_array_equal(document.labels.array, before)
    assert count_range(touching, before, document.touched) == (3, 3, 3)


def test_the_count_is_told_as_an_interval():
    prediction = prediction_of(cut(label_components(discs((40, 40, 18), (40, 74, 18)))))
    joined = prediction_of(label_components(discs((40, 40, 18), (40, 74, 18))))
    untouched = np.zeros(NECK.shape, bool)
    assert count_range(find_touching(prediction), prediction.labels, untouched) == (1, 2, 2)
    assert count_range(find_touching(joined), joined.labels, untouched) == (1, 1, 2)


def test_ripples_inside_one_disc_divide_nothing():
    prediction = prediction_of(label_components(discs((48, 60, 30), (20, 130, 9))))
    assert count_lesions(applied(prediction, MOST).labels.array) == 2


@pytest.mark.parametrize("level", [FEWEST, MOST])
def test_nothing_and_dust(level):
    nothing = prediction_of(np.zeros((96, 160), np.uint16))
    assert applied(nothing, level).history.names == []
    dust = np.zeros((96, 160), np.uint16)
    dust[5, 5], dust[6, 6], dust[50, 50] = 1, 2, 3
    coarse = replace(prediction_of(dust), probability=np.zeros((24, 40), np.float32))
    labels = applied(coarse, level).labels.array
    np.testing.assert_array_equal(labels > 0, dust > 0)


@settings(max_examples=8)
@given(
    st.lists(
        st.tuples(st.integers(0, 95), st.integers(0, 159), st.integers(3, 22)),
        min_size=1,
        max_size=9,
    ),
    st.lists(st.integers(5, 150), max_size=3),
)
def test_levels_are_nested_and_keep_the_mask(places, cuts):
    labels = label_components(discs(*places))
    for number, column in enumerate(cuts):
        for lesion in np.unique(labels[labels > 0]):
            part = (labels == lesion) & (np.arange(160) >= column + 3 * number)
            if part.any() and not part[labels == lesion].all():
                labels[part] = labels.max() + 1
    prediction = prediction_of(labels)
    touching = find_touching(prediction)
    untouched = np.zeros(labels.shape, bool)
    counts, finer = [], None
    for level in (1.0, 0.6, 0.3, 0.0, -0.3, -0.6, -1.0):
        grouped = applied(prediction, level).labels.array.astype(np.int64)
        np.testing.assert_array_equal(grouped > 0, labels > 0)
        counts.append(count_lesions(grouped.astype(np.uint16)))
        if finer is not None:
            pairs = np.unique(finer[labels > 0] * 100_000 + grouped[labels > 0])
            assert len(pairs) == len(np.unique(finer[labels > 0]))
        finer = grouped
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == count_lesions(label_components(labels > 0))
    assert count_range(touching, labels, untouched) == (counts[-1], counts[3], counts[0])
