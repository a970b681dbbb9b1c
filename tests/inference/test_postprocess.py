"""From probability to numbered lesions in the photo's own pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import QueryBox
from plantseg_gui.inference.postprocess import (
    LARGEST_ID,
    in_photo_px,
    lesion_labels,
    speck_px,
)


def discs(*centres: tuple[int, int], radius: int = 20, side: int = 128) -> np.ndarray:
    """Probability with soft-edged discs."""
    yy, xx = np.mgrid[:side, :side]
    p = np.full((side, side), 0.02, np.float32)
    for y, x in centres:
        p = np.maximum(p, 1 / (1 + np.exp(np.hypot(yy - y, xx - x) - radius)))
    return p.astype(np.float32)


def box(y: int, x: int, radius: int, score: float = 0.9) -> QueryBox:
    return QueryBox(score, Rect(y - radius, x - radius, y + radius, x + radius))


@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 400), st.integers(1, 400))
def test_any_size_gives_labels_of_the_photos_size(h, w, height, width):
    p = np.random.default_rng(h * 81 + w).random((h, w), np.float32)
    labels = lesion_labels(p, height, width, 0.7)
    assert labels.shape == (height, width)
    assert labels.dtype == np.uint16
    ids = np.unique(labels)
    assert np.array_equal(ids[ids > 0], np.arange(1, ids.max() + 1))
    assert not labels[in_photo_px(p, height, width) < 0.7].any()


def test_two_apart_are_two():
    labels = lesion_labels(discs((40, 40), (90, 90)), 256, 256, 0.5)
    assert labels.max() == 2
    assert (labels > 0).sum() == pytest.approx(2 * np.pi * 40**2, rel=0.05)


def test_specks_are_dropped_and_their_size_follows_the_scale():
    assert speck_px((1024, 1024), 2048, 2048) == 16
    assert speck_px((512, 512), 256, 256) == 1
    p = discs((40, 40))
    p[100, 100] = 1
    assert lesion_labels(p, 128, 128, 0.5).max() == 1
    p[100:102, 100:102] = 1
    assert lesion_labels(p, 128, 128, 0.5).max() == 2


def test_a_threshold_of_zero_leaves_unseen_pixels_healthy():
    p = discs((40, 40))
    p[:, 64:] = 0
    labels = lesion_labels(p, 128, 128, 0.0)
    assert labels[:, :60].all()
    assert not labels[:, 70:].any()


TOUCHING = discs((60, 45), (60, 80))


def test_touching_lesions_are_one_without_boxes_and_two_with_them():
    assert lesion_labels(TOUCHING, 256, 256, 0.5).max() == 1
    boxes = [box(120, 90, 40), box(120, 160, 40)]
    labels = lesion_labels(TOUCHING, 256, 256, 0.5, boxes=boxes)
    assert labels.max() == 2
    assert labels[120, 90] != labels[120, 160]
    # the cut runs along the waist, and no pixel of the mask is lost
    assert abs((labels == 1).sum() - (labels == 2).sum()) < 400
    assert np.array_equal(labels > 0, lesion_labels(TOUCHING, 256, 256, 0.5) > 0)


def test_affinity_moves_the_cut_to_the_edge_that_the_network_saw():
    bar = np.full((128, 128), 0.02, np.float32)
    bar[50:70, 20:108] = 0.98  # no waist: distance alone cannot tell where to cut
    affinity = np.full((8, 32, 32), 0.95, np.float16)
    affinity[:, :, 12:14] = 0.05  # columns 48 to 56
    boxes = [box(60, 34, 14), box(60, 80, 26)]
    labels = lesion_labels(bar, 128, 128, 0.5, affinity=affinity, boxes=boxes)
    assert labels.max() == 2
    row = labels[60, 20:108]
    assert 44 - 20 <= int(np.flatnonzero(np.diff(row.astype(int)))[0]) <= 60 - 20


def test_boxes_alone_never_add_a_lesion():
    empty = np.full((128, 128), 0.02, np.float32)
    assert not lesion_labels(empty, 256, 256, 0.5, boxes=[box(60, 60, 30)]).any()
    beside = [box(120, 90, 40), box(30, 30, 20)]
    assert lesion_labels(discs((60, 45)), 256, 256, 0.5, boxes=beside).max() == 1


def test_one_box_or_equal_boxes_do_not_split():
    boxes = [box(120, 90, 40), box(120, 90, 40), box(120, 90, 41)]
    assert lesion_labels(TOUCHING, 256, 256, 0.5, boxes=boxes[:1]).max() == 1
    assert lesion_labels(TOUCHING, 256, 256, 0.5, boxes=boxes).max() == 1


def test_splitting_works_where_the_network_sees_more_pixels_than_the_photo():
    boxes = [box(30, 22, 10), box(30, 40, 10)]
    labels = lesion_labels(TOUCHING, 64, 64, 0.5, boxes=boxes)
    assert labels.max() == 2


def test_more_lesions_than_numbers_share_the_last_one():
    dots = np.zeros((720, 720), np.float32)
    dots[::2, ::2] = 1
    p = cv2.resize(dots, (2160, 2160), interpolation=cv2.INTER_NEAREST)
    labels = lesion_labels(p, 2160, 2160, 0.5)
    assert int((dots > 0).sum()) > LARGEST_ID
    assert labels.max() == LARGEST_ID
    assert np.array_equal(labels > 0, p > 0)
