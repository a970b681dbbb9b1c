"""Folding BatchNorm away changes no number that matters, and is refused where it would."""

import torch
from torch import nn

from plantseg_gui.inference.fuse import fused_copy
from tests.inference.helpers import load


class NormFirst(nn.Module):
    """Registered as convolution, normalisation; run the other way round."""

    def __init__(self, channels):
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 1)
        self.norm = nn.BatchNorm2d(channels)
        self.norm.running_mean.fill_(0.5)

    def forward(self, x):
        return self.convolution(self.norm(x))


def outputs(network):
    x = torch.randn(2, 3, 256, 256, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        return [t for t in network(x) if t is not None]


def count_norms(network):
    return sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())


def test_same_output_without_any_batch_norm(tiny_model):
    network = load(tiny_model).network
    before = outputs(network)
    folded = fused_copy(network)
    assert count_norms(folded) <= 1  # the one behind the transposed convolution
    assert count_norms(network) > 40  # the original is left alone
    for a, b in zip(before, outputs(folded), strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-4 * float(a.abs().max()))


def test_refused_where_it_would_change_the_output(tiny_model):
    network = load(tiny_model).network
    width = network.config.fpn_channels
    network.fpn.smooth[0].append(NormFirst(width).eval())
    copied = fused_copy(network)
    assert count_norms(copied) == count_norms(network)
    assert torch.equal(outputs(network)[0], outputs(copied)[0])
