"""A project as a zip: out and in again, and zips made to hurt."""

import sqlite3
import stat
import zipfile
from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage.formats.archive import export_project, unpack_project
from plantseg_gui.storage.safe_zip import Limits

DATABASE = "plantseg_project/project.sqlite"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "photos" / "plantseg_project"
    (home / "arrays").mkdir(parents=True)
    (home / "arrays" / "1.2.h5").write_bytes(b"arrays" * 100)
    (home / "arrays" / ".tmp-1-2.h5").write_bytes(b"half")
    (home / "removed").mkdir()
    (home / "removed" / "act.zip").write_bytes(b"removed photos")
    (tmp_path / "photos" / "ä.jpg").write_bytes(b"photo")
    return home


def test_there_and_back(home: Path, tmp_path: Path) -> None:
    database = sqlite3.connect(home / "project.sqlite")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE t (x)")
    database.execute("INSERT INTO t VALUES (7)")
    database.commit()  # in the journal, which is not closed
    folder = home.parent
    steps: list[tuple[int, int]] = []
    written = export_project(
        home,
        tmp_path / "out.zip",
        [
            (folder / "ä.jpg", "sub/ä.jpg"),
            (folder / "ä.jpg", "/abs/ä.jpg"),
            (folder / "no", "no.jpg"),
        ],
        lambda done, total: steps.append((done, total)),
    )
    assert "no" in written.notes[0]
    assert steps[-1] == (6, 6)
    back = unpack_project(tmp_path / "out.zip", tmp_path / "new")
    assert {f.relative_to(tmp_path / "new").as_posix() for f in back.files} == {
        DATABASE,
        "plantseg_project/arrays/1.2.h5",
        "plantseg_project/removed/act.zip",
        "sub/ä.jpg",
        "outside/ä.jpg",
    }
    copy = sqlite3.connect(tmp_path / "new" / DATABASE)
    assert copy.execute("SELECT x FROM t").fetchall() == [(7,)]
    copy.close()
    database.close()
    with pytest.raises(InputError, match="not empty"):
        unpack_project(tmp_path / "out.zip", tmp_path / "new")
    assert not list(tmp_path.glob(".tmp-*"))


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        export_project(tmp_path, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def make(path: Path, *names: str, mode: int = 0, content: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(DATABASE, b"database")
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [
        ("../evil.jpg",),
        ("/etc/evil.jpg",),
        ("a/../../evil.jpg",),
        ("C:evil.jpg",),
        ("a\\..\\evil.jpg",),
        ("a//b.jpg",),
        ("./a.jpg",),
        ("a.jpg", "a.jpg"),
        ("A.jpg", "a.jpg"),
        ("e\u0301.jpg", "\u00e9.jpg"),
        ("a. /b.jpg",),
        ("a\x07.jpg",),
    ],
)
def test_unsafe_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    (tmp_path / "in").mkdir()
    archive = make(tmp_path / "a.zip", *names)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="not safe"):
        unpack_project(archive, tmp_path / "in" / "new")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices(tmp_path: Path, mode: int) -> None:
    archive = make(tmp_path / "a.zip", "a.jpg", mode=mode, content=b"/etc/passwd")
    with pytest.raises(InputError, match="link"):
        unpack_project(archive, tmp_path / "new")


def test_bombs(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.zip", "a.jpg", content=bytes(50 << 20))
    with pytest.raises(InputError, match="times as large"):
        unpack_project(archive, tmp_path / "new")
    with pytest.raises(InputError, match="GB"):
        unpack_project(archive, tmp_path / "new", Limits(100, 1 << 20))
    many = make(tmp_path / "b.zip", *(f"{n}.jpg" for n in range(20)))
    with pytest.raises(InputError, match="entries"):
        unpack_project(many, tmp_path / "new", Limits(20, 1 << 30))
    assert not (tmp_path / "new").exists()


def test_an_entry_longer_than_it_says(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.zip", "a.jpg", content=b"0123456789" * 100)
    raw = bytearray(archive.read_bytes())
    size = (1000).to_bytes(4, "little")
    place = raw.rindex(size)
    raw[place : place + 4] = (10).to_bytes(4, "little")
    archive.write_bytes(raw)
    with pytest.raises(InputError):
        unpack_project(archive, tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_strange_files_are_left_out(tmp_path: Path) -> None:
    archive = make(tmp_path / "a.zip", "run.exe", "plantseg_project/x.py", "a.jpg")
    written = unpack_project(archive, tmp_path / "new")
    assert len(written.files) == 2
    assert "2 files" in written.notes[0]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06", b"no zip" * 100, b"PK\x03\x04" + bytes(60)]
)
def test_rubbish(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError):
        unpack_project(tmp_path / "a.zip", tmp_path / "new")


def test_mutated_archives(home: Path, tmp_path: Path) -> None:
    import random

    sqlite3.connect(home / "project.sqlite").execute("CREATE TABLE t (x)").connection.close()
    export_project(home, tmp_path / "a.zip")
    data = (tmp_path / "a.zip").read_bytes()
    rng = random.Random(5)
    for number in range(200):
        raw = bytearray(data)
        for _ in range(rng.choice([1, 3, 30])):
            # Mostly in the table of contents at the end, where the names and sizes stand.
            low = len(raw) - 400 if number % 2 else 0
            raw[rng.randrange(low, len(raw))] = rng.randrange(256)
        (tmp_path / "b.zip").write_bytes(raw)
        target = tmp_path / f"out{number}"
        try:
            unpack_project(tmp_path / "b.zip", target)
        except (InputError, StorageError):
            assert not target.exists()
    assert not list(tmp_path.glob(".tmp-*"))
