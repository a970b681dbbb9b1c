"""Laterals: every encoder feature brought to the FPN's width, with ESCA at strides 8 and 16."""

from typing import NamedTuple

from torch import Tensor, nn

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.esca import Esca
from plantseg_gui.nn.layers import conv_block


class LateralOutput(NamedTuple):
    """What the laterals give on.

    Attributes:
        laterals: Of strides 4, 8, 16, 32, [B, W, h, w].
        spatial: ESCA's w_s of strides 8 and 16, [B, 1, h, w]; None in plain generations.
        channels: ESCA's w_c of strides 8 and 16, [B, W, 1, 1]; likewise.
    """

    laterals: list[Tensor]
    spatial: tuple[Tensor | None, Tensor | None] = (None, None)
    channels: tuple[Tensor | None, Tensor | None] = (None, None)


class Laterals(nn.Module):
    """Conv1×1, BatchNorm, ReLU per stride; attention on strides 8 and 16.

    Args:
        channels: Encoder channels of strides 4, 8, 16, 32.
        config: Width, generation.
    """

    def __init__(self, channels: list[int], config: NetworkConfig) -> None:
        super().__init__()
        width = config.fpn_channels
        self.projections = nn.ModuleList(
            conv_block(c, width, kernel=1, norm=not config.plain) for c in channels
        )
        self.esca8 = None if config.plain else Esca(width, config.esca_reduction)
        self.esca16 = None if config.plain else Esca(width, config.esca_reduction)

    def forward(self, features: list[Tensor]) -> LateralOutput:
        """Project and attend."""
        laterals = [project(f) for project, f in zip(self.projections, features, strict=True)]
        if self.esca8 is None or self.esca16 is None:
            return LateralOutput(laterals)
        laterals[1], spatial8, channels8 = self.esca8(laterals[1])
        laterals[2], spatial16, channels16 = self.esca16(laterals[2])
        return LateralOutput(laterals, (spatial8, spatial16), (channels8, channels16))
