"""Soft Dice loss per tile (Milletari et al. 2016, arXiv 1606.04797)."""

from torch import Tensor


def soft_dice(
    probability: Tensor, mask: Tensor, valid: Tensor, *, smooth_share: float = 0.01
) -> Tensor:
    """1 − (2Σpy + ε)/(Σp + Σy + ε), mean over tiles.

    Args:
        probability: [B, 1, H, W] float32.
        mask: [B, 1, H, W] float32.
        valid: [B, 1, H, W] float32, 0 = left out.
        smooth_share: ε as a share of the tile's pixels.
    """
    epsilon = smooth_share * mask[0].numel()
    overlap = (probability * mask * valid).sum((1, 2, 3))
    total = ((probability + mask) * valid).sum((1, 2, 3))
    return (1 - (2 * overlap + epsilon) / (total + epsilon)).mean()
