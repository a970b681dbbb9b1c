"""Boundary head of the first two generations."""

from torch import Tensor, nn

from plantseg_gui.nn.layers import conv_block


class BoundaryHead(nn.Sequential):
    """Conv3×3 C→C/2, Conv1×1 → 1 logit per stride-4 pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__(conv_block(channels, channels // 2), nn.Conv2d(channels // 2, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Logits [B, 1, h, w]."""
        logits: Tensor = super().forward(features)
        return logits
