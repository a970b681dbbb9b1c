"""The photos of a folder on disk, and what identifies a photo: the hash of its content."""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plantseg_gui.storage.images import is_photo_name

PROJECT_FOLDER = "plantseg_project"
MAX_PHOTOS = 50_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class FileFact:
    """A photo file as the folder lists it; nothing of its content has been read.

    Attributes:
        path: Absolute.
        key: Relative to the folder with "/", or the absolute path outside it.
        size: Bytes.
        mtime_ns: Time of the last change.
    """

    path: Path
    key: str
    size: int
    mtime_ns: int


def list_photos(folder: Path, root: Path | None = None) -> list[FileFact]:
    """All photos in a folder and its sub-folders, at most MAX_PHOTOS.

    Hidden files and folders, linked folders (they may run in circles), projects and what cannot
    be looked at are left out.

    Args:
        folder: Where to look.
        root: The project's folder, to which the keys are relative; `folder` when None.
    """
    found: list[FileFact] = []
    for fact in _walk(folder, root or folder):
        found.append(fact)
        if len(found) >= MAX_PHOTOS:
            break
    return found


def fact_of(path: Path, folder: Path) -> FileFact | None:
    """The facts of one file; None when it is no regular file or not called like a photo."""
    # The folder's real place, but the file's own name: a linked photo belongs where the link is.
    path = Path(os.path.realpath(path.parent)) / path.name
    if not is_photo_name(path):
        return None
    with contextlib.suppress(OSError, ValueError):
        stat = path.stat()
        if path.is_file():
            return FileFact(path, key_of(path, folder), stat.st_size, stat.st_mtime_ns)
    return None


def key_of(path: Path, folder: Path) -> str:
    """How the project names a file: relative inside its folder, absolute outside."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return str(path)


def path_of(key: str, folder: Path) -> Path:
    """The file that a key names."""
    return folder / key  # an absolute key replaces the folder


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content as hex; "" when it cannot be read. About 1 s per GB."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as handle:
            while block := handle.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "leaf 2" before "leaf 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(1, int(p), "") if p.isdecimal() and len(p) < 18 else (2, 0, p) for p in parts if p]


def _walk(folder: Path, root: Path) -> Iterator[FileFact]:
    """Depth first: the files of a folder, then its sub-folders, each in the order of names."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda e: e.name)
    except OSError:
        return
    for entry in entries:
        with contextlib.suppress(OSError):
            if is_photo_name(entry.name) and entry.is_file():
                stat = entry.stat()
                path = Path(entry.path)
                yield FileFact(path, key_of(path, root), stat.st_size, stat.st_mtime_ns)
    for entry in entries:
        inside = entry.name not in (PROJECT_FOLDER,) and not entry.name.startswith(".")
        with contextlib.suppress(OSError):
            if inside and entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), root)
