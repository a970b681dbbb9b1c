"""Small photos and a small network, so that training runs in seconds."""

import numpy as np
import pytest

from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.masks import write_mask

TILE = 64
NETWORK = {"encoder": "tf_efficientnet_lite0", "fpn_channels": 16, "queries": 4, "tile_px": TILE}


def spotted(seed, size=96, spots=4):
    """A green square with brown discs: [size, size, 3] uint8 and its mask."""
    rng = np.random.default_rng(seed)
    image = np.full((size, size, 3), (70, 140, 60), np.uint8)
    image = np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
    mask = np.zeros((size, size), bool)
    yy, xx = np.mgrid[:size, :size]
    for _ in range(spots):
        y, x = rng.uniform(0.1 * size, 0.9 * size, 2)
        mask |= (yy - y) ** 2 + (xx - x) ** 2 <= rng.uniform(4, 9) ** 2
    image[mask] = (120, 70, 30)
    return image, mask


def small_network(seed=0, **changes):
    import torch

    from plantseg_gui.nn.config import NetworkConfig
    from plantseg_gui.nn.network import build_network

    torch.manual_seed(seed)
    return build_network(NetworkConfig(**{**NETWORK, **changes}))


@pytest.fixture
def folders(tmp_path):
    """`images` and `masks` of four spotted photos."""
    for number in range(4):
        image, mask = spotted(number)
        write_png(tmp_path / "images" / f"p{number}.png", image)
        write_mask(tmp_path / "masks" / f"p{number}.png", mask)
    return tmp_path


@pytest.fixture(scope="session")
def small_model(tmp_path_factory):
    """Folder of a small random model for tiles of 64 px."""
    from plantseg_gui.core.model_meta import ModelMeta
    from plantseg_gui.nn.checkpoint import model_files

    network = small_network()
    folder = tmp_path_factory.mktemp("models") / "small"
    folder.mkdir()
    for name, data in model_files(network, ModelMeta("small", network.config.to_dict())).items():
        (folder / name).write_bytes(data)
    return folder
