"""Weighted cross-entropy with class weights from a running estimate (specification 4)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class WeightedCrossEntropy(nn.Module):
    """Binary cross-entropy weighted by inverse class frequency, weights summing to 1.

    The lesion share is a running estimate over the training set: with one batch's own share a
    healthy batch would weigh its class 0 and teach nothing.

    Args:
        momentum: Share of the old estimate that a batch keeps.
        limits: Weights stay within.
    """

    lesion_share: Tensor

    def __init__(self, momentum: float = 0.99, limits: tuple[float, float] = (0.1, 0.9)) -> None:
        super().__init__()
        self.momentum = momentum
        self.limits = limits
        self.register_buffer("lesion_share", torch.tensor(0.1))

    def forward(self, logits: Tensor, mask: Tensor, valid: Tensor) -> Tensor:
        """Mean weighted cross-entropy over valid pixels.

        Args:
            logits: [B, 1, H, W] float32.
            mask: [B, 1, H, W] float32.
            valid: [B, 1, H, W] float32, 0 = left out.
        """
        pixels = valid.sum().clamp_min(1.0)
        if self.training:
            share = (mask * valid).sum() / pixels
            self.lesion_share.lerp_(share.detach(), 1 - self.momentum)
        low, high = self.limits
        # Inverse frequencies 1/f and 1/(1−f), normalised to sum 1, are 1−f (lesion), f (healthy).
        lesion_weight = (1 - self.lesion_share).clamp(low, high)
        weight = mask * lesion_weight + (1 - mask) * (1 - lesion_weight)
        entropy = functional.binary_cross_entropy_with_logits(logits, mask, reduction="none")
        return (entropy * weight * valid).sum() / pixels
