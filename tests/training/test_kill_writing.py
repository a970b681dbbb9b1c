"""A process that is killed while it writes a model leaves none, or a whole one."""

import os
import shutil
import sys

import pytest

from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import model_files
from plantseg_gui.storage import models
from plantseg_gui.storage.models import add_version, list_models, read_model
from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.training import model_out
from tests.training.conftest import small_model, small_network

__all__ = ["small_model"]

if sys.platform == "win32":
    pytest.skip("Windows has no fork", allow_module_level=True)

CALLS = ("replace", "rename", "fsync", "unlink", "open", "mkdir")


def die_at(number, act):
    """Run `act` in a fork that dies at its call `number` of the disk; whether it died."""
    child = os.fork()
    if child == 0:
        left = [number]

        def deadly(real):
            def call(*args, **kwargs):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
                return real(*args, **kwargs)

            return call

        for name in CALLS:
            setattr(os, name, deadly(getattr(os, name)))
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


@pytest.fixture
def write():
    """Writes a model folder; the network's files are made before, so the fork needs no torch."""
    network = small_network()
    meta = ModelMeta("mine", network.config.to_dict())
    files = model_files(network, meta)
    return lambda folder: model_out.write_model_folder(folder, files, "# card")


def test_a_run_that_is_killed_while_it_writes_leaves_no_half_model(tmp_path, write):
    for number in range(100):
        folder = tmp_path / f"{number}" / "model"
        died = die_at(number, lambda at=folder: write(at))
        assert not (folder / "config.json").exists() or not read_model(folder).damaged
        if not died:
            break
        # Whoever goes on with the run writes it whole, over whatever was left.
        write(folder)
        assert not read_model(folder).damaged
    else:
        raise AssertionError("it never came to its end")
    assert number > 8


def test_a_window_that_is_killed_while_it_keeps_leaves_no_half_model_on_the_shelf(
    tmp_path, small_model
):
    source = tmp_path / "result"
    shutil.copytree(small_model, source)
    for number in range(100):
        died = die_at(number, lambda: add_version(source, "kept"))
        shelf = [m for m in list_models() if not m.shipped]
        assert [m.name for m in shelf] in ([], ["kept"])
        assert not any(m.damaged for m in shelf)
        if not died:
            break
        shutil.rmtree(user_models_dir(), ignore_errors=True)
    else:
        raise AssertionError("it never came to its end")
    assert [m.name for m in list_models() if not m.shipped] == ["kept"]
    assert models.read_model(user_models_dir() / "kept").meta.name == "kept"
