"""What a photo's leaf looks like to the encoder: its coarsest features, mean over the leaf.

They come from the same pass that finds the lesions. Pooled deep features tell photos of another
crop, disease or light apart without any training for it (Babenko and Lempitsky 2015, "Aggregating
Deep Convolutional Features for Image Retrieval").
"""

import hashlib
from collections.abc import Mapping

import cv2
import numpy as np

from plantseg_gui.core.results import BoolArray, Descriptor
from plantseg_gui.inference.outputs import TileOutput
from plantseg_gui.inference.tiles import TileGrid
from plantseg_gui.nn.network import PlantSegNet


def encoder_name(network: PlantSegNet) -> str:
    """Names the encoder's weights: equal for models whose encoders are equal, and only for those.

    Args:
        network: As it was loaded: neither folded nor cast.
    """
    digest = hashlib.sha256()
    for name, value in network.encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def describe(
    outputs: Mapping[int, TileOutput], grid: TileGrid, leaf: BoolArray | None, encoder: str
) -> Descriptor | None:
    """Pool the coarsest features of the processed tiles over the leaf.

    Tiles are summed in raster order, so the same outputs give the same bits. What two tiles share
    counts twice.

    Args:
        outputs: Per processed tile.
        grid: The tiles.
        leaf: [h, w] bool at network scale; None: the whole photo counts.
        encoder: As `encoder_name` gives it.

    Returns:
        None where the network hands on no such features.
    """
    ordered = [(i, o.deep) for i, o in sorted(outputs.items()) if o.deep is not None]
    if not ordered:
        return None
    shown = np.zeros((grid.padded_height, grid.padded_width), np.float32)
    shown[: grid.height, : grid.width] = 1 if leaf is None else leaf
    if not any(shown[grid.rect(i).slices].any() for i, _ in ordered):
        shown[: grid.height, : grid.width] = 1
    total = np.zeros(len(ordered[0][1]), np.float64)
    for index, deep in ordered:
        size = deep.shape[2], deep.shape[1]
        part = cv2.resize(shown[grid.rect(index).slices], size, interpolation=cv2.INTER_AREA)
        total += (deep * part).sum(axis=(1, 2), dtype=np.float64)
    length = float(np.linalg.norm(total))
    if not np.isfinite(length) or not length:
        return Descriptor(encoder, np.zeros(len(total), np.float16))
    return Descriptor(encoder, (total / length).astype(np.float16))
