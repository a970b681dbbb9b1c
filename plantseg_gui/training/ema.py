"""Exponential moving average of the weights: what is evaluated and shipped."""

import copy

import torch
from torch import nn


class WeightAverage:
    """A second network whose weights follow the first one's slowly.

    Args:
        network: The one that learns.
        memory_updates: Over about how many updates the average reaches back.
    """

    def __init__(self, network: nn.Module, memory_updates: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = 1.0 - 1.0 / max(10.0, memory_updates)

    @torch.no_grad()
    def follow(self, network: nn.Module, done: int) -> None:
        """Move towards `network`, which has had `done` updates; faster at the start."""
        decay = min(self.decay, (1 + done) / (10 + done))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [k for k, v in mine.items() if v.is_floating_point()]
        torch._foreach_lerp_([mine[k] for k in floats], [theirs[k] for k in floats], 1.0 - decay)
        for key in mine.keys() - set(floats):
            mine[key].copy_(theirs[key])
