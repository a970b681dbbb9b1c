import pytest
import torch
from torch.optim.lr_scheduler import OneCycleLR

from plantseg_gui.training.schedule import one_cycle, set_rates


# Torch divides by zero where less than one update is left to rise.
@pytest.mark.parametrize(
    ("updates", "warm"), [(7, 0.2), (7, 0.3), (80, 0.1), (80, 0.3), (400, 0.05), (400, 0.2)]
)
def test_it_is_torchs_one_cycle(updates, warm):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.AdamW([weight], lr=1.0)
    theirs = OneCycleLR(optimiser, 1e-3, total_steps=updates, pct_start=warm, cycle_momentum=False)
    for number in range(updates):
        rate = optimiser.param_groups[0]["lr"]
        assert 1e-3 * one_cycle(number, updates, warm_fraction=warm) == pytest.approx(rate)
        optimiser.step()
        if number < updates - 1:
            theirs.step()


def test_one_update_is_a_cycle_too():
    assert 0 < one_cycle(0, 1) <= 1


def test_rates_are_set_by_group():
    groups = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimiser = torch.optim.SGD([{"params": [g]} for g in groups], lr=1.0)
    set_rates(optimiser, (0.1, 0.2), 0.5)
    assert [g["lr"] for g in optimiser.param_groups] == pytest.approx([0.05, 0.1])
