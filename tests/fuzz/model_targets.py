"""Model folders and checkpoints of runs."""

import struct

import numpy as np
import torch

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import CONFIG_FILE, WEIGHTS_FILE, load_model, model_files
from plantseg_gui.nn.config import NetworkConfig
from plantseg_gui.nn.network import build_network
from plantseg_gui.storage.models import read_model
from plantseg_gui.training.resume import (
    CHECKPOINT_FILE,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from tests.helpers.fuzz import Target

HEAD = "head+"


def head_of(data: bytes) -> bytes:
    """The JSON at the beginning of a safetensors file."""
    (size,) = struct.unpack_from("<Q", data)
    return data[8 : 8 + size]


def with_head(data: bytes, head: bytes) -> bytes:
    """The same tensors behind another head, whose length is right."""
    return struct.pack("<Q", len(head)) + head + data[8 + len(head_of(data)) :]


class Models(Target):
    """The folder of a network, in which one file was damaged."""

    def seeds(self):
        torch.manual_seed(0)
        network = build_network(NetworkConfig(encoder="test_efficientnet", fpn_channels=16))
        meta = ModelMeta(name="tiny", network={}, figures={"a": 0.5}, training={"seconds": 3})
        self.files = model_files(network, meta)
        for name, data in self.files.items():
            (self.folder / name).write_bytes(data)
        weights = self.files[WEIGHTS_FILE]
        return {
            WEIGHTS_FILE: [weights],
            HEAD + WEIGHTS_FILE: [head_of(weights)],
            CONFIG_FILE: [self.files[CONFIG_FILE]],
        }

    def repair(self, name, data):
        return with_head(self.files[WEIGHTS_FILE], data) if name.startswith(HEAD) else data

    def read(self, name, data):
        path = self.folder / name.removeprefix(HEAD)
        path.write_bytes(data)
        try:
            shelf = read_model(self.folder)
            loaded = load_model(self.folder)
        finally:
            path.write_bytes(self.files[path.name])
        assert not shelf.damaged
        assert all(v.isfinite().all() for v in loaded.network.state_dict().values())


class Runs(Target):
    """The checkpoint of a training run."""

    def seeds(self):
        rng = np.random.default_rng(0)
        tensors = {
            "weights.a": torch.from_numpy(rng.random((4, 3), np.float32)),
            "moments.a": torch.from_numpy(rng.random((4, 3)).astype(np.float16)),
            "steps": torch.arange(5),
        }
        state = {"learner": {"updates": 3}, "update": 4, "config": {"lr": 0.1}, "seconds": 1.5}
        save_checkpoint(self.folder, Checkpoint(tensors, state))
        self.whole = (self.folder / CHECKPOINT_FILE).read_bytes()
        return {CHECKPOINT_FILE: [self.whole], HEAD + CHECKPOINT_FILE: [head_of(self.whole)]}

    def repair(self, name, data):
        return with_head(self.whole, data) if name.startswith(HEAD) else data

    def read(self, name, data):
        (self.folder / CHECKPOINT_FILE).write_bytes(data)
        found = load_checkpoint(self.folder)
        assert found is not None
        assert all(isinstance(tensor, torch.Tensor) for tensor in found.tensors.values())

    def refused(self, name, error):
        assert CHECKPOINT_FILE in error.what
