"""A short number that says what a photo looks like, and how alike two photos are.

The signs of the 16 × 16 lowest frequencies of a small grey picture (DCT), 255 of them: scaling,
recompression, brightness and contrast change a few. Turning and mirroring permute them and flip
known ones, so the number of a turned photo follows from that of the photo: nothing is decoded
twice. The first 64 signs (8 × 8) sort out at once what is not alike.

Source: perceptual hash by DCT, as in pHash (Zauner 2010), with signs instead of a median, which
makes the turned ones exact.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import RgbArray

HASH_BYTES = 32
ORIENTATIONS = 8
_SIDE_PX = 64
_SIGNS = 16
# Below this standard deviation of the small picture nothing can be recognised.
_FLAT_BELOW = 2.0

Hashes = npt.NDArray[np.uint64]


def photo_hash(rgb: RgbArray) -> bytes | None:
    """The number of a photo; a thumbnail of 128 px gives it as well as the photo itself.

    Args:
        rgb: [h, w, 3] uint8, at least 1 × 1.

    Returns:
        32 bytes; None for a picture without anything on it, which would be like every other.
    """
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    values = small.astype(np.float32)
    if float(values.std()) < _FLAT_BELOW:
        return None
    low = cv2.dct(values)[:_SIGNS, :_SIGNS] > 0
    low[0, 0] = False  # the brightness
    return np.packbits(low.ravel()[_order()]).tobytes()


def words(hashes: list[bytes]) -> Hashes:
    """[n, 4] uint64 of n numbers, for comparing many."""
    joined = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)
    return joined.view(np.uint64)


def turned(hashes: Hashes) -> Hashes:
    """The numbers that photos would have if they were turned or mirrored.

    Args:
        hashes: [n, 4] uint64.

    Returns:
        [n, 8, 4] uint64; the first of the 8 is the photo as it is.
    """
    places, flips = _turns()
    bits = np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8), axis=1)
    moved = bits[:, places] ^ flips
    packed = np.packbits(moved, axis=2)
    return np.ascontiguousarray(packed).view(np.uint64)


def distance(one: Hashes, other: Hashes) -> npt.NDArray[np.int64]:
    """Differing signs of [..., 4] uint64 each; the last axis is summed over."""
    return bit_count(one ^ other).sum(axis=-1, dtype=np.int64)


def bit_count(values: Hashes) -> npt.NDArray[np.uint8]:
    """Bits that are set in each word."""
    if hasattr(np, "bitwise_count"):  # numpy 2
        return np.bitwise_count(values)
    table = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1)
    parts = np.ascontiguousarray(values).view(np.uint8).reshape(*values.shape, 8)
    return table.astype(np.uint8)[parts].sum(axis=-1, dtype=np.uint8)


@lru_cache(maxsize=1)
def _order() -> npt.NDArray[np.intp]:
    """Frequencies (row-major in 16 × 16) in the order in which they are stored: 8 × 8 first."""
    place = np.arange(_SIGNS * _SIGNS).reshape(_SIGNS, _SIGNS)
    inner = np.zeros((_SIGNS, _SIGNS), bool)
    inner[:8, :8] = True
    return np.concatenate([place[inner], place[~inner]])


@lru_cache(maxsize=1)
def _turns() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
    """For each of the 8 turns: which sign comes to each place, [8, 256], and which flip.

    Mirroring left to right flips the odd columns, top to bottom the odd rows; swapping the axes
    swaps rows and columns.
    """
    order = _order()
    stored = np.empty_like(order)
    stored[order] = np.arange(order.size)
    row, column = np.divmod(order, _SIGNS)
    places, flips = [], []
    for turn in range(ORIENTATIONS):
        swap, down, across = turn >> 2 & 1, turn >> 1 & 1, turn & 1
        places.append(stored[column * _SIGNS + row] if swap else stored[order])
        flip = (row % 2 * down + column % 2 * across) % 2
        flip[0] = 0
        flips.append(flip)
    return np.array(places), np.array(flips, np.uint8)
