"""The tile scorer: a light lesion-probability map of the whole photo (specification 2.3)."""

from torch import Tensor, nn

SCORER_LONG_SIDE_PX = 256


class TileScorer(nn.Sequential):
    """Conv3×3 3→16, ReLU, Conv1×1 16→1: [B, 3, h, w] normalised → logits [B, 1, h, w]."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(16, 1, 1))

    def forward(self, thumbnail: Tensor) -> Tensor:
        """Score a photo reduced to a long side of 256 px."""
        logits: Tensor = super().forward(thumbnail)
        return logits
