"""The convolution blocks that laterals, FPN and heads are made of."""

from torch import nn


def conv_block(
    channels_in: int, channels_out: int, kernel: int = 3, *, norm: bool = True
) -> nn.Sequential:
    """Convolution, BatchNorm (unless `norm` is off), ReLU; keeps the size."""
    layers: list[nn.Module] = [
        nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=not norm)
    ]
    if norm:
        layers.append(nn.BatchNorm2d(channels_out))
    layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)
