import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.core.doubt import doubt_of


def test_sure_is_nothing_and_even_odds_are_all():
    leaf = np.ones((8, 8), bool)
    assert doubt_of(np.full((8, 8), 0.5, np.float32), leaf) == pytest.approx(1)
    assert doubt_of(np.full((8, 8), 1e-6, np.float32), leaf) < 1e-4
    half = np.full((8, 8), 1e-6, np.float32)
    half[:2] = 0.5
    assert doubt_of(half, leaf) == pytest.approx(0.25, abs=1e-3)


def test_only_the_leaf_counts_whatever_the_scale_of_its_mask():
    probability = np.full((20, 30), 1e-6, np.float32)
    probability[:, :15] = 0.5
    leaf = np.zeros((80, 120), bool)
    leaf[:, 60:] = True
    assert doubt_of(probability, leaf) < 1e-4
    assert doubt_of(probability, ~leaf) == pytest.approx(1)
    assert doubt_of(probability, None) == pytest.approx(0.5, abs=1e-3)


def test_what_was_not_looked_at_says_nothing():
    probability = np.zeros((8, 8), np.float32)
    assert doubt_of(probability, None) is None
    probability[0, 0] = 0.5
    # No tile on the leaf: what was seen counts.
    leaf = np.zeros((8, 8), bool)
    leaf[4:] = True
    assert doubt_of(probability, leaf) == pytest.approx(1)


@given(st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=1, max_size=50))
def test_it_is_a_share_or_unknown_whatever_the_map_holds(values):
    doubt = doubt_of(np.array([values], np.float32), None)
    assert doubt is None or 0 <= doubt <= 1
