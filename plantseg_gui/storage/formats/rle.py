"""COCO run lengths: column by column, starting with healthy.

Written by pycocotools. Read here, because pycocotools believes what a file says: counts that do not
add up to the picture make it return memory that is not its own.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from plantseg_gui.storage.formats.raster import Budget, Patch

_MOST_DIGITS = 8  # of 5 bits; 2 suffice for pictures of 500 px, 6 for 500 megapixels


class BadRuns(ValueError):
    """Run lengths that describe no picture of this size."""


def encode(patch: Patch, width: int, height: int) -> dict[str, Any]:
    """An object as {"size": [height, width], "counts": text}, ready for JSON.

    Args:
        patch: Its pixels; only these are looked at, so that a thousand lesions of a large photo
            take no longer than one large one.
        width: Of the photo, px.
        height: Of the photo, px.
    """
    from pycocotools import mask as coco_mask

    columns = np.pad(patch.mask.T.astype(np.int8), ((0, 0), (1, 1)))
    x, y = np.nonzero(np.diff(columns, axis=1))
    turns = (x + patch.x) * height + y + patch.y
    # A run that ends where the next column's begins is one run.
    meeting = np.flatnonzero(turns[1:] == turns[:-1])
    turns = np.delete(turns, np.concatenate([meeting, meeting + 1]))
    counts = np.diff(turns, prepend=0, append=width * height)
    if counts[-1] == 0:
        counts = counts[:-1]
    runs = coco_mask.frPyObjects(
        {"size": [height, width], "counts": counts.tolist()}, height, width
    )
    return {"size": [height, width], "counts": runs["counts"].decode("ascii")}


def decode(counts: object, width: int, height: int, budget: Budget) -> Patch | None:
    """The pixels that run lengths describe.

    Args:
        counts: Numbers, or pycocotools' compressed text.
        width: Of the photo, px.
        height: Of the photo, px.
        budget: Is used up by what this costs.

    Returns:
        The pixels; None when there are none.

    Raises:
        BadRuns: no run lengths, or they do not add up to width · height.
        raster.TooMuch: the budget does not suffice.
    """
    runs = _inflate(counts) if isinstance(counts, str | bytes) else _plain(counts)
    if bool((runs < 0).any()) or bool((runs > width * height).any()):
        raise BadRuns("a run is negative or longer than the photo")
    ends = np.cumsum(runs)
    if not len(ends) or int(ends[-1]) != width * height:
        raise BadRuns("the runs do not add up to the photo's size")
    first, last = ends[0::2][: len(runs) // 2], ends[1::2]
    used = last > first
    first, last = first[used], last[used]
    if not len(first):
        return None
    left, right = int(first[0]) // height, (int(last[-1]) - 1) // height + 1
    budget.take(pixels=(right - left) * height, crossings=len(first))
    change = np.zeros((right - left) * height + 1, np.int8)
    change[first - left * height] = 1
    # A run may begin where another ends: pieces of length 0 lie between them.
    np.add.at(change, last - left * height, np.int8(-1))
    columns = np.cumsum(change[:-1], dtype=np.int8, out=change[:-1]).view(np.bool_)
    mask = columns.reshape(right - left, height).T
    rows = np.flatnonzero(mask.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return Patch(left, top, mask[top:bottom])


def _plain(counts: object) -> npt.NDArray[np.int64]:
    """Uncompressed counts."""
    if not isinstance(counts, list) or not all(type(n) is int and n < 1 << 40 for n in counts):
        raise BadRuns("the runs are no whole numbers")
    return np.array(counts, np.int64)


def _inflate(counts: str | bytes) -> npt.NDArray[np.int64]:
    """Compressed counts: digits of 5 bits from character 48 on, bit 6 says that more follow.

    From the fourth on, a number is the difference to the one before the last.
    """
    raw = counts.encode("ascii", "replace") if isinstance(counts, str) else counts
    digits = np.frombuffer(raw, np.uint8).astype(np.int64) - 48
    if not len(digits) or bool((digits < 0).any()) or bool((digits > 63).any()):
        raise BadRuns("the runs hold characters that do not belong there")
    stops = np.flatnonzero((digits & 32) == 0)
    if not len(stops) or stops[-1] != len(digits) - 1:
        raise BadRuns("the runs are cut off")
    starts = np.append(0, stops[:-1] + 1)
    length = stops - starts + 1
    if int(length.max()) > _MOST_DIGITS:
        raise BadRuns("a run is too long")
    place = np.arange(len(digits)) - np.repeat(starts, length)
    values = np.add.reduceat((digits & 31) << (5 * place), starts)
    values[(digits[stops] & 16) != 0] -= (1 << (5 * length))[(digits[stops] & 16) != 0]
    if len(values) > 3:
        values[1::2] = np.cumsum(values[1::2])
        values[2::2] = np.cumsum(values[2::2])
    return values
