import pytest
import torch

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.losses.attention import attention_loss
from plantseg_gui.nn.losses.targets import LossTargets
from plantseg_gui.nn.losses.total import LossConfig, TotalLoss
from plantseg_gui.nn.network import build_network
from tests.nn.losses.test_total import SMALL, batch


def output_with(gate8, gate16):
    network = build_network(NetworkConfig(**SMALL))
    with torch.no_grad():
        plain = network(torch.zeros(2, 3, 64, 64))
    return plain._replace(attention8=gate8, attention16=gate16)


def test_gates_that_open_at_the_lesions_cost_less_than_gates_open_everywhere():
    targets = batch()
    guided = [
        torch.nn.functional.adaptive_max_pool2d(targets.mask, size) * 0.98 + 0.01 for size in (8, 4)
    ]
    everywhere = [torch.full((2, 1, size, size), 0.99) for size in (8, 4)]
    undecided = [torch.full((2, 1, size, size), 0.5) for size in (8, 4)]
    costs = [
        float(attention_loss(output_with(*g), targets)) for g in (guided, undecided, everywhere)
    ]
    assert costs[0] < 0.02
    assert costs == sorted(costs)


def test_unknown_cells_do_not_count():
    targets = batch()
    nothing_known = LossTargets(targets.mask, targets.instances, torch.zeros_like(targets.valid))
    gates = [torch.full((2, 1, size, size), 0.9) for size in (8, 4)]
    assert float(attention_loss(output_with(*gates), nothing_known)) == 0.0


def test_a_shut_gate_on_a_lesion_is_pulled_open():
    gates = [torch.full((2, 1, size, size), 1e-3, requires_grad=True) for size in (8, 4)]
    attention_loss(output_with(*gates), batch()).backward()
    assert gates[0].grad[0, 0, 2, 2] < 0
    assert gates[0].grad[1].min() > 0


def test_the_term_is_added_only_where_it_has_a_weight():
    network = build_network(NetworkConfig(**SMALL))
    terms = TotalLoss(LossConfig(attention=0.1))(network(torch.randn(2, 3, 64, 64)), batch())
    assert "attention" in terms.terms


def test_a_generation_without_attention_is_refused():
    network = build_network(NetworkConfig.for_generation("initial", **SMALL))
    with pytest.raises(ValueError, match="no attention"):
        attention_loss(network(torch.zeros(2, 3, 64, 64)), batch())
