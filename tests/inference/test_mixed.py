"""The short number format: cast in the middle, exact at both ends."""

import copy

import pytest
import torch

from plantseg_gui.inference.fuse import fused_copy
from plantseg_gui.inference.mixed import mixed_copy
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from tests.inference.helpers import leaf_photo, load

CPU = torch.device("cpu")


def logits(network: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network(x).segmentation.float()


def test_nearer_to_float32_than_a_network_that_is_cast_whole(tiny_model):
    exact = fused_copy(load(tiny_model).network)
    x = exact.normalise(torch.from_numpy(leaf_photo(size=256).copy())[None].permute(0, 3, 1, 2))
    wanted = logits(exact, x)
    mixed = logits(mixed_copy(exact, CPU, torch.bfloat16), x)
    whole = logits(copy.deepcopy(exact).bfloat16(), x.bfloat16())
    assert (mixed - wanted).abs().mean() < 0.5 * (whole - wanted).abs().mean()
    assert torch.equal(logits(exact, x), wanted)  # the original is left alone


def test_the_encoder_is_shared_and_float32_is_no_copy_at_all(tiny_model):
    exact = load(tiny_model).network
    mixed = mixed_copy(exact, CPU, torch.bfloat16)
    assert mixed.encoder.inner is exact.encoder
    assert next(mixed.laterals.parameters()).dtype is torch.bfloat16
    assert next(exact.laterals.parameters()).dtype is torch.float32
    assert mixed_copy(exact, CPU, torch.float32) is exact


@pytest.mark.parametrize("generation", ["initial", "september", "october", "november"])
def test_every_generation_can_be_cast(generation):
    config = NetworkConfig.for_generation(
        generation, encoder="tf_efficientnet_lite0", fpn_channels=32
    )
    network = build_network(config)
    x = torch.zeros(1, 3, 64, 64)
    assert torch.isfinite(logits(mixed_copy(network, CPU, torch.bfloat16), x)).all()
