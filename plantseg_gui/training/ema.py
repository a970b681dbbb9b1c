"""Exponential moving average of the weights: what is evaluated and shipped."""

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

NetworkT = TypeVar("NetworkT", bound=nn.Module)


class WeightAverage(Generic[NetworkT]):
    """A second network whose weights follow the first one's slowly.

    Args:
        network: The one that learns. Its tensors must stay the same objects (they do in training
            and in `load_state_dict`), because collecting them anew would cost 20 ms an update.
        memory_updates: Over about how many updates the average reaches back.
    """

    def __init__(self, network: NetworkT, memory_updates: float) -> None:
        self.network = copy.deepcopy(network)
        self.network.eval().requires_grad_(False)
        self.decay = 1.0 - 1.0 / max(10.0, memory_updates)
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [k for k, v in mine.items() if v.is_floating_point()]
        self._mine: list[Tensor] = [mine[k] for k in floats]
        self._theirs: list[Tensor] = [theirs[k] for k in floats]
        self._counters = [(mine[k], theirs[k]) for k in mine.keys() - set(floats)]
        self._followed = network

    @torch.no_grad()
    def follow(self, network: NetworkT, done: int) -> None:
        """Move towards `network`, which has had `done` updates; faster at the start.

        Raises:
            ValueError: it is another network than the one that this average was made for.
        """
        if network is not self._followed:
            raise ValueError("the average follows another network")
        decay = min(self.decay, (1 + done) / (10 + done))
        torch._foreach_lerp_(self._mine, self._theirs, 1.0 - decay)
        for mine, theirs in self._counters:
            mine.copy_(theirs)
