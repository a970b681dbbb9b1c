"""Rectangles of labels, or of the map of touched pixels, before and after; raw or compressed."""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, LabelArray

_ZLIB_LEVEL = 1


class Patch(NamedTuple):
    """One changed rectangle of labels; before and after are [h, w] uint16."""

    rect: Rect
    before: LabelArray
    after: LabelArray

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return int(self.before.nbytes + self.after.nbytes)


class TouchPatch(NamedTuple):
    """One changed rectangle of the map of touched pixels; before and after are [h, w] bool."""

    rect: Rect
    before: BoolArray
    after: BoolArray

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return int(self.before.nbytes + self.after.nbytes)


class Packed(NamedTuple):
    """A compressed patch of either kind."""

    rect: Rect
    touch: bool
    data: bytes

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return len(self.data)


AnyPatch = Patch | TouchPatch
Stored = AnyPatch | Packed


def pack(patch: AnyPatch) -> Packed:
    """Compress a patch: about a millisecond for 256²."""
    arrays: Sequence[npt.NDArray[Any]] = (patch.before, patch.after)
    touch = isinstance(patch, TouchPatch)
    if touch:
        arrays = [np.packbits(a) for a in arrays]
    else:
        arrays = [a.astype("<u2", copy=False) for a in arrays]
    data = zlib.compress(b"".join(a.tobytes() for a in arrays), _ZLIB_LEVEL)
    return Packed(patch.rect, touch, data)


def unpack(patch: Stored) -> AnyPatch:
    """The patch itself; a compressed one is read.

    Raises:
        ValueError: it is damaged.
    """
    if not isinstance(patch, Packed):
        return patch
    shape, pixels = (patch.rect.height, patch.rect.width), patch.rect.area
    expected = 2 * ((pixels + 7) // 8) if patch.touch else 4 * pixels
    # Bounded: damaged or hostile bytes must not unpack to gigabytes. One byte more than needed, so
    # that the end of the stream, and with it its checksum, is read.
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(patch.data, expected + 1)
    except (zlib.error, OverflowError) as error:
        raise ValueError(f"a patch is damaged: {error}") from error
    if len(raw) != expected or not unpacker.eof:
        raise ValueError(f"a patch does not hold the {expected} bytes that {patch.rect} needs")
    if patch.touch:
        bits = np.frombuffer(raw, dtype=np.uint8).reshape(2, -1)
        both = np.unpackbits(bits, axis=1, count=pixels).astype(bool).reshape(2, *shape)
        return TouchPatch(patch.rect, both[0], both[1])
    words = np.frombuffer(raw, dtype="<u2").astype(np.uint16, copy=False).reshape(2, *shape)
    return Patch(patch.rect, words[0], words[1])
