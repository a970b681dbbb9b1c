"""A real but tiny model folder: the november network with random weights, for tests of the way.

Use: `from tests.helpers.tiny_model import tiny_model` in a `conftest.py` makes the fixture
`tiny_model` (a `Path`, shared by the session: read only, copy it before you change it).
"""

from pathlib import Path
from typing import Any

import pytest

TINY_NAME = "tiny-test"


def write_tiny_model(
    folder: Path, *, name: str = TINY_NAME, seed: int = 0, fpn_channels: int = 32
) -> Path:
    """Write a model folder with random weights.

    Args:
        folder: Created; holds weights.safetensors, config.json and card.md afterwards.
        name: The model's name.
        seed: Of the weights.
        fpn_channels: Another width gives another architecture.
    """
    import torch

    from plantseg_gui.core.model_meta import ModelMeta
    from plantseg_gui.nn.checkpoint import model_files
    from plantseg_gui.nn.config import NetworkConfig
    from plantseg_gui.nn.network import build_network

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=fpn_channels)
        network = _settled(build_network(config))
    meta = ModelMeta(name=name, network=config.to_dict(), threshold=0.5, notes="random weights")
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in model_files(network, meta).items():
        (folder / file).write_bytes(content)
    (folder / "card.md").write_text(f"# {name}\n\nRandom weights, for tests.\n", encoding="utf-8")
    return folder


def _settled(network: Any) -> Any:
    """Give BatchNorm statistics of real activations, else random weights answer a constant."""
    import torch

    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    coarse = torch.randn(4, 3, 16, 16)
    with torch.no_grad():
        network.train()(torch.nn.functional.interpolate(coarse, size=256, mode="bilinear"))
        last = network.eval().segmentation.logit
        last.weight.mul_(20)
        last.bias.zero_()
    for norm in norms:
        norm.momentum = 0.1
    return network


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a tiny model with random weights; do not change it."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / TINY_NAME)
