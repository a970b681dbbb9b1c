"""Feature pyramid, top-down (Lin et al. 2017, arXiv 1612.03144)."""

from torch import Tensor, nn
from torch.nn import functional

from plantseg_gui.nn.layers import conv_block


class Fpn(nn.Module):
    """Upsample ×2, add the lateral, Conv3×3, BatchNorm, ReLU.

    Args:
        width: Channels of laterals and output.
        norm: BatchNorm after each convolution.
    """

    def __init__(self, width: int, *, norm: bool) -> None:
        super().__init__()
        self.smooth = nn.ModuleList(conv_block(width, width, norm=norm) for _ in range(4))

    def forward(self, laterals: list[Tensor]) -> list[Tensor]:
        """Merge laterals of strides 4, 8, 16, 32 into features of the same strides."""
        top = self.smooth[3](laterals[3])
        merged = [top]
        for level in (2, 1, 0):
            upsampled = functional.interpolate(
                merged[0], size=laterals[level].shape[-2:], mode="nearest"
            )
            merged.insert(0, self.smooth[level](laterals[level] + upsampled))
        return merged
