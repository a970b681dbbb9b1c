"""Sine position encoding in two dimensions (DETR, Carion et al. 2020, arXiv 2005.12872)."""

import torch
from torch import Tensor


def sine_position(height: int, width: int, channels: int, device: torch.device) -> Tensor:
    """Encoding [H·W, C] float32; the first half of C codes y, the second x.

    Args:
        height: Rows.
        width: Columns.
        channels: C, a multiple of 4.
        device: Where to make it.
    """
    half = channels // 2
    frequency = 10000 ** (torch.arange(0, half, 2, device=device, dtype=torch.float32) / half)
    y = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) / height * 2 * torch.pi
    x = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) / width * 2 * torch.pi
    code_y = torch.cat(
        [(y[:, None] / frequency * half).sin(), (y[:, None] / frequency * half).cos()], 1
    )
    code_x = torch.cat(
        [(x[:, None] / frequency * half).sin(), (x[:, None] / frequency * half).cos()], 1
    )
    grid = torch.cat(
        [code_y[:, None, :].expand(height, width, half), code_x[None].expand(height, width, half)],
        dim=2,
    )
    return grid.reshape(height * width, channels)  # (H, W, C) -> (H·W, C)
