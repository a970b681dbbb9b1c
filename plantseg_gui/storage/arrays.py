"""One HDF5 file per photo: labels, what a person touched, and the model's prediction.

The file is built in memory and written whole (new file, fsync, replace): HDF5 changed in place
does not survive kill -9 (design/facts.md 5a), and a full disk inside the HDF5 library cannot be
handled. It begins with a user block of 512 bytes (any HDF5 program skips it) that holds the
length and the SHA-256 of the rest, so that a cut or bit-flipped file is recognised before the
HDF5 library, which may crash on such files, sees it.

To add an array: write and read it in `predictions_hdf.py`, leave old files readable (a missing
data set is None or zeros), and add it to the round-trip test.
"""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.results import BoolArray, LabelArray, Prediction
from plantseg_gui.storage.atomic import storage_error, write_bytes
from plantseg_gui.storage.hdf_fields import BadField, put, take, take_json
from plantseg_gui.storage.predictions_hdf import read_prediction, write_prediction

FORMAT = 1
_MAGIC = b"PlantSeg arrays\n"
_BLOCK = 512
_HEADER = struct.Struct("<16sIQ32s")
# What h5py raises on a file whose checksum is right but whose content is not ours.
_FAULTS = (OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


class DamagedArrays(StorageError):
    """An array file that was cut off, changed by a faulty disk, or is none."""


@dataclass(frozen=True)
class PhotoArrays:
    """What is stored of one photo.

    Attributes:
        labels: [H, W] uint16, 0 healthy, n lesion n, 65535 unsure; None when nothing was saved.
        touched: [H, W] bool, pixels that a person touched; None when nothing was saved.
        prediction: The last run of a model; None without one.
        record: Facts about the photo (name, hash, status, numbers) from which a lost database is
            rebuilt; written by the project.
    """

    labels: LabelArray | None = None
    touched: BoolArray | None = None
    prediction: Prediction | None = None
    record: dict[str, Any] = field(default_factory=dict)


def save_arrays(path: Path, arrays: PhotoArrays) -> None:
    """Write a photo's arrays, durably, in place of the old file.

    Maps are stored at 8 bits (probability, attention, affinity) or 16 bits with their range
    (variance, energy); labels, touched pixels, leaf and boxes exactly.

    Raises:
        StorageError: full disk, read-only folder …; the old file is as it was.
        ValueError: arrays of shapes that do not belong together.
    """
    write_bytes(path, encode(arrays))


def load_arrays(path: Path) -> PhotoArrays:
    """Read a photo's arrays.

    Raises:
        StorageError: missing, damaged, or written by a newer version of the program.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise storage_error(error, Path(path), "read") from error
    return decode(data, path)


def prediction_bytes(path: Path) -> int:
    """How much of an array file the model's prediction takes; 0 when it cannot be told."""
    try:
        image = _verified(Path(path).read_bytes(), path)
        with h5py.File(h5py.h5f.open_file_image(image)) as file:
            sizes: list[int] = []
            group = file.get("prediction")
            if isinstance(group, h5py.Group):
                group.visititems(
                    lambda _, item: (
                        sizes.append(item.id.get_storage_size())
                        if isinstance(item, h5py.Dataset)
                        else None
                    )
                )
            return sum(sizes)
    except (StorageError, *_FAULTS):
        return 0


def encode(arrays: PhotoArrays) -> bytes:
    """The content of an array file. Raises ValueError on shapes that do not belong together."""
    _check_shapes(arrays)
    with h5py.File("in-memory", "w", driver="core", backing_store=False) as file:
        file.attrs["format"] = FORMAT
        file.attrs["about"] = "PlantSeg-Next Studio: arrays of one photo"
        put(file, "record", np.frombuffer(json.dumps(arrays.record).encode(), np.uint8))
        if arrays.labels is not None:
            put(file, "labels", arrays.labels)
        if arrays.touched is not None:
            put(file, "touched", arrays.touched.astype(np.uint8))
        if arrays.prediction is not None:
            write_prediction(file.create_group("prediction"), arrays.prediction)
        file.flush()
        image: bytes = file.id.get_file_image()
    digest = hashlib.sha256(image).digest()
    block = _HEADER.pack(_MAGIC, FORMAT, len(image), digest).ljust(_BLOCK, b"\0")
    return block + image


def decode(data: bytes, path: Path) -> PhotoArrays:
    """The arrays in an array file's content.

    Args:
        data: The whole file.
        path: Named in messages.

    Raises:
        StorageError: damaged, or of a newer format.
    """
    image = _verified(data, path)
    try:
        with h5py.File(h5py.h5f.open_file_image(image)) as file:
            labels = take(file, "labels", np.uint16, 2)
            touched = take(file, "touched", np.uint8, 2)
            record = take_json(file, "record")
            group = file.get("prediction")
            prediction = read_prediction(group) if isinstance(group, h5py.Group) else None
        arrays = PhotoArrays(
            labels, None if touched is None else touched.astype(np.bool_), prediction, record or {}
        )
        _check_shapes(arrays)
    except BadField as error:
        raise _damaged(path, str(error)) from error
    except _FAULTS as error:
        raise _damaged(path, "its content does not fit together") from error
    return arrays


def _verified(data: bytes, path: Path) -> bytes:
    """The HDF5 part, once length and checksum are right."""
    if len(data) < _BLOCK or not data.startswith(_MAGIC):
        raise _damaged(path, "it does not begin like an array file")
    _, version, length, digest = _HEADER.unpack_from(data)
    if version > FORMAT:
        raise StorageError(
            f"{path} was written by a newer version of this program (array format {version}, "
            f"this one reads {FORMAT}).",
            "Update the program to open it.",
        )
    image = data[_BLOCK:]
    if len(image) != length:
        raise _damaged(path, f"{len(image)} of {length} bytes are there")
    if hashlib.sha256(image).digest() != digest:
        raise _damaged(path, "its checksum is wrong")
    return image


def _damaged(path: Path, reason: str) -> DamagedArrays:
    """The words for an array file that cannot be used."""
    return DamagedArrays(
        f"The saved masks in {path} are damaged: {reason}.",
        "Put the file back from a backup; the photo itself is not affected.",
    )


def _check_shapes(arrays: PhotoArrays) -> None:
    """Raise ValueError unless all arrays are of one photo."""
    shapes = {a.shape for a in (arrays.labels, arrays.touched) if a is not None}
    prediction = arrays.prediction
    if prediction is not None:
        shapes |= {(prediction.height, prediction.width), prediction.labels.shape}
        if prediction.leaf.mask is not None:
            shapes.add(prediction.leaf.mask.shape)
    if len(shapes) > 1 or any(len(shape) != 2 for shape in shapes):
        raise ValueError(f"arrays of different photos: {sorted(map(str, shapes))}")
