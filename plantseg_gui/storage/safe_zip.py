"""Zip files from elsewhere: what is in one is checked before a byte of it is written.

A zip may name places outside its folder, hold links, or unpack to more than any disk has. Whoever
unpacks one asks here for its entries (`checked_entries`) and takes them out with `extract`.
"""

import hashlib
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.image_open import open_file

MAX_RATIO = 200
_MAX_DIRECTORY_BYTES = 64 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What an archive may hold.

    Attributes:
        entries: Files.
        total_bytes: Unpacked, all together.
        ratio: Unpacked size / size of the archive.
    """

    entries: int
    total_bytes: int
    ratio: int = MAX_RATIO


def damaged(archive: Path, reason: str) -> InputError:
    """The words for a zip that cannot be read."""
    return InputError(
        f"{archive} cannot be unpacked: {reason}.", "Copy it again, or export it again."
    )


def unsafe(archive: Path, reason: str) -> InputError:
    """The words for a zip that nobody should unpack."""
    return InputError(
        f"{archive} was not unpacked, because it is not safe: {reason}.",
        "Ask whoever made it for a file that this program exported.",
    )


@contextmanager
def open_zip(archive: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip from elsewhere; whatever is wrong with it becomes an `InputError`.

    Raises:
        InputError: it cannot be opened, is damaged, or has a table of contents that would fill
            the memory.
    """
    with open_file(archive) as handle:
        try:
            # zipfile's own function: it knows which of the two ends of a zip its reader believes.
            end = zipfile._EndRecData(handle)  # type: ignore[attr-defined]
            if end is None:
                raise damaged(archive, "it is no zip file")
            if end[5] > _MAX_DIRECTORY_BYTES:
                raise unsafe(archive, "it has too many entries")
            with zipfile.ZipFile(handle) as source:
                yield source
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
            raise damaged(archive, str(error)[:100]) from error
        except RuntimeError as error:  # what zipfile says of a password
            raise damaged(archive, str(error)[:100]) from error


def checked_entries(
    archive: Path, source: zipfile.ZipFile, limits: Limits
) -> list[zipfile.ZipInfo]:
    """The files in a zip; each has a name that stays in its folder, and no two the same.

    Raises:
        InputError: an unsafe name, a link, a password, a name twice, or more than the limits allow.
    """
    infos = source.infolist()
    if len(infos) > limits.entries:
        raise unsafe(archive, f"it has {len(infos)} entries, the limit is {limits.entries}")
    seen: set[str] = set()
    files, total = [], 0
    for info in infos:
        _check_entry(archive, info)
        if info.is_dir():
            continue
        key = unicodedata.normalize("NFC", info.filename).casefold()
        if key in seen:
            raise unsafe(archive, f"{info.filename[:100]!r} is in it twice")
        seen.add(key)
        total += info.file_size
        files.append(info)
    if total > limits.total_bytes:
        raise unsafe(archive, f"unpacked it would take {total / 1e9:.1f} GB")
    size = archive.stat().st_size
    if total > limits.ratio * size:
        raise unsafe(archive, f"unpacked it would be {total // max(1, size)} times as large")
    return files


def extract(archive: Path, source: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path) -> str:
    """Write one entry to a new file, durably; it may not be longer than it says.

    Returns:
        SHA-256 of its content, as hex.

    Raises:
        InputError: longer or shorter than it says.
        OSError: it cannot be written.
    """
    left = info.file_size
    digest = hashlib.sha256()
    with place.open("xb") as out:
        for block in _blocks(archive, source, info):
            left -= len(block)
            if left < 0:
                raise unsafe(archive, f"{info.filename[:100]!r} is larger than it says")
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if left:
        raise damaged(archive, f"{info.filename[:100]!r} is cut off")
    return digest.hexdigest()


def read_small(
    archive: Path, source: zipfile.ZipFile, info: zipfile.ZipInfo, max_bytes: int
) -> bytes:
    """One entry in memory.

    Raises:
        InputError: it is larger than `max_bytes`.
    """
    data = bytearray()
    for block in _blocks(archive, source, info):
        data += block
        if len(data) > max_bytes:
            raise unsafe(archive, f"{info.filename[:100]!r} is too large")
    return bytes(data)


def _blocks(archive: Path, source: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of an entry; a place outside the file is damage, not a fault of the disk."""
    try:
        with source.open(info) as content:
            while block := content.read(_BLOCK):
                yield block
    except OSError as error:
        raise damaged(archive, f"{info.filename[:100]!r} cannot be read") from error


def _check_entry(archive: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    mode = info.external_attr >> 16
    parts = name.rstrip("/").split("/")
    if (
        not name
        or name.startswith("/")
        or any(part in ("", ".", "..") or part != part.rstrip(" .") for part in parts)
        or any(character in name for character in '\\:\0<>"|?*')
        or any(ord(character) < 32 for character in name)
        or len(name) > 1000
    ):
        raise unsafe(archive, f"the name {name[:100]!r} may lead out of the folder")
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise unsafe(archive, f"{name[:100]!r} is a link or a device")
    if info.flag_bits & 1:
        raise damaged(archive, "it has a password")
