"""A version as a zip: out and in again, and zips made to hurt."""

import hashlib
import json
import random
import stat
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plantseg_gui.core.errors import AppError, InputError, StorageError
from plantseg_gui.storage import atomic
from plantseg_gui.storage.model_archive import export_model, import_model
from plantseg_gui.storage.model_prune import prune
from plantseg_gui.storage.model_tree import list_versions, set_title
from plantseg_gui.storage.models import add_version, list_models, new_version_name
from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.storage.shelf_record import read_shelf, set_notes
from tests.helpers.model_folders import make_model
from tests.helpers.mutate import mutate


@pytest.fixture
def archive(shelf, tmp_path):
    """ "leaf-v2", a version of the shipped "leaf", as a zip; it is still on the shelf."""
    made = make_model(tmp_path / "run", content=b"weights" * 40, parent="leaf", figures={"a": 1.5})
    add_version(made, "leaf-v2")
    set_title("leaf-v2", "Coffee")
    set_notes("leaf-v2", "good\non coffee")
    export_model("leaf-v2", tmp_path / "a.zip")
    return tmp_path / "a.zip"


def on_shelf():
    """Everything in the person's folder of models, apart from what is said about them."""
    files = (p for p in user_models_dir().rglob("*") if p.is_file())
    return {str(p): p.read_bytes() for p in files if "shelf" not in p.name}


def content(record):
    config = json.loads((record.folder / "config.json").read_text()) | {"name": ""}
    parts = ("weights.safetensors", "card.md")
    return config, [(record.folder / part).read_bytes() for part in parts]


def rebuild(archive, change):
    """The same archive after `change(files)` worked on its files; hashes are not made anew."""
    with zipfile.ZipFile(archive) as source:
        files = {info.filename: source.read(info) for info in source.infolist()}
    change(files)
    with zipfile.ZipFile(archive, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    return archive


def test_there_and_back(archive):
    first = next(r for r in list_models() if r.name == "leaf-v2")
    second = import_model(archive)
    assert (second.name, second.meta.parent, second.damaged) == ("leaf-v3", "leaf", "")
    assert content(second) == content(first)
    entry = read_shelf().entry("leaf-v3")
    assert (entry.notes, entry.title) == ("good\non coffee", "")  # “Coffee” is taken
    assert not entry.parent_elsewhere
    with zipfile.ZipFile(archive) as source:
        index = json.loads(source.read("archive.json"))
        for name, sha in index["files"].items():
            assert hashlib.sha256(source.read(name)).hexdigest() == sha


def test_a_deleted_version_comes_back_under_its_name(archive):
    prune(["leaf-v2"], "leaf")
    assert new_version_name("leaf") == "leaf-v3"
    back = import_model(archive)
    assert back.name == "leaf-v2"
    assert read_shelf().entry("leaf-v2").title == "Coffee"


def test_a_stranger_gets_no_name_of_a_deleted_version(archive, tmp_path):
    other = make_model(tmp_path / "other", content=b"another network", parent="leaf")
    add_version(other, "leaf-v9")
    export_model("leaf-v9", tmp_path / "b.zip")
    prune(["leaf-v2", "leaf-v9"], "leaf")

    def call_it_v2(files):
        config = json.loads(files["config.json"]) | {"name": "leaf-v2"}
        files["config.json"] = json.dumps(config).encode()
        index = json.loads(files["archive.json"])
        index["files"]["config.json"] = hashlib.sha256(files["config.json"]).hexdigest()
        files["archive.json"] = json.dumps(index).encode()

    assert import_model(rebuild(tmp_path / "b.zip", call_it_v2)).name == "leaf-v3"


def test_elsewhere_the_parent_may_be_absent_or_another_model(archive, shelf):
    prune(["leaf-v2"], "leaf")
    (shelf / "leaf" / "config.json").unlink()
    assert import_model(archive).meta.parent == "leaf"
    prune(["leaf-v2"], "leaf")
    for path in (shelf / "leaf").iterdir():
        path.unlink()
    (shelf / "leaf").rmdir()
    make_model(shelf / "leaf", content=b"not the parent")
    name = import_model(archive).name
    version = next(v for v in list_versions("leaf") if v.name == name)
    assert (version.parent, version.record.meta.parent) == ("", "leaf")


def test_a_parent_that_comes_after_its_child_finds_it(archive, tmp_path):
    child = make_model(tmp_path / "child", parent="leaf-v2", content=b"child")
    add_version(child, "leaf-v3")
    export_model("leaf-v3", tmp_path / "b.zip")
    prune(["leaf-v3", "leaf-v2"], "leaf")
    import_model(tmp_path / "b.zip")
    import_model(archive)
    assert [(v.depth, v.name) for v in list_versions("")] == [
        *((0, "leaf"), (1, "leaf-v2"), (2, "leaf-v3"))
    ]


def drop(name):
    return lambda files: files.pop(name)


def put(name, data):
    return lambda files: files.update({name: data})


def change_index(**changes):
    def change(files):
        files["archive.json"] = json.dumps(json.loads(files["archive.json"]) | changes).encode()

    return change


HOSTILE = {
    "other weights": put("weights.safetensors", b"x" * 300),
    "other config": put("config.json", b'{"format": 1, "name": "x", "network": {}}'),
    "other card": put("card.md", b"# card!"),
    "no weights": drop("weights.safetensors"),
    "no config": drop("config.json"),
    "no index": drop("archive.json"),
    "card not there": drop("card.md"),
    "an extra file": put("run.py", b"print()"),
    "out of the folder": put("../evil", b"x"),
    "absolute": put("/tmp/evil", b"x"),
    "in a folder": put("a/config.json", b"{}"),
    "same name in capitals": put("CONFIG.json", b"{}"),
    "index is a list": put("archive.json", b"[]"),
    "index is deep": put("archive.json", b"[" * 100_000),
    "index is no text": put("archive.json", b"\xff\xfe"),
    "another kind": change_index(kind="x"),
    "newer": change_index(format=2),
    "files is a list": change_index(files=["config.json"]),
    "hashes are numbers": change_index(files={"config.json": 1}),
    "title is a list": change_index(title=["x"]),
    "title is long": change_index(title="x" * 500),
    "title hides something": change_index(title="a\u202eb"),
    "endless notes": change_index(notes="x" * 100_000),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_archives_are_refused_and_leave_nothing(archive, change):
    before = on_shelf()
    with pytest.raises(InputError):
        import_model(rebuild(archive, change))
    assert on_shelf() == before
    assert not list(user_models_dir().glob(".tmp-*"))


def with_right_hashes(files):
    index = json.loads(files["archive.json"])
    index["files"] = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name != "archive.json"
    }
    files["archive.json"] = json.dumps(index).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("weights.safetensors", b"\x80\x04K\x01."),
        ("weights.safetensors", b"\xff" * 400),
        ("config.json", b'{"format": 1, "name": "../../x", "network": {}}'),
        ("config.json", b'{"format": 7, "name": "x", "network": {}}'),
        ("config.json", b"[]"),
    ],
)
def test_right_hashes_make_no_good_model_of_a_bad_one(archive, name, data):
    before = on_shelf()

    def change(files):
        files[name] = data
        with_right_hashes(files)

    with pytest.raises(InputError):
        import_model(rebuild(archive, change))
    assert on_shelf() == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_links_duplicates_and_bombs(archive, tmp_path):
    data = archive.read_bytes()
    link = zipfile.ZipInfo("card.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(rebuild(archive, drop("card.md")), "a") as out:
        out.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="link"):
        import_model(archive)
    archive.write_bytes(data)
    with zipfile.ZipFile(archive, "a") as out:
        out.writestr("config.json", "{}")
    with pytest.raises(InputError, match="twice"):
        import_model(archive)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("weights.safetensors", bytes(60 << 20))
    with pytest.raises(InputError, match="times as large"):
        import_model(bomb)


@pytest.mark.parametrize("data", [b"", b"no zip" * 50, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive(shelf, tmp_path, data):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError):
        import_model(tmp_path / "a.zip")
    with pytest.raises(InputError):
        import_model(tmp_path / "gone.zip")


def test_a_full_disk_leaves_shelf_and_old_file(archive, tmp_path, monkeypatch):
    before, old = on_shelf(), archive.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            import_model(archive)
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "write", full)
        with pytest.raises(StorageError, match="disk is full"):
            export_model("leaf-v2", archive)
    assert (on_shelf(), archive.read_bytes()) == (before, old)
    assert not list(tmp_path.glob(".tmp-*"))


def test_damaged_and_unknown_models_are_not_exported(archive, tmp_path):
    with pytest.raises(InputError, match="'gone' cannot be exported"):
        export_model("gone", tmp_path / "b.zip")
    (user_models_dir() / "leaf-v2" / "weights.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="damaged"):
        export_model("leaf-v2", tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_mutated_archives_are_refused_or_the_same(archive, seed):
    whole = content(next(r for r in list_models() if r.name == "leaf-v2"))
    before = on_shelf()
    other = archive.with_name("mutated.zip")
    other.write_bytes(mutate([archive.read_bytes()], random.Random(seed)))
    try:
        record = import_model(other)
    except AppError:
        assert on_shelf() == before
    else:
        assert content(record) == whole
        prune([record.name], "leaf")
        assert on_shelf() == before
