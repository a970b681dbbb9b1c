"""Single data sets in HDF5: compressed in blocks, checked when read, maps packed into integers."""

import json
from typing import Any

import h5py
import numpy as np

from plantseg_gui.storage.image_open import max_pixels
from plantseg_gui.storage.pixels import AnyArray

_CHUNK_SIDE = 512
_U16_MAX = 65535


class BadField(Exception):
    """A data set that is not what this program writes."""


def put(group: h5py.Group, name: str, array: AnyArray) -> h5py.Dataset:
    """Write an array, compressed by blocks of at most 512 × 512.

    gzip 1: masks are mostly one value, higher levels only take longer; any HDF5 program reads it.
    """
    if array.size == 0:
        return group.create_dataset(name, data=array)
    # Whole rows or columns of small arrays, blocks of large ones; leading axes one at a time.
    lead = (1,) * max(0, array.ndim - 2)
    chunks = lead + tuple(min(_CHUNK_SIDE, n) for n in array.shape[-2:])
    return group.create_dataset(
        name,
        data=array,
        chunks=chunks,
        compression="gzip",
        compression_opts=1,
        shuffle=array.dtype.itemsize > 1,
    )


def take(group: h5py.Group, name: str, dtype: type, ndim: int) -> Any:
    """Read an array of a known kind.

    Returns:
        The array, or None when there is none of that name.

    Raises:
        BadField: another type or number of axes, too large, or stored in other files.
    """
    if name not in group:
        return None
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise BadField(f"{name} points elsewhere")
    data = group[name]
    if not isinstance(data, h5py.Dataset) or data.dtype != np.dtype(dtype) or data.ndim != ndim:
        raise BadField(f"{name} is not what it should be")
    if data.is_virtual or data.external:
        raise BadField(f"{name} points elsewhere")
    if data.size > 8 * max_pixels():
        raise BadField(f"{name} is too large")
    return data[...]


def put_json(group: h5py.Group, name: str, value: Any) -> None:
    """Write a JSON value as bytes (attributes hold 64 KB at most)."""
    put(group, name, np.frombuffer(json.dumps(value).encode(), np.uint8))


def take_json(group: h5py.Group, name: str) -> Any:
    """Read a JSON value; None when there is none. Raises BadField."""
    raw = take(group, name, np.uint8, 1)
    if raw is None:
        return None
    try:
        return json.loads(raw.tobytes().decode())
    except (ValueError, RecursionError) as error:
        raise BadField(f"{name} is not readable") from error


def put_unit(
    group: h5py.Group, name: str, values: AnyArray, *, keep_positive: bool = False
) -> None:
    """Write values in [0, 1] with 8 bits: round(255·v), error at most 1/510.

    Args:
        group: Where.
        name: Of the data set.
        values: To store.
        keep_positive: What is above 0 stays above 0 (error up to 1/255): in a probability, 0 says
            that no tile was processed there.
    """
    clipped = np.clip(np.nan_to_num(values.astype(np.float32)), 0.0, 1.0)
    packed = np.rint(clipped * 255.0).astype(np.uint8)
    if keep_positive:
        packed[(clipped > 0) & (packed == 0)] = 1
    put(group, name, packed)


def take_unit(group: h5py.Group, name: str, ndim: int, dtype: type) -> Any:
    """Read what `put_unit` wrote, as floats of `dtype`; None when there is none."""
    raw = take(group, name, np.uint8, ndim)
    return None if raw is None else (raw.astype(np.float32) / 255.0).astype(dtype)


def put_ranged(group: h5py.Group, name: str, values: AnyArray) -> None:
    """Write floats with 16 bits between their minimum and maximum, which are kept beside.

    Infinities become the largest or smallest finite value, not-a-number the smallest.
    """
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    finite = np.clip(np.nan_to_num(values.astype(np.float64), nan=low), low, high)
    span = high - low
    packed = np.rint((finite - low) * (_U16_MAX / span)) if span > 0 else np.zeros(finite.shape)
    data = put(group, name, packed.astype(np.uint16))
    data.attrs["low"], data.attrs["high"] = low, high


def take_ranged(group: h5py.Group, name: str) -> Any:
    """Read what `put_ranged` wrote as float32 [h, w]; None when there is none."""
    raw = take(group, name, np.uint16, 2)
    if raw is None:
        return None
    low, high = float(group[name].attrs["low"]), float(group[name].attrs["high"])
    return (low + raw.astype(np.float64) * ((high - low) / _U16_MAX)).astype(np.float32)
