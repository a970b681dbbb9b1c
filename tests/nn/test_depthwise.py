import copy

import torch

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.depthwise import run_depthwise_in_float32
from plantseg_gui.nn.network import build_network


def test_same_output_and_keys_and_a_copy_runs_its_own_weights():
    torch.manual_seed(0)
    network = build_network(NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=32))
    keys = list(network.state_dict())
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        before = network(x).segmentation
        assert run_depthwise_in_float32(network) > 0
        assert run_depthwise_in_float32(network) == 0
        assert torch.equal(network(x).segmentation, before)
    assert list(network.state_dict()) == keys
    twin = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    with torch.inference_mode():
        assert torch.equal(network(x).segmentation, before)
        assert not torch.equal(twin(x).segmentation, before)
