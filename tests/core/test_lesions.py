import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import draw

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.lesions import count_lesions, label_components, measure

LABELS = hnp.arrays(
    np.uint16,
    st.tuples(st.integers(1, 9), st.integers(1, 11)),
    elements=st.sampled_from([0, 1, 2, 7, UNSURE]),
)


def test_components_connect_over_corners_and_count_in_reading_order():
    mask = np.array([[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1]], bool)
    labels = label_components(mask)
    assert labels.dtype == np.uint16
    np.testing.assert_array_equal(labels, [[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 2]])


def test_more_components_than_ids_keeps_the_largest():
    mask = np.zeros((600, 600), bool)
    mask[::2, ::2] = True
    mask[598:, 597:] = True
    labels = label_components(mask)
    assert labels.max() == 65534
    assert labels[599, 599] > 0
    assert count_lesions(labels) == 65534


def test_an_empty_image_has_no_lesions():
    labels = np.zeros((10, 12), np.uint16)
    assert measure(labels) == []
    assert count_lesions(labels) == 0
    labels[3:5] = UNSURE
    assert measure(labels) == []
    assert count_lesions(labels) == 0


def test_measures_of_a_rectangle():
    labels = np.zeros((50, 60), np.uint16)
    labels[10:20, 5:35] = 4
    (lesion,) = measure(labels)
    assert lesion.id == 4
    assert lesion.area_px == 300
    assert lesion.box == Rect(10, 5, 20, 35)
    assert lesion.centroid == (15.0, 20.0)
    assert lesion.mean_probability is None
    assert lesion.perimeter_px == pytest.approx(80, rel=0.08)


@pytest.mark.parametrize("radius", [10, 30, 100])
def test_the_perimeter_of_a_disc(radius):
    labels = np.zeros((220, 220), np.uint16)
    labels[draw.disk((110, 110), radius + 0.5)] = 1
    assert measure(labels)[0].perimeter_px == pytest.approx(2 * np.pi * (radius + 0.5), rel=0.02)


@pytest.mark.parametrize("degrees", [0, 10, 22, 30, 45])
def test_the_perimeter_of_a_turned_square(degrees):
    angle = np.radians(degrees) + np.pi / 4 + np.arange(4) * np.pi / 2
    labels = np.zeros((220, 220), np.uint16)
    rows, columns = draw.polygon(110 + 100 * np.sin(angle), 110 + 100 * np.cos(angle))
    labels[rows, columns] = 1
    assert measure(labels)[0].perimeter_px == pytest.approx(400 * np.sqrt(2), rel=0.07)


def test_a_lesion_at_the_edge_of_the_photo_has_a_closed_outline():
    inside, edge = np.zeros((40, 40), np.uint16), np.zeros((40, 40), np.uint16)
    inside[10:20, 10:20] = 1
    edge[:10, :10] = 1
    assert measure(edge)[0].perimeter_px == pytest.approx(measure(inside)[0].perimeter_px)


def test_touching_lesions_have_their_own_outlines():
    both = np.zeros((40, 40), np.uint16)
    both[10:20, 10:20] = 1
    both[10:20, 20:30] = 2
    one = np.where(both == 1, both, np.uint16(0))
    assert measure(both)[0].perimeter_px == pytest.approx(measure(one)[0].perimeter_px)


def test_probability_at_another_scale():
    labels = np.zeros((40, 60), np.uint16)
    labels[:20, :30] = 1
    labels[20:, 30:] = 2
    probability = np.array([[0.25, 0], [0, 0.75]], np.float32)
    assert [lesion.mean_probability for lesion in measure(labels, probability)] == [0.25, 0.75]
    finer = np.kron(probability, np.ones((80, 80), np.float32))
    assert [lesion.mean_probability for lesion in measure(labels, finer)] == [0.25, 0.75]


@given(LABELS)
def test_measures_agree_with_a_plain_count(labels):
    lesions = measure(labels, np.ones(labels.shape, np.float32))
    ids = sorted(set(np.unique(labels).tolist()) - {0, UNSURE})
    assert [lesion.id for lesion in lesions] == ids
    assert count_lesions(labels) == len(ids)
    for lesion in lesions:
        rows, columns = np.nonzero(labels == lesion.id)
        assert lesion.area_px == rows.size
        assert lesion.box == Rect(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        assert lesion.centroid == pytest.approx((rows.mean() + 0.5, columns.mean() + 0.5))
        assert lesion.mean_probability == pytest.approx(1.0)
        # Alone in the image a lesion has the same outline as among others.
        alone = np.where(labels == lesion.id, labels, np.uint16(0))
        assert lesion.perimeter_px == pytest.approx(measure(alone)[0].perimeter_px)
        assert lesion.perimeter_px > 0


@given(LABELS)
def test_components_partition_the_mask(labels):
    mask = labels == 1
    parts = label_components(mask)
    np.testing.assert_array_equal(parts > 0, mask)
