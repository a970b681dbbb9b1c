"""What a photo looks like to an encoder at one look; see `core.scope`."""

import cv2
import numpy as np
import torch

from plantseg_gui.core.drawn_leaf import draw_leaf
from plantseg_gui.core.results import RgbArray
from plantseg_gui.core.scope import Vectors, unit
from plantseg_gui.nn.network import PlantSegNet

LOOK_PX = 256
_STRIDE, _LEVEL = 16, 2
_MULTIPLE = 32
_DRAWN, _DRAWN_SEED = 12, 5000


@torch.no_grad()
def signature(network: PlantSegNet, image: RgbArray) -> Vectors:
    """Mean and spread of the features of stride 16, each of length 1.

    Args:
        network: In eval mode, float32; only its encoder runs.
        image: [H, W, 3] uint8 RGB, any size: it is looked at 256 px long.

    Returns:
        [2 C] float32.
    """
    height, width = image.shape[:2]
    share = LOOK_PX / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    flag = cv2.INTER_AREA if share <= 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, size, interpolation=flag)
    bottom, right = -small.shape[0] % _MULTIPLE, -small.shape[1] % _MULTIPLE
    padded = cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_REFLECT)
    rgb = torch.from_numpy(padded).permute(2, 0, 1)[None].to(network.mean.device)
    features = network.encode(network.normalise(rgb))[_LEVEL][0].float()
    rows, columns = (-(-side // _STRIDE) for side in small.shape[:2])
    cells = features[:, :rows, :columns].flatten(1)
    mean, spread = cells.mean(1), cells.std(1, correction=0)
    halves = [unit(part.cpu().numpy().astype(np.float32)) for part in (mean, spread)]
    return np.concatenate(halves)


def drawn_centre(network: PlantSegNet) -> Vectors:
    """Mean signature [2 C] of drawn leaves: what all leaves have in common."""
    leaves = (draw_leaf(_DRAWN_SEED + number, LOOK_PX).image for number in range(_DRAWN))
    return np.asarray(np.mean([signature(network, leaf) for leaf in leaves], axis=0), np.float32)
