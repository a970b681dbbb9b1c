import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core import lesion_table
from plantseg_gui.core.doubt import doubt_map
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.lesion_table import LesionTable
from plantseg_gui.core.lesions import measure
from tests.helpers.builders import make_document, make_prediction, two_lesions

H, W = 24, 32
PROBABILITY = np.random.default_rng(3).random((12, 16)).astype(np.float32)

STROKES = st.lists(
    st.tuples(
        st.integers(0, H - 1),
        st.integers(0, W - 1),
        st.integers(1, 9),
        st.integers(1, 9),
        st.sampled_from([0, 1, 2, 3, 4, UNSURE]),
        st.booleans(),
    ),
    min_size=1,
    max_size=50,
)


@given(STROKES, st.integers(1, 45))
def test_measured_step_by_step_is_measured_from_scratch(strokes, every):
    labels, touched = np.zeros((H, W), np.uint16), np.zeros((H, W), bool)
    labels[2:9, 3:20], labels[12:20, 10:30] = 1, 2
    table = LesionTable(labels, touched, PROBABILITY)
    table.update()
    for number, (y, x, height, width, value, by_person) in enumerate(strokes, 1):
        rect = Rect(y, x, y + height, x + width).clip(H, W)
        labels[rect.slices] = value
        touched[rect.slices] |= by_person
        table.labels_changed(rect)
        if number % every == 0:
            table.update()
    table.update()
    whole = LesionTable(labels, touched, PROBABILITY)
    whole.update()
    assert dict(table.lesions) == dict(whole.lesions)
    assert not table.stale


def test_only_the_lesions_of_the_stroke_are_measured_again():
    labels = two_lesions()
    table = LesionTable(labels, np.zeros(labels.shape, bool))
    assert table.update() == {1, 2}
    before = dict(table.lesions)
    labels[12:14, 30:34] = 1
    table.labels_changed(Rect(12, 30, 14, 34))
    assert table.update() == {1}
    assert table.lesions[2] is before[2]
    assert table.lesions[1].area_px == before[1].area_px + 8
    labels[labels == 1] = 0
    table.labels_changed(Rect(10, 10, 20, 34))
    assert table.update() == {1}
    assert list(table.lesions) == [2]
    assert table.update() == frozenset()


def test_a_person_s_part_of_a_lesion():
    document = make_document(labels=two_lesions())
    table = LesionTable(document.labels.array, document.touched)
    document.labels_changed.connect(table.labels_changed)
    table.update()
    assert not table.lesions[1].by_person
    document.history.begin("Paint lesion")
    rect = Rect(10, 10, 12, 30)
    document.history.paint(rect, document.labels.read(rect), np.ones((2, 20), bool))
    document.history.commit()
    table.update()
    assert table.lesions[1].touched_px == 40
    assert table.lesions[1].by_person
    assert not table.lesions[1].accepted


def test_another_probability_changes_every_lesion():
    labels = two_lesions()
    sure = make_prediction(labels, probability=np.full((16, 24), 0.99, np.float32)).probability
    table = LesionTable(labels, np.zeros(labels.shape, bool), sure)
    table.update()
    assert table.lesions[1].doubt < 0.05
    table.set_probability(np.full((16, 24), 0.5, np.float32))
    assert table.update() == {1, 2}
    assert table.lesions[1].doubt == 1.0
    assert table.lesions[2].mean_probability == 0.5


def test_doubt_counts_the_surroundings_of_the_edge():
    sharp = np.zeros((20, 20), np.float32)
    sharp[6:14, 6:14] = 1.0
    fading = sharp.copy()
    fading[4:6, 6:14] = 0.4
    inside = np.s_[6:14, 6:14]
    assert doubt_map(sharp)[inside].max() == 0
    assert doubt_map(fading)[inside].mean() > 0.05


def test_what_is_painted_while_it_is_read_is_left_to_the_next_update(monkeypatch):
    labels = two_lesions()
    table = LesionTable(labels, np.zeros(labels.shape, bool))
    table.update()
    before = table.lesions[2]
    # As a pixel that turns into lesion 2 between two looks at it.
    monkeypatch.setattr(lesion_table, "measure", lambda *a, ids, **k: measure(*a, ids=None, **k))
    for rect in (Rect(10, 10, 12, 12), Rect(45, 60, 46, 61).moved(10, 0)):
        table.labels_changed(rect)
    assert table.update() == {1}
    assert table.lesions[2] is before
