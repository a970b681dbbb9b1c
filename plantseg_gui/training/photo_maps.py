"""Whole photos as encoded tiles: what a decoder says about them, as often as one asks.

The encoder does not change in retraining, so a photo is encoded once; each later look costs the
decoder alone.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.inference.fuse import fused_copy
from plantseg_gui.inference.stitch import window
from plantseg_gui.nn.network import PlantSegNet
from plantseg_gui.training.metrics import prepare_dev
from plantseg_gui.training.photo_cache import TrainPhoto, Uint8
from plantseg_gui.training.precision import Precision

BATCH = 4
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


class FrozenEncoder:
    """A network's encoder made quick: normalisation folded in, cast to the number format.

    Args:
        network: Is not changed.
        precision: Device and number format.
    """

    def __init__(self, network: PlantSegNet, precision: Precision) -> None:
        on_cpu = copy.deepcopy(network).cpu().eval()
        self._network = fused_copy(on_cpu).requires_grad_(False).to(precision.device)
        self._network.to(precision.dtype).to(memory_format=torch.channels_last)
        self._normalise = network.normalise
        self.precision = precision

    def __call__(self, tiles: Uint8) -> list[Tensor]:
        """Features of [n, T, T, 3] uint8 tiles, strides 4 to 32, float16 on the CPU."""
        rgb = torch.from_numpy(np.ascontiguousarray(tiles)).permute(0, 3, 1, 2)
        with torch.no_grad():
            x = self._normalise(rgb.to(self.precision.device)).to(self.precision.dtype)
            features = self._network.encode(x.contiguous(memory_format=torch.channels_last))
            # Bounded activations (ReLU6 and the like) are far from float16's end; others are cut.
            return [f.float().clamp(-6e4, 6e4).half().cpu() for f in features]


@dataclass
class PhotoTiles:
    """A photo at network scale, encoded.

    Attributes:
        height: Network px.
        width: Network px.
        places: Upper left corner (y, x) of each tile.
        features: Per stride, [n, C, h, w] float16.
        padded: Size (height, width) that the tiles cover.
        truth: [height, width] bool.
        valid: [height, width] bool, False where the truth is unknown.
        image: [height, width, 3] uint8, for previews.
    """

    height: int
    width: int
    places: list[tuple[int, int]]
    features: list[Tensor]
    padded: tuple[int, int]
    truth: Bools
    valid: Bools
    image: Uint8


def encode_photo(encoder: FrozenEncoder, photo: TrainPhoto, tile_px: int) -> PhotoTiles:
    """Lay the fewest tiles over a photo at network scale and encode them."""
    dev = prepare_dev(photo, tile_px)
    parts = []
    for start in range(0, len(dev.tiles), BATCH):
        places = dev.tiles[start : start + BATCH]
        parts.append(
            encoder(np.stack([dev.padded[y : y + tile_px, x : x + tile_px] for y, x in places]))
        )
    features = [torch.cat(stride) for stride in zip(*parts, strict=True)]
    image = dev.padded[: dev.height, : dev.width]
    return PhotoTiles(
        dev.height,
        dev.width,
        dev.tiles,
        features,
        (dev.padded.shape[0], dev.padded.shape[1]),
        dev.truth,
        dev.valid,
        image,
    )


def lesion_probability(
    network: PlantSegNet,
    photo: PhotoTiles,
    precision: Precision,
    meta: ModelMeta,
    between: Callable[[], None] = lambda: None,
) -> Floats:
    """Calibrated lesion probability [height, width] of a photo, defined as in `inference.stitch`.

    The tiles are calibrated, then blended with the same window; they overlap less than in
    `inference`, to be quick.

    Args:
        network: In eval mode; only its mask is computed.
        photo: From `encode_photo` with the same encoder.
        precision: Of the decoder.
        meta: Has temperature and bias.
        between: Called after each batch; may raise to stop.
    """
    light = mask_only(network)
    tile = photo.features[0].shape[-1] * 4
    weights = window(tile)
    total = np.zeros(photo.padded, np.float32)
    weight = np.zeros(photo.padded, np.float32)
    for start in range(0, len(photo.places), BATCH):
        part = [f[start : start + BATCH] for f in photo.features]
        values = to_probability(lesion_logits(light, part, precision).cpu().numpy(), meta)
        for (y, x), piece in zip(photo.places[start : start + BATCH], values, strict=True):
            total[y : y + tile, x : x + tile] += piece * weights
            weight[y : y + tile, x : x + tile] += weights
        between()
    return np.asarray((total / weight)[: photo.height, : photo.width], np.float32)


@torch.no_grad()
def lesion_logits(network: PlantSegNet, features: list[Tensor], precision: Precision) -> Tensor:
    """Mask logits [n, T, T] float32 for encoded tiles.

    Args:
        network: In eval mode; where its late encoder blocks have learned (`learned_late`), they
            run again on the features of stride 8.
        features: Of n tiles, strides 4 to 32, float16.
        precision: Of the decoder.
    """
    with precision.autocast():
        part = [f.to(precision.device).to(precision.dtype) for f in features]
        if network.learned_late:
            part = network.encoder.late(part)
        return network.decode(part).segmentation.float()[:, 0]


def mask_only(network: PlantSegNet) -> PlantSegNet:
    """A view of the network that skips affinity and queries; shares all weights."""
    light = copy.copy(network)
    light._modules = {**network._modules, "affinity": None, "query": None}
    return light
