"""What is kept of one tile: the network's output as numpy arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plantseg_gui.core.results import FloatArray, HalfArray
from plantseg_gui.nn.outputs import NetworkOutput


@dataclass(frozen=True)
class TileOutput:
    """One tile, uncalibrated.

    Attributes:
        logits: [t, t] float32 lesion logits.
        region: Logit of "disease in this tile".
        affinity: [8, t/4, t/4] float32 probabilities; None when the network has no such head.
        attention8: [t/8, t/8] float32, 0 to 1; None as above.
        attention16: [t/16, t/16]; likewise.
        box_scores: [q] float32 probabilities; empty without a query head.
        boxes: [q, 4] float32, cy, cx, h, w as fractions of the tile.
        channels8: [C] float32, ESCA's channel weights at stride 8, 0 to 1; None without attention.
        channels16: Likewise at stride 16.
        deep: [C, t/32, t/32] float32, the encoder's coarsest features.
        fpn: [C, t/4, t/4] float16, what the segmentation head reads; None unless asked for.
    """

    logits: FloatArray
    region: float
    affinity: FloatArray | None
    attention8: FloatArray | None
    attention16: FloatArray | None
    box_scores: FloatArray
    boxes: FloatArray
    channels8: FloatArray | None = None
    channels16: FloatArray | None = None
    deep: FloatArray | None = None
    fpn: HalfArray | None = None

    @property
    def finite(self) -> bool:
        """Whether every number is one."""
        maps = (self.affinity, self.attention8, self.attention16)
        arrays = [self.logits, self.box_scores, self.boxes, *(m for m in maps if m is not None)]
        return bool(np.isfinite(self.region)) and all(bool(np.isfinite(a).all()) for a in arrays)


def to_tile_outputs(
    output: NetworkOutput, count: int, *, features: bool = False
) -> list[TileOutput]:
    """The first `count` tiles of a batch; with the FPN's features if wanted."""
    logits = _array(output.segmentation)
    region = _array(output.region)
    affinity = None if output.affinity is None else _array(output.affinity.float().sigmoid())
    attention8 = None if output.attention8 is None else _array(output.attention8)
    attention16 = None if output.attention16 is None else _array(output.attention16)
    channels8 = None if output.channels8 is None else _array(output.channels8)
    channels16 = None if output.channels16 is None else _array(output.channels16)
    deep = None if output.deep is None else _array(output.deep)
    fpn = _half_array(output.fpn) if features else None
    scores = np.zeros((count, 0), np.float32)
    boxes = np.zeros((count, 0, 4), np.float32)
    if output.query_class is not None and output.query_box is not None:
        scores = _array(output.query_class.float().sigmoid())[..., 0]
        # cx, cy, w, h -> cy, cx, h, w: rows come first everywhere in this program
        boxes = _array(output.query_box.float().sigmoid())[..., [1, 0, 3, 2]]
    return [
        TileOutput(
            logits=logits[i, 0],
            region=float(region[i, 0]),
            affinity=None if affinity is None else affinity[i],
            attention8=None if attention8 is None else attention8[i, 0],
            attention16=None if attention16 is None else attention16[i, 0],
            box_scores=scores[i],
            boxes=boxes[i],
            channels8=None if channels8 is None else channels8[i].ravel(),
            channels16=None if channels16 is None else channels16[i].ravel(),
            deep=None if deep is None else deep[i],
            fpn=None if fpn is None else fpn[i],
        )
        for i in range(count)
    ]


def _array(tensor: Tensor) -> FloatArray:
    return np.ascontiguousarray(tensor.float().cpu().numpy())


def _half_array(tensor: Tensor) -> HalfArray:
    """float16; what it cannot hold becomes its largest number, not infinity."""
    limit = torch.finfo(torch.float16).max
    return np.ascontiguousarray(tensor.clamp(-limit, limit).half().cpu().numpy())
