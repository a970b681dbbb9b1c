"""Query head: up to 32 lesions of a tile, each with a score and a box (after DETR)."""

import torch
from torch import Tensor, nn

from plantseg_gui.nn.heads.position import sine_position


class QueryHead(nn.Module):
    """Learnable queries; cross-attention on stride-8 features, self-attention, class and box.

    Args:
        channels: C of queries and features.
        queries: Number of queries.
    """

    def __init__(self, channels: int, queries: int) -> None:
        super().__init__()
        heads = max(1, channels // 32)
        self.queries = nn.Parameter(torch.randn(queries, channels) * 0.02)
        self.cross = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.cross_norm = nn.LayerNorm(channels)
        self.mutual = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.mutual_norm = nn.LayerNorm(channels)
        self.score = nn.Sequential(
            nn.Linear(channels, channels // 2), nn.ReLU(inplace=True), nn.Linear(channels // 2, 1)
        )
        self.box = nn.Linear(channels, 4)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Look for lesions.

        Args:
            features: [B, C, h, w] at stride 8.

        Returns:
            Class logits [B, Q, 1] and box logits [B, Q, 4] (cxcywh before the sigmoid).
        """
        batch, channels, height, width = features.shape
        memory = features.flatten(2).transpose(1, 2)  # (B, C, h, w) -> (B, h·w, C)
        position = sine_position(height, width, channels, features.device).to(memory.dtype)
        queries = self.queries.to(memory.dtype).expand(batch, -1, -1)
        found, _ = self.cross(queries, memory + position, memory, need_weights=False)
        x = self.cross_norm(queries + found)
        mutual, _ = self.mutual(x, x, x, need_weights=False)
        x = self.mutual_norm(x + mutual)
        return self.score(x), self.box(x)
