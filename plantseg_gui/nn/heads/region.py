"""Region head: is there disease in this tile?"""

from torch import Tensor, nn


class RegionHead(nn.Module):
    """Global average pool, FC C→C/4, ReLU, Dropout, FC → 1.

    Args:
        channels: C.
        plain: One FC only, as in the first two generations.
    """

    def __init__(self, channels: int, *, plain: bool = False) -> None:
        super().__init__()
        hidden = max(1, channels // 4)
        self.classify = (
            nn.Sequential(nn.Linear(channels, 1))
            if plain
            else nn.Sequential(
                nn.Linear(channels, hidden),
                nn.ReLU(inplace=True),
                nn.Dropout(0.2),
                nn.Linear(hidden, 1),
            )
        )

    def forward(self, features: Tensor) -> Tensor:
        """Logits [B, 1] from features [B, C, h, w]."""
        logits: Tensor = self.classify(features.mean((2, 3)))
        return logits
