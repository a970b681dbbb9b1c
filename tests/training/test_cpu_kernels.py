import copy

import torch

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from plantseg_gui.training.cpu_kernels import avoid_slow_kernels


def test_same_output_and_keys_and_a_copy_runs_its_own_weights():
    torch.manual_seed(0)
    network = build_network(NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=32))
    keys = list(network.state_dict())
    x = torch.randn(1, 3, 64, 64)
    before = network(x).segmentation.detach()
    assert avoid_slow_kernels(network) > 0
    assert avoid_slow_kernels(network) == 0
    assert torch.equal(network(x).segmentation.detach(), before)
    assert list(network.state_dict()) == keys
    twin = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(network(x).segmentation.detach(), before)
    assert not torch.equal(twin(x).segmentation.detach(), before)
