"""What the network returns: logits of all heads in one named structure."""

from typing import NamedTuple

from torch import Tensor


class NetworkOutput(NamedTuple):
    """Logits; sigmoids are applied by whoever reads them.

    Attributes:
        segmentation: [B, 1, H, W], the input's size.
        region: [B, 1], disease present in the tile?
        fpn: [B, C, H/4, W/4] features, for scribbles and heads.
        affinity: [B, 8, H/4, W/4]; neighbours N, NE, E, SE, S, SW, W, NW.
            None in plain generations.
        query_class: [B, Q, 1]. None in plain generations.
        query_box: [B, Q, 4], cxcywh before the sigmoid, fractions of the tile.
            None in plain generations.
        attention8: [B, 1, H/8, W/8], ESCA's spatial weights (already 0 to 1).
            None in plain generations.
        attention16: [B, 1, H/16, W/16], likewise.
        channels8: [B, C, 1, 1], ESCA's channel weights (already 0 to 1).
            None in plain generations.
        channels16: Likewise.
        boundary: [B, 1, H/4, W/4]; plain generations only.
        deep: [B, C, H/32, W/32], the encoder's coarsest features: what a place looks like.
    """

    segmentation: Tensor
    region: Tensor
    fpn: Tensor
    affinity: Tensor | None = None
    query_class: Tensor | None = None
    query_box: Tensor | None = None
    attention8: Tensor | None = None
    attention16: Tensor | None = None
    channels8: Tensor | None = None
    channels16: Tensor | None = None
    boundary: Tensor | None = None
    deep: Tensor | None = None
