"""Weights between the base model's and the trained ones."""

import torch

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from plantseg_gui.training.interpolate import between


def tiny_network(seed):
    torch.manual_seed(seed)
    return build_network(NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=16))


def test_ends_are_the_two_networks_and_the_middle_is_between():
    base, new = tiny_network(1), tiny_network(2)
    key = "segmentation.logit.weight"
    a, b = base.state_dict()[key].clone(), new.state_dict()[key].clone()
    assert torch.equal(between(base, new, 0.0).state_dict()[key], a)
    assert torch.equal(between(base, new, 1.0).state_dict()[key], b)
    assert torch.allclose(between(base, new, 0.25).state_dict()[key], 0.75 * a + 0.25 * b)
    assert torch.equal(base.state_dict()[key], a)
    assert torch.equal(new.state_dict()[key], b)
