"""Starting an encoder from the weights of a smaller relative.

EfficientNet-B2 has the widths of EfficientNet-Lite2, and beyond it squeeze-and-excitation in every
block, one block more in the first and the last stage, and SiLU instead of ReLU6. It starts as a
network that computes what Lite2 computes, but for the activation: gates open, further blocks
passing through. The running figures of its normalisations, which the other activation shifts, are
then measured anew.
"""

import re
from collections.abc import Iterable

import torch
from torch import Tensor, nn

# sigmoid(4) = 0.98: an open gate whose gradient is still alive.
_OPEN_GATE = 4.0
_BLOCK = re.compile(r"(blocks\.\d+\.\d+)\.")


def grow_state(own: dict[str, Tensor], state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Complete a smaller relative's weights so that they fit a larger encoder.

    Args:
        own: Of the larger one, freshly initialised; timm's keys.
        state: The smaller one's weights, timm's keys.

    Returns:
        `state` with the missing squeeze-and-excitation branches (gates open) and the missing
        residual blocks (last normalisation's gain 0, so that they pass their input on). Keys that
        are missing for another reason stay missing.
    """
    grown = dict(state)
    known_blocks = {m[1] for k in state if (m := _BLOCK.match(k))}
    for key, value in own.items():
        block = _BLOCK.match(key)
        if key in state or block is None:
            continue
        if ".se." in key:
            grown[key] = value.clone()
            if ".se.conv_expand.weight" in key:
                grown[key] = torch.zeros_like(value)
            elif ".se.conv_expand.bias" in key:
                grown[key] = torch.full_like(value, _OPEN_GATE)
        elif block[1] not in known_blocks:
            grown[key] = value.clone()
            if key == f"{_last_norm(own, block[1])}.weight":
                grown[key] = torch.zeros_like(value)
    return grown


def _last_norm(state: dict[str, Tensor], block: str) -> str:
    norms = [k[: -len(".running_mean")] for k in state if k.startswith(f"{block}.bn")]
    return max(n for n in norms if f"{n}.running_mean" in state)


@torch.no_grad()
def measure_norms(encoder: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace the running mean and variance of all normalisations by those of some batches.

    Args:
        encoder: Changed in place; its mode is kept.
        batches: Normalised pictures [B, 3, H, W] float32.
    """
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    kept = [(m.training, m.momentum) for m in norms]
    for norm in norms:
        norm.train()
        norm.reset_running_stats()
        # None: the plain mean over all batches.
        norm.momentum = None
    for batch in batches:
        encoder(batch)
    for norm, (training, momentum) in zip(norms, kept, strict=True):
        norm.train(training)
        norm.momentum = momentum
