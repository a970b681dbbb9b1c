"""Affinity head: does a pixel belong to the same lesion as its neighbour?"""

from torch import Tensor, nn

from plantseg_gui.nn.layers import conv_block

# Offsets (dy, dx) of the eight neighbours, in the order of the output's channels.
NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


class AffinityHead(nn.Sequential):
    """Conv3×3 C→C/2→C/4 (BatchNorm, ReLU), Conv1×1 → 8 logits, one per neighbour."""

    def __init__(self, channels: int) -> None:
        half, quarter = channels // 2, channels // 4
        super().__init__(
            conv_block(channels, half),
            conv_block(half, quarter),
            nn.Conv2d(quarter, len(NEIGHBOURS), 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Logits [B, 8, h, w] from features [B, C, h, w]."""
        logits: Tensor = super().forward(features)
        return logits
