"""Smart click on drawn scenes: what always holds, and what it is for."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import LeafResult, Prediction, QueryBox, TileMode
from plantseg_gui.core.smart_click import LAST_LEVEL, reach

GREEN, BROWN = (90, 150, 70), (130, 80, 40)
LOW, HIGH = 0.02, 0.97


def discs(shape, *places):
    """[H, W] bool: discs (y, x, radius)."""
    y, x = np.indices(shape)
    return np.any([np.hypot(y - a, x - b) <= r for a, b, r in places], axis=0)


def photo(lesions):
    """A green leaf with brown lesions, and some noise."""
    noise = np.random.default_rng(0).normal(0, 4, (*lesions.shape, 3))
    return np.clip(np.where(lesions[..., None], BROWN, GREEN) + noise, 0, 255).astype(np.uint8)


def prediction(probability, affinity=None, boxes=(), scale=2):
    """What a network at a scale of 1/2 says."""
    height, width = probability.shape
    size = (width // scale, height // scale)
    small = cv2.resize(probability.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    bonds = np.ones((8, height // scale // 4, width // scale // 4), np.float16)
    return Prediction(
        model="drawn",
        height=height,
        width=width,
        probability=small,
        attention=(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)),
        affinity=bonds if affinity is None else affinity,
        boxes=boxes,
        labels=np.zeros((height, width), np.uint16),
        leaf=LeafResult(None),
        threshold=0.5,
        disease_probability=1.0,
        tiles_total=1,
        tiles_processed=1,
        seconds=1.0,
        mode=TileMode.FULL,
        device="cpu",
    )


def likely(lesions):
    return np.where(lesions, HIGH, LOW).astype(np.float32)


def whole(found, shape, level=None):
    """A region as a mask of the photo."""
    rect, mask = found.region(level)
    assert rect == rect.clip(*shape)
    assert mask.shape == (rect.height, rect.width)
    full = np.zeros(shape, bool)
    full[rect.slices] = mask
    return full


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


@settings(max_examples=25, deadline=None)
@given(
    y=st.integers(0, 89),
    x=st.integers(0, 129),
    seed=st.integers(0, 9),
    known=st.booleans(),
    levels=st.lists(st.integers(0, LAST_LEVEL), min_size=2, max_size=4),
)
def test_every_extent_holds_the_click_and_the_smaller_ones(y, x, seed, known, levels):
    rng = np.random.default_rng(seed)
    shape = (90, 130)
    small = rng.integers(0, 256, (9, 13, 3), dtype=np.uint8)
    image = cv2.resize(small, (130, 90), interpolation=cv2.INTER_LINEAR)
    said = prediction(cv2.resize(rng.random((9, 13), np.float32), (130, 90))) if known else None
    found = reach(image, said, y, x)
    before = np.zeros(shape, bool)
    for level in sorted([*levels, found.level]):
        mask = whole(found, shape, level)
        assert mask[y, x]
        assert cv2.connectedComponents(mask.view(np.uint8), connectivity=4)[0] == 2
        assert not (before & ~mask).any()
        before = mask
    steps = [found.level_for(px) for px in (-50, -3, -1, 0, 1, 3, 50)]
    assert steps == sorted(steps)
    assert steps[3] == found.level


def test_the_lesion_under_the_click_and_no_other():
    one, other = discs((200, 200), (60, 60, 18)), discs((200, 200), (130, 130, 25))
    found = reach(photo(one | other), prediction(likely(one | other)), 62, 58)
    assert iou(whole(found, (200, 200)), one) > 0.9
    assert found.trust == 1


def test_touching_lesions_are_parted_by_their_affinity():
    shape = (200, 200)
    one, other = discs(shape, (100, 70, 28)), discs(shape, (100, 124, 28))
    image = np.full((*shape, 3), 128, np.uint8)  # colour says nothing
    said = np.where(one | other, 0.9, LOW).astype(np.float32)
    bonds = np.ones((8, 25, 25), np.float16)
    merged = whole(reach(image, prediction(said, bonds), 100, 66), shape)
    bonds[:, :, 12] = 0.05  # photo px 96 to 104: where they meet
    parted = whole(reach(image, prediction(said, bonds), 100, 66), shape)
    assert iou(parted, one) > 0.8
    assert (parted & other).sum() < 0.1 * (merged & other).sum()


def test_colour_decides_where_the_network_saw_nothing():
    shape = (400, 400)
    lesion = discs(shape, (150, 220, 22))
    image = photo(lesion)
    for said in (None, prediction(np.full(shape, LOW, np.float32))):
        found = reach(image, said, 150, 220)
        assert found.trust < 0.1
        assert iou(whole(found, shape), lesion) > 0.85


def test_colour_draws_the_outline_finer_than_the_network():
    shape = (200, 200)
    lesion = discs(shape, (100, 100, 30))
    blurred = cv2.GaussianBlur(likely(discs(shape, (100, 100, 36))), (0, 0), 7)
    said = prediction(blurred)
    full = cv2.resize(said.probability, shape[::-1], interpolation=cv2.INTER_LINEAR)
    found = whole(reach(photo(lesion), said, 100, 100), shape)
    assert iou(found, lesion) > iou(full >= 0.5, lesion) + 0.03


def test_the_edge_moves_as_far_as_the_pointer():
    shape = (200, 200)
    distance = np.hypot(*(np.indices(shape) - 100))
    slope = 1 / (1 + np.exp((distance - 30) / 8))
    found = reach(np.full((*shape, 3), 128, np.uint8), prediction(slope), 100, 100)
    before = np.sqrt(whole(found, shape).sum() / np.pi)
    for px in (-8, 8):
        after = np.sqrt(whole(found, shape, found.level_for(px)).sum() / np.pi)
        assert after - before == pytest.approx(px, abs=2)


def test_a_region_larger_than_the_window_is_looked_at_whole():
    shape = (600, 600)
    lesion = discs(shape, (300, 300, 150))
    found = reach(photo(lesion), None, 300, 300)
    assert iou(whole(found, shape), lesion) > 0.9


def test_a_query_box_widens_the_window():
    said = prediction(np.full((600, 600), LOW, np.float32))
    box = QueryBox(0.9, Rect(100, 100, 500, 500))
    image = np.zeros((600, 600, 3), np.uint8)
    narrow, wide = (reach(image, p, 300, 300).rect for p in (said, replace(said, boxes=(box,))))
    assert wide.area >= box.rect.area
    assert wide.union(box.rect) == wide
    assert narrow == narrow.clip(600, 600)


def test_a_click_outside_or_another_photos_prediction_is_refused():
    image = np.zeros((40, 60, 3), np.uint8)
    with pytest.raises(ValueError, match="outside"):
        reach(image, None, 40, 0)
    with pytest.raises(ValueError, match="prediction is of"):
        reach(image, prediction(np.zeros((60, 40), np.float32)), 5, 5)
