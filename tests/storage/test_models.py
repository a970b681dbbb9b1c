import json
import shutil
import struct
from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage import atomic, models
from plantseg_gui.storage.models import (
    add_version,
    default_model,
    list_models,
    new_version_name,
    resolve_model,
    set_default,
    valid_name,
)
from plantseg_gui.storage.paths import user_models_dir
from tests.helpers.model_folders import make_model


def test_shelf_and_default(shelf: Path) -> None:
    make_model(shelf / "old")
    assert [(r.name, r.shipped, r.damaged) for r in list_models()] == [
        ("leaf", True, ""),
        ("old", True, ""),
    ]
    assert default_model() == "leaf"
    (shelf / "manifest.json").write_text('{"default": "old"}')
    assert default_model() == "old"
    set_default("leaf")
    assert default_model() == "leaf"
    assert resolve_model() == shelf / "leaf"
    assert resolve_model("old") == shelf / "old"
    shutil.rmtree(shelf / "leaf")
    assert default_model() == "old"


def test_no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path / "none")
    assert list_models() == []
    with pytest.raises(InputError, match="No usable model"):
        resolve_model()


def test_resolve_by_path_and_unknown(shelf: Path, tmp_path: Path) -> None:
    other = make_model(tmp_path / "runs" / "result")
    assert resolve_model(other) == other
    assert resolve_model(str(other)) == other
    with pytest.raises(InputError, match=r"no model 'tree'.*leaf"):
        resolve_model("tree")
    with pytest.raises(InputError):
        set_default("tree")


def test_add_never_overwrites(shelf: Path, tmp_path: Path) -> None:
    run = make_model(tmp_path / "leaf")
    (run / "weights.safetensors").write_bytes((run / "weights.safetensors").read_bytes())
    first, second = add_version(run), add_version(run)
    assert [first.name, second.name] == ["leaf-v2", "leaf-v3"]
    assert first.damaged == second.damaged == ""
    assert json.loads((first.folder / "config.json").read_text())["name"] == "leaf-v2"
    assert (first.folder / "card.md").read_text() == "# card"
    third = add_version(run, "field trial")
    assert third.name == "field trial"
    assert new_version_name("leaf-v3") == "leaf-v4"
    assert [r.name for r in list_models()] == ["leaf", "field trial", "leaf-v2", "leaf-v3"]
    assert resolve_model("leaf-v2").parent == user_models_dir()


def test_add_on_a_full_disk_leaves_the_shelf(shelf, tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run = make_model(tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            add_version(run)
    assert not list(user_models_dir().iterdir())


def missing_weights(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()


def cut_weights(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-2])


def endless_header(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def empty_weights(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"")


def pickle_weights(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"\x80\x04K\x01.")


def linked_weights(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.rename(folder / "real")
    path.symlink_to(folder / "real")


def looping_config(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(folder / "config.json")


def bad_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def deep_json(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 200_000)


def binary_json(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"\xff\xfe\x00")


def huge_json(folder: Path) -> None:
    (folder / "config.json").write_text(" " * (5 << 20))


def newer_format(folder: Path) -> None:
    (folder / "config.json").write_text('{"format": 99, "name": "x", "network": {}}')


def path_as_name(folder: Path) -> None:
    data = json.loads((folder / "config.json").read_text()) | {"name": "../../etc/x"}
    (folder / "config.json").write_text(json.dumps(data))


def config_is_a_folder(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()


def not_there(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to("/nowhere")


def linked_folder(folder: Path) -> None:
    folder.rename(folder.parent.parent / "elsewhere")
    folder.symlink_to(folder.parent.parent / "elsewhere")


HOSTILE = [
    missing_weights,
    cut_weights,
    endless_header,
    empty_weights,
    pickle_weights,
    linked_weights,
    looping_config,
    bad_json,
    deep_json,
    binary_json,
    huge_json,
    newer_format,
    path_as_name,
    config_is_a_folder,
    not_there,
    linked_folder,
]


@pytest.mark.parametrize("spoil", HOSTILE)
def test_hostile_model_is_named_and_the_rest_works(shelf: Path, spoil) -> None:
    bad = make_model(user_models_dir() / "bad")
    spoil(bad)
    record = next(r for r in list_models() if r.name == "bad")
    assert record.damaged
    assert record.meta.network == {}
    assert default_model() == "leaf"
    with pytest.raises(InputError):
        resolve_model("bad")
    with pytest.raises(InputError):
        set_default("bad")
    with pytest.raises(InputError):
        add_version(bad)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "con", "NUL.txt", "x ", "ä"]
)
def test_names_that_are_paths_or_devices(name: str) -> None:
    assert not valid_name(name)


def test_damaged_manifest_is_ignored(shelf: Path) -> None:
    for text in ("{", "[]", '{"default": 3}', '{"default": "../leaf"}'):
        (shelf / "manifest.json").write_text(text)
        assert default_model() == "leaf"


def test_same_name_as_a_shipped_one(shelf: Path) -> None:
    make_model(user_models_dir() / "leaf")
    assert [(r.shipped, bool(r.damaged)) for r in list_models()] == [(True, False), (False, True)]
    assert resolve_model("leaf") == shelf / "leaf"
