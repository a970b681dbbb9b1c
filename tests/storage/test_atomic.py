import errno
import json
import os
from pathlib import Path

import pytest

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage import atomic
from plantseg_gui.storage.atomic import atomic_path, write_bytes, write_json


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_writes_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "new" / "x.bin"
    write_bytes(target, b"one")
    write_bytes(target, b"two" * 1_000_000)
    assert target.read_bytes() == b"two" * 1_000_000
    write_bytes(target, b"")
    assert target.read_bytes() == b""
    assert names(target.parent) == ["x.bin"]


def test_new_files_are_no_programs(tmp_path: Path) -> None:
    write_bytes(tmp_path / "x", b"1")
    assert not (tmp_path / "x").stat().st_mode & 0o111


def test_failure_in_the_block_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    write_bytes(target, b"old")

    def write_half() -> None:
        with atomic_path(target) as temp:
            assert temp.suffix == ".txt"
            temp.write_bytes(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        write_half()
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["x.txt"]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_failing_disk_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    target = tmp_path / "x.bin"
    write_bytes(target, b"old")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(StorageError) as caught:
            write_bytes(target, b"new")
    assert str(target) in caught.value.what
    assert caught.value.do
    if number == errno.ENOSPC:
        assert "disk is full" in caught.value.what
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["x.bin"]


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data[:7])))
    write_bytes(tmp_path / "x", bytes(range(100)))
    assert (tmp_path / "x").read_bytes() == bytes(range(100))


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="not an existing folder"):
        write_bytes(tmp_path / "file" / "below.bin", b"1")


def test_json_without_nan(tmp_path: Path) -> None:
    target = tmp_path / "ö.json"
    write_json(target, {"a": float("nan"), "b": [1.5, float("inf")], "ü": (1, None)})
    assert json.loads(target.read_text("utf-8")) == {"a": None, "b": [1.5, None], "ü": [1, None]}


def test_library_errors_without_a_number() -> None:
    error = OSError("Can't write data (file write failed: errno = 28, error message = '...')")
    assert "disk is full" in atomic.storage_error(error, Path("x.h5")).what


def test_stale_temps_are_removed(tmp_path: Path) -> None:
    old, young = tmp_path / ".tmp-1-a.png", tmp_path / ".tmp-2-b.png"
    for path in (old, young, tmp_path / "keep.png"):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    assert atomic.remove_stale_temps(tmp_path) == 1
    assert names(tmp_path) == [".tmp-2-b.png", "keep.png"]
