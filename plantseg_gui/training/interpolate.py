"""Weights between those of two networks.

A network that was retrained on a few photos gains on them and loses elsewhere; the weights between
it and the network that it came from keep most of both (WiSE-FT, Wortsman et al. 2022, arXiv
2109.01903).
"""

import copy

import torch

from plantseg_gui.nn.network import PlantSegNet


@torch.no_grad()
def between(base: PlantSegNet, new: PlantSegNet, share: float) -> PlantSegNet:
    """A third network, `share` of the way from `base` to `new`; neither is changed.

    Args:
        base: Where the training began.
        new: Where it ended; the same architecture.
        share: 0 = base, 1 = new.
    """
    mixed = copy.deepcopy(new)
    theirs = base.state_dict()
    for name, value in mixed.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.lerp(theirs[name].to(value), value, share))
    return mixed
