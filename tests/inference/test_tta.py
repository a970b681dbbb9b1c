"""Flips and rotations undo themselves."""

import numpy as np
import pytest

from plantseg_gui.inference.tta import IDENTITY, VIEWS

TILE = np.arange(6 * 6 * 3).reshape(6, 6, 3)


@pytest.mark.parametrize("view", VIEWS)
def test_invert_undoes_apply(view):
    assert np.array_equal(view.invert(view.apply(TILE)), TILE)


def test_the_eight_views_differ_and_the_first_is_the_tile_itself():
    assert len({v.apply(TILE).tobytes() for v in VIEWS}) == 8
    assert VIEWS[0] == IDENTITY
    assert np.array_equal(IDENTITY.apply(TILE), TILE)
