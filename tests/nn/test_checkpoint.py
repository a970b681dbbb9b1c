import json
import pickle
import subprocess
import sys

import pytest
import torch

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import load_model, model_files
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from plantseg_gui.storage.models import read_model

CONFIG = NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=32)


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    network = build_network(CONFIG)
    meta = ModelMeta(name="tiny", network={}, threshold=0.4, temperature=1.3)
    for name, data in model_files(network, meta).items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_round_trip_keeps_weights_and_description(folder):
    loaded = load_model(folder)
    again = load_model(folder)
    x = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(loaded.network(x).segmentation, again.network(x).segmentation)
    assert loaded.meta.threshold == 0.4
    assert loaded.meta.temperature == 1.3
    assert not loaded.network.training
    assert loaded.network.config.mean == (0.5, 0.5, 0.5)


def test_half_precision_changes_weights_by_rounding_only(tmp_path):
    torch.manual_seed(0)
    network = build_network(CONFIG)
    for name, data in model_files(network, ModelMeta(name="t", network={}), half=False).items():
        (tmp_path / name).write_bytes(data)
    full = load_model(tmp_path).network.state_dict()
    own = network.state_dict()
    assert all(torch.equal(full[k], own[k]) for k in own)


def _change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_another_architecture_is_named(folder):
    config = json.loads((folder / "config.json").read_text())
    config["network"]["fpn_channels"] = 64
    _change_config(folder, network=config["network"])
    with pytest.raises(InputError, match="another architecture"):
        load_model(folder)


_HUGE = """
import json, sys, time
from pathlib import Path
import psutil
from plantseg_gui.core.errors import InputError
from plantseg_gui.nn.checkpoint import load_model

def peak():
    info = psutil.Process().memory_info()
    if hasattr(info, "peak_wset"):
        return info.peak_wset
    import resource
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

before, start = peak(), time.perf_counter()
try:
    load_model(Path(sys.argv[1]))
    text = "loaded"
except InputError as error:
    text = error.what
print(json.dumps([text, (peak() - before) >> 20, time.perf_counter() - start]))
"""


@pytest.mark.parametrize(
    "encoder",
    [
        "regnety_1280",
        pytest.param("convnextv2_huge", marks=pytest.mark.slow),
        pytest.param("tf_efficientnet_l2", marks=pytest.mark.slow),
    ],
)
def test_a_huge_encoder_beside_small_weights_is_refused_before_it_is_built(folder, encoder):
    """Half a billion weights and more: 2 GB, were they built."""
    config = json.loads((folder / "config.json").read_text())
    _change_config(folder, network={**config["network"], "encoder": encoder})
    done = subprocess.run(
        [sys.executable, "-c", _HUGE, str(folder)], capture_output=True, text=True, check=True
    )
    text, grown_mib, seconds = json.loads(done.stdout)
    assert "belongs to another architecture" in text
    assert grown_mib < 100
    assert seconds < 20


def test_a_transformer_without_the_needed_strides_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    _change_config(folder, network={**config["network"], "encoder": "vit_gigantic_patch14_224"})
    with pytest.raises(InputError, match="strides"):
        load_model(folder)


def test_damaged_and_hostile_files_are_refused(folder):
    weights = folder / "weights.safetensors"
    good = weights.read_bytes()

    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("pickle was executed",))

    for bad in (good[:100], b"", good[: len(good) // 2], pickle.dumps(Bomb())):
        weights.write_bytes(bad)
        with pytest.raises(InputError, match=r"weights\.safetensors"):
            load_model(folder)
    weights.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        load_model(folder)


@pytest.mark.parametrize(
    "changes",
    [{"format": 99}, {"threshold": "high"}, {"network": []}, {"network": {"encoder": 3}}],
)
def test_a_wrong_description_is_refused(folder, changes):
    _change_config(folder, **changes)
    with pytest.raises(InputError):
        load_model(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"presence_temperature": 0},
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"threshold": float("nan")},
        {"threshold": 1.0},
        {"scorer_threshold": -0.1},
        {"bias": float("inf")},
        {"presence_bias": 10**400},
        {"network": {"tile_px": 33}},
        {"network": {"mean": 3}},
        {"network": {"std": [0, 0, 0]}},
        {"network": {"mean": [float("nan"), 0, 0]}},
    ],
)
def test_numbers_out_of_range_are_refused(folder, changes):
    _change_config(folder, **changes)
    with pytest.raises(InputError, match=r"allowed|multiple|three numbers"):
        load_model(folder)


def test_a_weight_that_is_not_finite_is_neither_saved_nor_loaded(folder):
    from safetensors.torch import load_file, save_file

    network = load_model(folder).network
    with torch.no_grad():
        network.segmentation.logit.bias.fill_(float("nan"))
    with pytest.raises(InputError, match="not finite"):
        model_files(network, ModelMeta(name="bad", network={}))
    state = load_file(folder / "weights.safetensors")
    state["segmentation.logit.bias"].fill_(float("inf"))
    save_file(state, folder / "weights.safetensors")
    with pytest.raises(InputError, match="not finite"):
        load_model(folder)


@pytest.mark.parametrize(
    "text",
    ['{"format": 1, "network": {}}', '{"format": %s}' % ("9" * 5000), "[" * 100_000, "\xff"],
)
def test_a_config_without_a_name_or_that_is_no_json_is_refused(folder, text):
    (folder / "config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"config\.json"):
        load_model(folder)
    assert "config.json" in read_model(folder).damaged
