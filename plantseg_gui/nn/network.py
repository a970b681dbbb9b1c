"""The whole network: encoder, laterals with attention, FPN, heads and the tile scorer."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.encoder import Encoder
from plantseg_gui.nn.fpn import Fpn
from plantseg_gui.nn.heads.affinity import AffinityHead
from plantseg_gui.nn.heads.boundary import BoundaryHead
from plantseg_gui.nn.heads.query import QueryHead
from plantseg_gui.nn.heads.region import RegionHead
from plantseg_gui.nn.heads.segmentation import SegmentationHead
from plantseg_gui.nn.lateral import Laterals
from plantseg_gui.nn.outputs import NetworkOutput
from plantseg_gui.nn.scorer import TileScorer


class PlantSegNet(nn.Module):
    """PlantSeg-Next (specification 3).

    Args:
        config: Architecture. Missing normalisation values are filled in from the encoder.

    Raises:
        InputError: the encoder's name is not usable.

    Attributes:
        learned_late: Whether the encoder's late blocks differ from those that its cached features
            came from (retraining).
    """

    mean: Tensor
    std: Tensor
    learned_late = False

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config.encoder)
        self.config = replace(
            config, mean=config.mean or self.encoder.mean, std=config.std or self.encoder.std
        )
        width = config.fpn_channels
        self.laterals = Laterals(self.encoder.channels, config)
        self.fpn = Fpn(width, norm=not config.plain)
        head_widths = (width, width // 2, width // 4, width // 8)
        self.segmentation = SegmentationHead(
            head_widths[:3] if config.plain else head_widths,
            transposed=config.transposed_upsampling,
        )
        self.region = RegionHead(width, plain=config.plain)
        self.affinity = None if config.plain else AffinityHead(width)
        self.query = None if config.plain else QueryHead(width, config.queries)
        self.boundary = BoundaryHead(width) if config.plain else None
        self.scorer = TileScorer()
        self.register_buffer(
            "mean", torch.tensor(self.config.mean).view(1, 3, 1, 1), persistent=False
        )
        self.register_buffer(
            "std", torch.tensor(self.config.std).view(1, 3, 1, 1), persistent=False
        )

    def normalise(self, rgb: Tensor) -> Tensor:
        """uint8 RGB [B, 3, H, W] → float32 as the encoder expects it."""
        return (rgb.to(self.mean.dtype) / 255 - self.mean) / self.std

    def encode(self, x: Tensor) -> list[Tensor]:
        """Encoder features of strides 4, 8, 16, 32 for a normalised x [B, 3, H, W]."""
        features: list[Tensor] = self.encoder(x)
        return features

    def decode(self, features: list[Tensor]) -> NetworkOutput:
        """Everything behind the encoder; `features` may come from a cache.

        Args:
            features: Strides 4, 8, 16, 32; the input's size is four times the first one's.
        """
        lateral = self.laterals(features)
        pyramid = self.fpn(lateral.laterals)
        finest = pyramid[0]
        size = (finest.shape[-2] * 4, finest.shape[-1] * 4)
        query_class = query_box = None
        if self.query is not None:
            query_class, query_box = self.query(pyramid[1])
        return NetworkOutput(
            segmentation=self.segmentation(finest, size),
            region=self.region(finest),
            fpn=finest,
            affinity=None if self.affinity is None else self.affinity(finest),
            query_class=query_class,
            query_box=query_box,
            attention8=lateral.spatial[0],
            attention16=lateral.spatial[1],
            channels8=lateral.channels[0],
            channels16=lateral.channels[1],
            boundary=None if self.boundary is None else self.boundary(finest),
            deep=features[-1],
        )

    def forward(self, x: Tensor) -> NetworkOutput:
        """Logits of all heads for a normalised x [B, 3, H, W] float32, H and W multiples of 32."""
        if x.shape[-1] % 32 or x.shape[-2] % 32:
            height, width = x.shape[-2:]
            padded = (-(-height // 32) * 32, -(-width // 32) * 32)
            raise ValueError(f"Input is {height}x{width}; pad it to {padded[0]}x{padded[1]}.")
        return self.decode(self.encode(x))


def build_network(config: NetworkConfig) -> PlantSegNet:
    """The network of a configuration, randomly initialised, channels-last, in eval mode."""
    network = PlantSegNet(config)
    if config.generation != "initial":
        network = network.to(memory_format=torch.channels_last)
    return network.eval()
