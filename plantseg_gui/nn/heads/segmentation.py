"""Segmentation head: FPN features to lesion logits."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from plantseg_gui.nn.layers import conv_block


class SegmentationHead(nn.Module):
    """Conv3×3 steps (BatchNorm, ReLU), an optional transposed convolution, Conv1×1 → 1 logit.

    Args:
        widths: Channels from input to the last block, for instance (256, 128, 64, 32).
        transposed: Upsample ×2 by a learned transposed convolution before the last 1×1, for
            crisper edges than interpolation alone.
    """

    # A lesion pixel is rare: starting at 12 % instead of 50 % spares the first updates.
    INITIAL_LOGIT = -2.0

    def __init__(self, widths: tuple[int, ...], *, transposed: bool) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(conv_block(a, b) for a, b in pairwise(widths)))
        last = widths[-1]
        self.upsample = (
            nn.Sequential(
                nn.ConvTranspose2d(last, last, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(last),
                nn.ReLU(inplace=True),
            )
            if transposed
            else nn.Identity()
        )
        self.logit = nn.Conv2d(last, 1, 1)
        with torch.no_grad():
            assert self.logit.bias is not None
            self.logit.bias.fill_(self.INITIAL_LOGIT)

    def forward(self, features: Tensor, size: tuple[int, int]) -> Tensor:
        """Logits [B, 1, *size] from features [B, C, H/4, W/4]."""
        logits = self.logit(self.upsample(self.blocks(features)))
        return functional.interpolate(logits, size=size, mode="bilinear", align_corners=False)
