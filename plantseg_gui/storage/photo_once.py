"""A photo read once: its pixels, its hash and its facts come from the same bytes.

Reading the file a second time for the hash would tie a mask to another content than the one on
screen, when a program or a synchronised folder replaces the file in between.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.photo_hash import photo_hash
from plantseg_gui.core.results import RgbArray
from plantseg_gui.storage.image_open import open_file, too_little_memory
from plantseg_gui.storage.images import read_photo, thumbnail
from plantseg_gui.storage.photo_damage import damage_note
from plantseg_gui.storage.photo_facts import PhotoFacts, read_photo_facts

# What is larger (a TIFF of many pages) is not taken into memory but read twice through one open
# file, and refused if it changed in between.
MAX_IN_MEMORY = 256 << 20
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Photo:
    """A photo as it was at one moment.

    Attributes:
        pixels: [H, W, 3] uint8 sRGB, turned as the photographer saw it.
        sha256: Of the file's content, hex.
        facts: What the file says about itself.
        notes: Plain sentences for the person: those of `facts`, and damage inside the file.
    """

    pixels: RgbArray
    sha256: str
    facts: PhotoFacts
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SmallPhoto:
    """What the photo list needs of a photo.

    Attributes:
        pixels: [h, w, 3] uint8, as `images.thumbnail`.
        sha256: Of the file's content, hex.
        look: As `photo_hash.photo_hash`.
        size: Bytes of the file.
        mtime_ns: Time of the file's last change.
    """

    pixels: RgbArray
    sha256: str
    look: bytes | None
    size: int
    mtime_ns: int


def read_photo_once(path: Path) -> Photo:
    """Decode a photo, hash it and read its facts, all from the same bytes.

    Raises:
        InputError: as `images.read_photo`; or the file changed while it was read.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    with open_file(path) as file:
        # Before the bytes are taken: a picture that is too large is refused by its head.
        read_photo_facts(path, file)
        with _content(path, file) as (source, digest):
            facts = read_photo_facts(path, source)
            pixels = read_photo(path, source)
            damage = _damage(source)
    return Photo(pixels, digest, facts, (*facts.notes, damage) if damage else facts.notes)


def read_facts_and_notes(path: Path) -> tuple[PhotoFacts, tuple[str, ...]]:
    """What `read_photo_once` says about a photo, without decoding it.

    Raises:
        InputError: as `read_photo_once`.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    with open_file(path) as file:
        facts = read_photo_facts(path, file)
        if facts.format != "JPEG":
            return facts, facts.notes
        with _content(path, file) as (source, _):
            damage = _damage(source)
    return facts, (*facts.notes, damage) if damage else facts.notes


def read_small_once(path: Path, size: int) -> SmallPhoto:
    """Thumbnail, hash and looks of a photo from the same bytes.

    Args:
        path: Photo.
        size: Longest side of the thumbnail, px; 64 or more for `look`.

    Raises:
        InputError: as `read_photo_once`.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    with open_file(path) as file:
        read_photo_facts(path, file)
        stamp = os.fstat(file.fileno())
        with _content(path, file) as (source, digest):
            pixels = thumbnail(path, size, source)
    return SmallPhoto(pixels, digest, photo_hash(pixels), stamp.st_size, stamp.st_mtime_ns)


@contextlib.contextmanager
def _content(path: Path, file: BinaryIO) -> Iterator[tuple[BinaryIO, str]]:
    """The file's content to decode from, and its SHA-256 as hex.

    Raises:
        InputError: it cannot be read, or changed meanwhile.
    """
    before = os.fstat(file.fileno())
    try:
        source, digest = _take(path, file, before.st_size)
    except MemoryError as error:
        raise too_little_memory(path) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.",
            "Check the file's permissions and its drive.",
        ) from error
    yield source, digest
    if source is not file:
        return
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _changed(path)


def _take(path: Path, file: BinaryIO, size: int) -> tuple[BinaryIO, str]:
    """The content in memory, or the file itself when it is too large for that; and its hash."""
    file.seek(0)
    if size <= MAX_IN_MEMORY:
        data = file.read(MAX_IN_MEMORY + 1)
        if len(data) > MAX_IN_MEMORY:
            raise _changed(path)
        return io.BytesIO(data), hashlib.sha256(data).hexdigest()
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return file, digest.hexdigest()


def _changed(path: Path) -> InputError:
    return InputError(f"{path} was changed while it was being read.", "Open it again.")


def _damage(source: BinaryIO) -> str:
    """See `photo_damage`; a file that is not in memory is no JPEG."""
    return damage_note(source.getvalue()) if isinstance(source, io.BytesIO) else ""
