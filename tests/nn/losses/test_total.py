import pytest
import torch

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.losses.targets import LossTargets
from plantseg_gui.nn.losses.total import LossConfig, TotalLoss
from plantseg_gui.nn.network import build_network

SMALL = {"encoder": "tf_efficientnet_lite0", "fpn_channels": 32}
SEVEN = {"tversky", "boundary", "cross_entropy", "dice", "region", "affinity", "query"}


def batch(size=64):
    instances = torch.zeros(2, size, size, dtype=torch.int32)
    instances[0, 10:30, 10:30], instances[0, 40:50, 40:56] = 1, 2
    mask = (instances > 0).float().unsqueeze(1)
    return LossTargets(mask, instances, torch.ones_like(mask))


def test_november_has_the_seven_terms_and_their_ramp():
    torch.manual_seed(0)
    network, loss = build_network(NetworkConfig(**SMALL)), TotalLoss()
    output = network(torch.randn(2, 3, 64, 64))
    early, late = loss(output, batch(), 0.05), loss(output, batch(), 0.9)
    assert set(late.terms) == SEVEN
    config = LossConfig()
    expected = sum(float(v) * getattr(config, k) for k, v in late.terms.items())
    assert float(late.total.detach()) == pytest.approx(expected, rel=1e-4)
    main = ("tversky", "cross_entropy", "dice")
    expected = sum(float(early.terms[k]) * getattr(config, k) for k in main)
    assert float(early.total.detach()) == pytest.approx(expected, rel=1e-3)
    assert loss.ramp(0.2) == pytest.approx(0.5)


@pytest.mark.parametrize("generation", ["initial", "september"])
def test_plain_generations_use_their_own_terms(generation):
    config = NetworkConfig.for_generation(generation, **SMALL)
    network, loss = build_network(config), TotalLoss(network=config)
    terms = loss(network(torch.randn(2, 3, 64, 64)), batch())
    assert set(terms.terms) == {"cross_entropy", "dice", "region", "boundary"}
    assert torch.isfinite(terms.total)


def test_every_trainable_weight_gets_a_gradient():
    torch.manual_seed(0)
    network, loss = build_network(NetworkConfig(**SMALL)), TotalLoss()
    loss(network(torch.randn(2, 3, 64, 64)), batch()).total.backward()
    without = [n for n, p in network.named_parameters() if p.grad is None]
    assert [n for n in without if not n.startswith("scorer.")] == []


def test_bfloat16_outputs_give_a_float32_loss():
    torch.manual_seed(0)
    network, loss = build_network(NetworkConfig(**SMALL)), TotalLoss()
    x = torch.randn(2, 3, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(x)
        terms = loss(output, batch())
    assert terms.total.dtype == torch.float32
    assert torch.isfinite(terms.total)
