"""The two attention maps of a photo, and a log of what the layers did (specification 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from plantseg_gui.core.results import FloatArray
from plantseg_gui.inference.outputs import TileOutput
from plantseg_gui.inference.stitch import blend
from plantseg_gui.inference.tiles import TileGrid
from plantseg_gui.nn.esca import Esca
from plantseg_gui.nn.network import PlantSegNet

STRIDES = (8, 16)


def attention_maps(
    outputs: Mapping[int, TileOutput], grid: TileGrid
) -> tuple[FloatArray, FloatArray]:
    """ESCA's spatial weights of strides 8 and 16 over the whole photo.

    Never stretched: 0.5 means the same in every tile and every photo.

    Returns:
        [h/8, w/8] and [h/16, w/16] float32 in [0, 1]; 0 where no tile lies or the network has no
        attention.
    """
    fine, coarse = STRIDES
    have8 = {i: o for i, o in outputs.items() if o.attention8 is not None}
    have16 = {i: o for i, o in outputs.items() if o.attention16 is not None}
    first = blend(have8, grid, lambda i: _present(have8[i].attention8), stride=fine)
    second = blend(have16, grid, lambda i: _present(have16[i].attention16), stride=coarse)
    return first, second


def channel_weights(outputs: Mapping[int, TileOutput]) -> tuple[FloatArray, FloatArray]:
    """ESCA's channel weights of strides 8 and 16, mean over the tiles of a photo.

    Returns:
        Twice [C] float32 in [0, 1]; empty where the network has no attention.
    """
    ordered = [outputs[i] for i in sorted(outputs)]
    first = [o.channels8 for o in ordered if o.channels8 is not None]
    second = [o.channels16 for o in ordered if o.channels16 is not None]
    none = np.zeros(0, np.float32)
    return (
        np.mean(first, axis=0, dtype=np.float32) if first else none,
        np.mean(second, axis=0, dtype=np.float32) if second else none,
    )


@dataclass(frozen=True)
class Activation:
    """What one layer did with one tile.

    Attributes:
        name: The layer's name in the network.
        shape: Of its output, without the batch.
        mean: Over all values.
        std: Likewise.
        highest: Largest value.
        dead: Share of channels that are 0 everywhere.
        channel_weights: ESCA's w_c, [C] float32; empty for other layers.
    """

    name: str
    shape: tuple[int, ...]
    mean: float
    std: float
    highest: float
    dead: float
    channel_weights: FloatArray


def log_activations(network: PlantSegNet, tile: npt.NDArray[np.uint8]) -> list[Activation]:
    """Run one tile and describe laterals, attention, FPN and heads.

    Args:
        network: In eval mode.
        tile: [t, t, 3] RGB.
    """
    log: list[Activation] = []
    watched = {
        name: module
        for name, module in network.named_modules()
        if isinstance(module, Esca)
        or (name.startswith(("laterals.projections.", "fpn.smooth.")) and name.count(".") == 2)
        or name in ("segmentation.blocks", "affinity", "region", "query.score", "query.box")
    }

    def watch(name: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            log.append(_describe(name, output))

        return hook

    handles = [module.register_forward_hook(watch(name)) for name, module in watched.items()]
    try:
        with torch.inference_mode():
            x = torch.from_numpy(np.array(tile[None], np.uint8)).permute(0, 3, 1, 2)
            network(network.normalise(x.to(next(network.parameters()).device)))
    finally:
        for handle in handles:
            handle.remove()
    return log


def _describe(name: str, output: Any) -> Activation:
    weights = np.zeros(0, np.float32)
    if isinstance(output, tuple):  # ESCA: output, spatial weights, channel weights
        weights = output[2][0].float().cpu().numpy().ravel()
        output = output[0]
    value: Tensor = output[0].float()
    channels = value.reshape(value.shape[0], -1)
    return Activation(
        name=name,
        shape=tuple(value.shape),
        mean=float(value.mean()),
        std=float(value.std(correction=0)),
        highest=float(value.max()),
        dead=float((channels == 0).all(1).float().mean()),
        channel_weights=weights,
    )


def _present(value: FloatArray | None) -> FloatArray:
    assert value is not None  # filtered by the caller
    return value
