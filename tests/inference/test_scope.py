"""A version with a scope: its own weights for its photos, the others' for others, in one folder."""

import json

import numpy as np
import pytest
import torch

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import TileMode
from plantseg_gui.core.scope import make_scope
from plantseg_gui.inference.predictor import Predictor
from plantseg_gui.inference.signature import drawn_centre, signature
from plantseg_gui.nn.checkpoint import LoadedModel, load_model, model_files
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from plantseg_gui.storage.model_archive import export_model, import_model
from plantseg_gui.storage.models import add_version, read_model
from tests.inference.helpers import fp32, leaf_photo

CONFIG = NetworkConfig(encoder="tf_efficientnet_lite0", fpn_channels=32, tile_px=64)
MINE = leaf_photo(seed=3, size=96)
rng = np.random.default_rng(0)
OTHER = rng.integers(0, 255, (96, 128, 3), np.uint8)


@pytest.fixture(scope="module")
def old():
    torch.manual_seed(0)
    network = build_network(CONFIG)
    return LoadedModel(network, ModelMeta("old", network.config.to_dict(), threshold=0.3))


@pytest.fixture
def folder(tmp_path, old):
    """A version `old-v2` that is for photos like MINE."""
    torch.manual_seed(1)
    network = build_network(CONFIG)
    centre = drawn_centre(old.network)
    scope = make_scope(signature(old.network, MINE)[None], centre)
    assert not scope.holds(signature(old.network, OTHER))
    meta = ModelMeta("old-v2", network.config.to_dict(), threshold=0.6, parent="old")
    made = tmp_path / "old-v2"
    made.mkdir()
    for name, data in model_files(network, meta, scope=scope, outside=old).items():
        (made / name).write_bytes(data)
    return made


def test_each_photo_gets_the_weights_that_are_for_it(folder, old):
    model = load_model(folder)
    assert (model.meta.threshold, model.outside.meta.threshold) == (0.6, 0.3)
    routed = Predictor(model, fp32())
    alone = Predictor(LoadedModel(model.network, model.meta), fp32())
    before = Predictor(load_model(folder).outside, fp32())
    inside, outside = routed.predict(MINE), routed.predict(OTHER, mode=TileMode.FULL)
    assert np.array_equal(inside.probability, alone.predict(MINE).probability)
    assert not inside.warnings
    was = before.predict(OTHER, mode=TileMode.FULL)
    assert np.array_equal(outside.probability, was.probability)
    assert np.array_equal(outside.labels, was.labels)
    assert outside.model == "old-v2"
    assert outside.threshold == 0.3
    assert "unlike those that old-v2 learned from" in outside.warnings[-1]
    found = routed.uncertainty(OTHER, outside, views=2)
    assert np.array_equal(found.variance, before.uncertainty(OTHER, was, views=2).variance)


def test_the_size_of_a_photo_does_not_matter(folder):
    model = load_model(folder)
    large = np.kron(MINE, np.ones((3, 3, 1), np.uint8))
    assert model.scope.holds(signature(model.outside.network, large))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda scope: scope.update(radius="wide"), "which photos"),
        (lambda scope: scope.update(radius=9), "which photos"),
        (lambda scope: scope.update(outside={"name": "x"}), "not a PlantSeg model"),
        (lambda scope: scope["outside"].update(threshold=7), "threshold"),
        (lambda scope: scope["outside"]["network"].update(fpn_channels=16), "another architecture"),
        (lambda scope: scope["outside"].update(scope={"radius": 1}), "scope in a scope"),
    ],
)
def test_a_damaged_scope_is_named(folder, change, words):
    path = folder / "config.json"
    data = json.loads(path.read_text())
    change(data["scope"])
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match=words):
        load_model(folder)


def test_missing_weights_for_other_photos_are_named_and_all_files_travel(folder, tmp_path):
    kept = add_version(folder)
    assert not kept.damaged
    archive = tmp_path / "v2.zip"
    export_model(kept.name, archive)
    again = import_model(archive)
    for name in ("weights.safetensors", "outside.safetensors"):
        assert (again.folder / name).read_bytes() == (folder / name).read_bytes()
    (folder / "outside.safetensors").unlink()
    assert "outside.safetensors is missing" in read_model(folder).damaged
    with pytest.raises(InputError, match="cannot be read"):
        load_model(folder)
