"""The exchange file: one HDF5 file with a group per photo, for scripts and other machines.

`/photos/000001` has the attributes `name`, `width`, `height` and the data set `labels` (uint16, 0
healthy, n lesion n, 65535 unsure). A user block of 512 bytes before it, which any HDF5 program
skips, holds the length and the SHA-256 of the rest: HDF5 itself can crash on damaged files, so only
files whose sum is right are handed to it.
"""

import contextlib
import hashlib
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import h5py
import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import atomic_path
from plantseg_gui.storage.formats.annotation import (
    PROGRAM,
    Annotation,
    Entry,
    Failure,
    Found,
    ReadOptions,
    WriteOptions,
    Written,
)
from plantseg_gui.storage.formats.canvas import check_same_size
from plantseg_gui.storage.formats.files import broken, photo_name, whole
from plantseg_gui.storage.hdf_fields import BadField, put, take
from plantseg_gui.storage.image_open import check_size, open_file

FILE_NAME = "annotations.h5"
FORMAT = 1
MAGIC = b"PlantSeg exchg.\n"
_BLOCK = 512
_HEADER = struct.Struct("<16sIQ32s")
_MAX_PHOTOS = 200_000
_FAULTS = (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photos of an exchange file.

    Args:
        path: The file.
        beside: Not used: the file names photos by itself.
        options: Not used: it has no classes.

    Raises:
        InputError: damaged, or no exchange file of this program.
    """
    del beside, options
    _verify(path)
    with _opened(path) as file:
        photos = file.get("photos")
        if not isinstance(photos, h5py.Group):
            raise broken(path, "it has no photos")
        keys = sorted(photos)[:_MAX_PHOTOS]
    for key in keys:
        yield _entry(path, key)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write `annotations.h5`; everything is kept.

    Raises:
        StorageError: it could not be written.
    """
    del options
    target = folder / FILE_NAME
    with atomic_path(target) as temp:
        with h5py.File(temp, "w", userblock_size=_BLOCK) as file:
            file.attrs["format"] = FORMAT
            file.attrs["about"] = f"{PROGRAM}: labels of photos"
            photos = file.create_group("photos")
            for number, item in enumerate(items, start=1):
                group = photos.create_group(f"{number:06d}")
                group.attrs["name"] = item.name
                group.attrs["width"], group.attrs["height"] = item.width, item.height
                put(group, "labels", item.labels)
        with temp.open("r+b") as handle:
            handle.seek(_BLOCK)
            length, digest = _sum(iter(lambda: handle.read(1 << 20), b""))
            handle.seek(0)
            handle.write(_HEADER.pack(MAGIC, FORMAT, length, digest))
    return Written((target,))


def _sum(blocks: Iterator[bytes]) -> tuple[int, bytes]:
    digest, length = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        length += len(block)
    return length, digest.digest()


def _verify(path: Path) -> None:
    """Refuse a file that is not as this program wrote it. Raises InputError."""
    with open_file(path) as handle:
        head = handle.read(_BLOCK)
        if not head.startswith(MAGIC) or len(head) < _BLOCK:
            raise InputError(
                f"{path} is no exchange file of this program.",
                "Other HDF5 files: export their masks as 16-bit PNG and import these.",
            )
        _, version, length, digest = _HEADER.unpack_from(head)
        if version > FORMAT:
            raise InputError(
                f"{path} was written by a newer version of this program.", "Update the program."
            )
        if _sum(iter(lambda: handle.read(1 << 20), b"")) != (length, digest):
            raise broken(path, "it is damaged or cut off")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """Open it for reading; faults of HDF5 become InputError."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except (*_FAULTS, BadField) as error:
        raise broken(path, f"HDF5 says: {str(error)[:100]}") from error


def _entry(path: Path, key: str) -> Entry | Failure:
    """One photo: its facts now, its labels when asked for."""
    name = ""
    try:
        with _opened(path) as file:
            group = file["photos"][key]
            name = photo_name(str(group.attrs["name"]))
            width = whole(int(group.attrs["width"]), 1)
            height = whole(int(group.attrs["height"]), 1)
        if not name or width is None or height is None:
            raise broken(path, f"the entry {key} lacks a name or a size")
    except InputError as error:
        return Failure(path, name, error)

    def decode(photo_width: int, photo_height: int) -> Annotation:
        check_same_size(path, name, (width, height), (photo_width, photo_height))
        check_size(path, width, height)
        with _opened(path) as file:
            group = file["photos"][key]
            data = group.get("labels")
            if not isinstance(data, h5py.Dataset) or data.shape != (height, width):
                raise broken(path, f"the labels of {name} have another size than the entry says")
            labels = take(group, "labels", np.uint16, 2)
        return Annotation(name, np.ascontiguousarray(labels))

    return Entry(path, name, width, height, decode)
