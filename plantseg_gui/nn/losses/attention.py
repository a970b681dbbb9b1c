"""Teaches ESCA's spatial gates where to look."""

import torch
from torch import Tensor
from torch.nn import functional

from plantseg_gui.nn.losses.targets import LossTargets
from plantseg_gui.nn.outputs import NetworkOutput

# Weights of exactly 0 or 1 would have an infinite entropy.
_LEAST = 1e-6


def attention_loss(output: NetworkOutput, targets: LossTargets) -> Tensor:
    """Binary cross-entropy between the spatial weights and "a lesion meets this cell".

    Left to the segmentation alone the gates stay open everywhere, since an open gate costs nothing,
    and the attention maps show nothing. Guiding attention by the labels is after Li et al. 2018,
    "Tell me where to look" (GAIN).

    Args:
        output: Of a generation with attention.
        targets: Truth; a cell without a known pixel does not count.

    Raises:
        ValueError: the generation has no attention.
    """
    if output.attention8 is None or output.attention16 is None:
        raise ValueError("this generation has no attention")
    return torch.stack(
        [_gate_loss(gate.float(), targets) for gate in (output.attention8, output.attention16)]
    ).mean()


def _gate_loss(gate: Tensor, targets: LossTargets) -> Tensor:
    size = (gate.shape[-2], gate.shape[-1])
    met = functional.adaptive_max_pool2d(targets.mask * targets.valid, size)
    known = functional.adaptive_max_pool2d(targets.valid, size)
    entropy = functional.binary_cross_entropy(
        gate.clamp(_LEAST, 1 - _LEAST), met, weight=known, reduction="sum"
    )
    return entropy / known.sum().clamp_min(1)
