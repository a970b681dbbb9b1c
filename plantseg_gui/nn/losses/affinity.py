"""Affinity loss: same lesion as the neighbour? (specification 3 and 4)"""

import torch
from torch import Tensor

from plantseg_gui.nn.heads.affinity import NEIGHBOURS


def _shifted(x: Tensor, dy: int, dx: int, fill: int) -> Tensor:
    """Array x [B, H, W] with the neighbour (dy, dx)'s value at each pixel; `fill` outside."""
    height, width = x.shape[-2:]
    out = torch.full_like(x, fill)
    y0, y1 = max(0, -dy), min(height, height - dy)
    x0, x1 = max(0, -dx), min(width, width - dx)
    out[:, y0:y1, x0:x1] = x[:, y0 + dy : y1 + dy, x0 + dx : x1 + dx]
    return out


def affinity_targets(
    instances: Tensor, valid: Tensor, mode: str = "instance"
) -> tuple[Tensor, Tensor]:
    """Targets and weights of every pixel pair.

    Args:
        instances: [B, h, w] int32 at the head's scale.
        valid: [B, h, w] bool.
        mode: "instance" (same lesion) or "class" (both lesion; the source's).

    Returns:
        Target [B, 8, h, w] float32 and weight [B, 8, h, w] float32. Pairs of background, pairs
        that leave the tile and unknown pixels weigh 0; boundary pairs share half of the weight.
    """
    same, counted = [], []
    for dy, dx in NEIGHBOURS:
        other = _shifted(instances, dy, dx, -1)
        known = valid & _shifted(valid.int(), dy, dx, 0).bool()
        both = (instances > 0) & (other > 0)
        same.append(both & (other == instances) if mode == "instance" else both)
        counted.append(known & (other >= 0) & ((instances > 0) | (other > 0)))
    target, pairs = torch.stack(same, 1), torch.stack(counted, 1)
    inner, border = pairs & target, pairs & ~target
    weight = _share(inner, border) + _share(border, inner)
    return target.float(), weight


def _share(pairs: Tensor, others: Tensor) -> Tensor:
    total = 0.5 if bool(others.any()) else 1.0
    return pairs.float() * (total / pairs.sum().clamp_min(1))


def affinity_loss(
    logits: Tensor, instances: Tensor, valid: Tensor, mode: str = "instance"
) -> Tensor:
    """Weighted L2 between sigmoid affinities and targets.

    Args:
        logits: [B, 8, h, w] float32.
        instances: [B, H, W] int32; read at the head's scale.
        valid: [B, 1, H, W] float32.
        mode: See `affinity_targets`.
    """
    step = instances.shape[-1] // logits.shape[-1]
    at = slice(step // 2, None, step)
    target, weight = affinity_targets(instances[:, at, at], valid[:, 0, at, at] > 0.5, mode)
    return ((torch.sigmoid(logits) - target).square() * weight).sum()
