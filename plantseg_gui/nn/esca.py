"""ESCA, enhanced spatial-channel attention (specification 3)."""

import torch
from torch import Tensor, nn


class Esca(nn.Module):
    """Spatial attention, then channel attention, added to the input.

    Args:
        channels: C of the input.
        reduction: The shared MLP goes C → C/reduction → C.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.spatial = nn.Sequential(
            nn.Conv2d(2, 32, 7, padding=3), nn.ReLU(inplace=True), nn.Conv2d(32, 1, 7, padding=3)
        )
        hidden = max(1, channels // reduction)
        self.channel = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Attend.

        Args:
            x: [B, C, H, W].

        Returns:
            Output [B, C, H, W], spatial weights w_s [B, 1, H, W], channel weights w_c [B, C, 1, 1].
        """
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        w_s = torch.sigmoid(self.spatial(pooled))
        weighted = x * w_s
        average = self.channel(weighted.mean((2, 3), keepdim=True))
        maximum = self.channel(weighted.amax((2, 3), keepdim=True))
        w_c = torch.sigmoid(average + maximum)
        return weighted * w_c + x, w_s, w_c
