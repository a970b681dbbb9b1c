"""Boundary loss: squared difference of two clamped distance-to-boundary maps (specification 4)."""

import torch
from torch import Tensor
from torch.nn import functional

BAND_PX = 3


def _max_pool(x: Tensor, side: int) -> Tensor:
    return functional.max_pool2d(x, side, stride=1, padding=side // 2)


def distance_to_boundary(p: Tensor) -> Tensor:
    """Differentiable chessboard distance to p's boundary, clamped at 3 px, scaled to [0, 1].

    b = maxpool3(p) − minpool3(p); D = Σ_{k=0..2} (1 − maxpool_{2k+1}(b)) / 3.

    Args:
        p: [B, 1, H, W] float32, probability or mask.
    """
    edge = _max_pool(p, 3) + _max_pool(-p, 3)
    distances = [1 - (edge if k == 0 else _max_pool(edge, 2 * k + 1)) for k in range(BAND_PX)]
    return torch.stack(distances).sum(0) / BAND_PX


def boundary_loss(probability: Tensor, mask: Tensor, valid: Tensor) -> Tensor:
    """Mean squared difference of the distance maps over valid pixels.

    Args:
        probability: [B, 1, H, W] float32.
        mask: [B, 1, H, W] float32.
        valid: [B, 1, H, W] float32, 0 = left out.
    """
    with torch.no_grad():
        target = distance_to_boundary(mask)
    difference = (distance_to_boundary(probability) - target).square()
    return (difference * valid).sum() / valid.sum().clamp_min(1.0)


def boundary_band(mask: Tensor) -> Tensor:
    """[B, 1, H, W] float32: pixels within 3 px of the mask's boundary (plain generations)."""
    edge = _max_pool(mask, 3) + _max_pool(-mask, 3)
    return _max_pool(edge, 2 * (BAND_PX - 1) + 1)
