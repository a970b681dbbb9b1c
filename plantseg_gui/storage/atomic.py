"""Writing a file so that a crash leaves the old one or the new one, never half of one.

New file in the same folder, flush, fsync, `os.replace`, fsync of the folder (measured survival of
kill -9: 25 of 25, design/facts.md 5a).
"""

import contextlib
import errno
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.patience import patiently
from plantseg_gui.storage.platform_files import fsync_dir

TEMP_PREFIX = ".tmp-"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EISDIR}
_CHUNK = 1 << 20


def storage_error(error: OSError, path: Path, act: str = "saved") -> StorageError:
    """The words for a failed write or read.

    Args:
        error: What the system said; libraries that hide the number but print "errno = 28" are
            understood.
        path: The file.
        act: Past participle for the sentence: "saved", "read", "copied".
    """
    number = error.errno
    if number is None:
        printed = re.search(r"errno\s*=\s*(\d+)", str(error))
        number = int(printed.group(1)) if printed else 0
    if number in _FULL:
        return StorageError(
            f"{path} could not be {act}: the disk is full.",
            "Free some space or choose another folder, then save again.",
        )
    if number in _REFUSED:
        return StorageError(
            f"{path} could not be {act}: access to this file or folder is not allowed.",
            "Choose another folder, or change its permissions.",
        )
    if number in _NOT_THERE:
        return StorageError(
            f"{path} could not be {act}: {path.parent} is not an existing folder.",
            "Check that the drive is connected, or choose another folder.",
        )
    if number == errno.ENAMETOOLONG:
        return StorageError(
            f"{path} could not be {act}: the name is too long.", "Give it a shorter name."
        )
    reason = os.strerror(number) if number else str(error).splitlines()[0] if str(error) else "?"
    return StorageError(f"{path} could not be {act}: {reason}.", "Try another folder or drive.")


def is_disk_full(error: BaseException) -> bool:
    """Whether a fault was a full disk: a person can cure it while the program waits.

    Args:
        error: An `OSError`, or a `StorageError` that one caused.
    """
    cause = error.__cause__ if isinstance(error, StorageError) else error
    return isinstance(cause, OSError) and cause.errno in _FULL


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path; what was written there becomes `path` when the block ends well.

    The temporary file has the same suffix and lies in the same folder, which is created. The
    writer must have closed it when the block ends. On any error it is removed and `path` is as
    it was.

    Raises:
        StorageError: the file could not be written; says why.
    """
    path = Path(path)
    temp = path.with_name(f"{TEMP_PREFIX}{os.getpid()}-{secrets.token_hex(6)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temp
        _sync_and_replace(temp, path)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            temp.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Write a whole file, durably.

    Raises:
        StorageError: full disk, no permission, no such folder; the old file is as it was.
    """
    view = memoryview(data).cast("B") if len(data) else memoryview(b"")
    with atomic_path(path) as temp:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(temp, flags, 0o666)
        try:
            for start in range(0, len(view), _CHUNK):
                piece = view[start : start + _CHUNK]
                while piece:
                    piece = piece[os.write(handle, piece) :]
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, durably. Raises StorageError.

    A file name whose bytes are no UTF-8 reaches us with lone surrogates; they become "?".
    """
    write_bytes(path, text.encode("utf-8", "replace"))


def write_json(path: Path, obj: Any) -> None:
    """Write JSON, durably. Not-a-number becomes null: other readers refuse it.

    Raises:
        StorageError: as `write_bytes`.
        TypeError: `obj` holds something that JSON cannot say.
    """
    text = json.dumps(_finite(obj), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(path, text + "\n")


def remove_stale_temps(folder: Path, older_than_s: float = 3600.0) -> int:
    """Remove temporary files that a crashed process left behind; returns how many."""
    removed = 0
    limit = time.time() - older_than_s
    with contextlib.suppress(OSError):
        for entry in folder.glob(f"{TEMP_PREFIX}*"):
            with contextlib.suppress(OSError):
                if entry.is_file() and entry.stat().st_mtime < limit:
                    entry.unlink()
                    removed += 1
    return removed


def keep_damaged_copy(path: Path) -> None:
    """Copy what could not be read beside itself, before it is written anew. Never fails.

    It may be a person's only copy. The copy is called `NAME.damaged-TIME.SUFFIX`.
    """
    target = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
    with contextlib.suppress(OSError):
        if not target.exists():
            shutil.copyfile(path, target)


def _sync_and_replace(temp: Path, path: Path) -> None:
    """Flush `temp` to the disk and rename it."""
    # Windows syncs only handles that may write.
    handle = os.open(temp, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    patiently(lambda: os.replace(temp, path))
    fsync_dir(path.parent)


def _finite(obj: Any) -> Any:
    """The same tree with NaN and infinities replaced by None."""
    if isinstance(obj, float):
        return obj if obj == obj and abs(obj) != float("inf") else None
    if isinstance(obj, dict):
        return {key: _finite(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_finite(value) for value in obj]
    return obj
