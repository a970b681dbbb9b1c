"""Drawn leaves: the same by seed, exact in their masks, varied."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from plantseg_gui.core.drawn.surface import TONES
from plantseg_gui.core.drawn_leaf import (
    GROUNDS,
    LESION_TYPES,
    SHAPES,
    demo_leaves,
    demo_list,
    draw_leaf,
)

SIZE = 256


def check_exact(leaf) -> None:
    labels = leaf.labels
    assert leaf.image.shape == (*labels.shape, 3)
    assert leaf.image.dtype == np.uint8
    assert labels.dtype == np.uint16
    assert leaf.leaf.dtype == bool
    assert not labels[~leaf.leaf].any()
    numbers = np.unique(labels[labels > 0])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))


def test_same_seed_same_leaf():
    first, second = draw_leaf(11, SIZE), draw_leaf(11, SIZE)

    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.leaf, second.leaf)
    assert first.description == second.description


def test_other_seed_other_leaf():
    assert not np.array_equal(draw_leaf(1, SIZE).image, draw_leaf(2, SIZE).image)


def test_there_is_enough_variety():
    assert len(SHAPES) >= 4
    assert len(LESION_TYPES) >= 5
    assert {"soil", "paper", "blue", "cloth"} <= set(GROUNDS)
    assert set(TONES) == set(SHAPES)
    assert len({draw_leaf(seed, 64).description for seed in range(10)}) >= 9


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_a_leaf_of_reasonable_size(shape):
    leaf = draw_leaf(5, SIZE, shape=shape)

    check_exact(leaf)
    assert 0.03 < leaf.leaf.mean() < 0.75
    assert leaf.description.startswith(shape)


@pytest.mark.parametrize("shape", ["coffee", "wheat", "tomato"])
@pytest.mark.parametrize("kind", LESION_TYPES)
def test_every_lesion_type_is_painted_and_labelled(kind, shape):
    sick = draw_leaf(8, 512, shape=shape, lesion_types=(kind,), ground="paper")
    sound = draw_leaf(8, 512, shape=shape, healthy=True, ground="paper")

    check_exact(sick)
    share = (sick.labels > 0).sum() / sick.leaf.sum()
    assert 0.002 < share < 0.75
    assert np.array_equal(sick.leaf, sound.leaf)
    # The same leaf but for its lesions: they differ, far more than what lies around them.
    change = np.abs(sick.image.astype(int) - sound.image).sum(axis=2)
    assert change[sick.labels > 0].mean() > 40
    assert change[sick.labels > 0].mean() > 4 * change[sick.leaf & (sick.labels == 0)].mean()


def test_instances_are_connected():
    leaf = draw_leaf(13, 512, shape="apple", lesion_types=("target-spot", "rust"))

    assert leaf.labels.max() >= 3
    for number in range(1, int(leaf.labels.max()) + 1):
        assert label(leaf.labels == number, connectivity=2).max() == 1


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_ground_is_drawn(ground):
    leaf = draw_leaf(2, SIZE, ground=ground)

    assert leaf.description.endswith(ground)
    assert leaf.image[~leaf.leaf].std() > 1.0


def test_healthy_leaf_has_no_lesion():
    leaf = draw_leaf(3, SIZE, healthy=True)

    assert not leaf.labels.any()
    assert leaf.leaf.any()
    assert "healthy" in leaf.description


def test_choosing_the_ground_leaves_the_leaf_alone():
    on_paper = draw_leaf(9, SIZE, ground="paper")
    on_soil = draw_leaf(9, SIZE, ground="soil")

    assert np.array_equal(on_paper.leaf, on_soil.leaf)
    assert np.array_equal(on_paper.labels, on_soil.labels)


@settings(max_examples=12)
@given(st.integers(0, 2**31), st.integers(64, 200))
def test_any_seed_and_size_is_exact(seed, size):
    leaf = draw_leaf(seed, size)

    assert leaf.image.shape == (size, size, 3)
    check_exact(leaf)


@pytest.mark.parametrize(
    "wrong", [{"shape": "rose"}, {"lesion_types": ("scab",)}, {"ground": "sky"}, {"size": 10}]
)
def test_unknown_names_and_tiny_sizes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"rose|scab|sky|10"):
        draw_leaf(1, **wrong)


def test_demo_has_varied_leaves_and_names_fit_for_files():
    leaves = demo_list(12)

    assert len({leaf.name for leaf in leaves}) == 12
    assert all(re.fullmatch(r"demo_\d\d_[a-z-]+_[a-z-]+", leaf.name) for leaf in leaves)
    assert 1 <= sum("healthy" in leaf.name for leaf in leaves) <= 2
    assert len({leaf.shape for leaf in leaves}) >= 4
    assert len({kind for leaf in leaves for kind in leaf.lesion_types}) >= 5
    drawn = dict(demo_leaves(3, SIZE))
    assert list(drawn) == [leaf.name for leaf in leaves[:3]]
    for leaf in drawn.values():
        check_exact(leaf)
