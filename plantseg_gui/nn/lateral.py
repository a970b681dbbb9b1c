"""Laterals: every encoder feature brought to the FPN's width, with ESCA at strides 8 and 16."""

from torch import Tensor, nn

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.esca import Esca
from plantseg_gui.nn.layers import conv_block


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

    def forward(self, features: list[Tensor]) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
        """Project and attend.

        Returns:
            Laterals of strides 4, 8, 16, 32 and the spatial attention of strides 8 and 16.
        """
        laterals = [project(f) for project, f in zip(self.projections, features, strict=True)]
        attention8 = attention16 = None
        if self.esca8 is not None and self.esca16 is not None:
            laterals[1], attention8, _ = self.esca8(laterals[1])
            laterals[2], attention16, _ = self.esca16(laterals[2])
        return laterals, attention8, attention16
