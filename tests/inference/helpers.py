"""Models, photos and faults for the inference tests: real networks, small."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.results import RgbArray
from plantseg_gui.inference.device import DevicePolicy, cpu_policy
from plantseg_gui.inference.outputs import TileOutput
from plantseg_gui.nn.checkpoint import LoadedModel, load_model


def load(folder: Path, **meta: Any) -> LoadedModel:
    """The model of a folder with some values of its description replaced."""
    model = load_model(folder)
    return LoadedModel(model.network, replace(model.meta, **meta))


def fp32(streams: int = 2) -> DevicePolicy:
    """float32 on the CPU with that many tile streams."""
    return replace(cpu_policy("off"), streams=streams, stream_threads=1)


def leaf_photo(seed: int = 3, size: int = 320) -> RgbArray:
    """A drawn leaf [size, size, 3]."""
    return np.asarray(draw_leaf(seed, size).image)


@contextmanager
def failing(
    network: torch.nn.Module, times: int, error: Callable[[], BaseException]
) -> Iterator[list[int]]:
    """Make the network's next `times` forward passes raise, in every copy of it made meanwhile."""
    left = [times]

    def fail(_module: Any, _inputs: Any) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error()

    handle = network.register_forward_pre_hook(fail)
    try:
        yield left
    finally:
        handle.remove()


def tile_output(
    tile: int = 256, logit: float = -5.0, boxes: list[tuple[float, ...]] | None = None
) -> TileOutput:
    """A tile of one logit; boxes are (score, cy, cx, h, w) in fractions of the tile."""
    rows = np.array(boxes or np.zeros((0, 5)), np.float32).reshape(-1, 5)
    return TileOutput(
        logits=np.full((tile, tile), logit, np.float32),
        region=0.0,
        affinity=np.full((8, tile // 4, tile // 4), 0.5, np.float32),
        attention8=np.full((tile // 8, tile // 8), 0.25, np.float32),
        attention16=np.full((tile // 16, tile // 16), 0.75, np.float32),
        box_scores=rows[:, 0],
        boxes=rows[:, 1:],
    )
