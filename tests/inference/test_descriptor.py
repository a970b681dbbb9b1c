"""What a leaf looks like: the leaf alone counts, and models with one encoder speak one language."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from plantseg_gui.core.doubt import doubt_of
from plantseg_gui.inference.descriptor import describe, encoder_name
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.inference.tiles import make_grid
from plantseg_gui.nn.checkpoint import model_files
from tests.inference.helpers import fp32, leaf_photo, load, tile_output


def tiles(*values, channels=4):
    """Tiles whose left half is like channel 0, right half like channel 1, times their value."""
    deep = np.zeros((channels, 8, 8), np.float32)
    deep[0, :, :4] = deep[1, :, 4:] = 1
    return {i: replace(tile_output(), deep=deep * v) for i, v in enumerate(values)}


def test_the_leaf_alone_is_described():
    grid = make_grid(256, 256, 256)
    leaf = np.zeros((256, 256), bool)
    leaf[:, :128] = True
    left = describe(tiles(1.0), grid, leaf, "e")
    assert left.encoder == "e"
    assert left.vector.dtype == np.float16
    np.testing.assert_array_equal(left.vector, [1, 0, 0, 0])
    both = describe(tiles(1.0), grid, None, "e").vector
    np.testing.assert_allclose(both, [0.5**0.5, 0.5**0.5, 0, 0], atol=1e-3)
    # No tile on the leaf: what was seen counts.
    nowhere = describe(tiles(1.0), grid, np.zeros((256, 256), bool), "e").vector
    np.testing.assert_array_equal(nowhere, both)


def test_padding_and_silent_networks():
    grid = make_grid(256, 100, 256)  # the right half of the tile is padding
    np.testing.assert_allclose(describe(tiles(1.0), grid, None, "e").vector[:2], [1, 0], atol=0.01)
    assert not describe(tiles(0.0), grid, None, "e").vector.any()
    assert not describe(tiles(float("nan")), grid, None, "e").vector.any()
    assert describe({0: tile_output()}, grid, None, "e") is None


def test_a_model_retrained_behind_a_frozen_encoder_has_the_same_language(tiny_model, tmp_path):
    loaded = load(tiny_model)
    name = encoder_name(loaded.network)
    with torch.no_grad():
        loaded.network.segmentation.logit.bias.add_(1)
    for file, content in model_files(loaded.network, loaded.meta).items():
        (tmp_path / file).write_bytes(content)
    retrained = load(tmp_path)
    assert encoder_name(retrained.network) == name
    with torch.no_grad():
        next(retrained.network.encoder.parameters()).add_(0.01)
    assert encoder_name(retrained.network) != name


def test_a_prediction_carries_both(tiny_model):
    model = load(tiny_model)
    predictor = Predictor(model, fp32())
    first, second = (predictor.predict(leaf_photo(seed=s, size=256)) for s in (3, 4))
    assert first.descriptor.encoder == encoder_name(model.network)
    assert first.descriptor.vector.nbytes <= 1024
    assert float(np.linalg.norm(first.descriptor.vector.astype(np.float32))) == pytest.approx(
        1, abs=0.01
    )
    assert not np.array_equal(first.descriptor.vector, second.descriptor.vector)
    assert first.doubt == doubt_of(first.probability, first.leaf.mask)
    assert 0 < first.doubt < 1
