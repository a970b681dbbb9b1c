"""Attention over the whole photo, and the activation log."""

from dataclasses import replace

import numpy as np

from plantseg_gui.inference.attention import attention_maps, channel_weights, log_activations
from plantseg_gui.inference.tiles import make_grid
from tests.inference.helpers import leaf_photo, load, tile_output


def test_maps_have_the_cells_of_their_strides():
    grid = make_grid(300, 500, 256)
    fine, coarse = attention_maps({i: tile_output() for i in range(len(grid))}, grid)
    assert fine.shape == (38, 63)
    assert coarse.shape == (19, 32)
    assert np.allclose(fine, 0.25)
    assert np.allclose(coarse, 0.75)


def test_log_names_the_layers_and_the_channel_weights(tiny_model):
    network = load(tiny_model).network
    log = {a.name: a for a in log_activations(network, leaf_photo(size=256))}
    assert {"laterals.esca8", "laterals.esca16", "fpn.smooth.0", "segmentation.blocks"} <= set(log)
    weights = log["laterals.esca8"].channel_weights
    assert weights.shape == (network.config.fpn_channels,)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert log["fpn.smooth.0"].shape == (32, 64, 64)
    assert log["fpn.smooth.0"].highest >= log["fpn.smooth.0"].mean >= 0
    assert not network._forward_hooks


def test_channel_weights_are_the_mean_over_the_tiles():
    first = replace(tile_output(), channels8=np.full(4, 0.2, np.float32))
    second = replace(tile_output(), channels8=np.array([0.4, 0.4, 0.6, 0.6], np.float32))
    fine, coarse = channel_weights({3: second, 1: first, 2: tile_output()})
    assert np.allclose(fine, [0.3, 0.3, 0.4, 0.4])
    assert len(coarse) == 0
