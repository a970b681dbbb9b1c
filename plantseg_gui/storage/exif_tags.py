"""Reads single tags of a TIFF structure, as EXIF data are one, from a file nobody vouched for.

Written for hostile data: only the tags asked for are read, each to a bounded length, directories
that point at each other are walked once, and whatever does not fit is left out. Nothing raises.
"""

import io
import math
import struct
from collections.abc import Collection, Iterator
from typing import BinaryIO

Value = str | bytes | tuple[float, ...]

_MAX_ENTRIES = 4096
_MAX_VALUE_BYTES = 4096
MAX_PAGES = 1000
_NEW_SUBFILE_TYPE = 254
_REDUCED_OR_MASK = 1 | 4
# TIFF type: bytes per value and struct code; rationals are pairs.
_TYPES = {
    1: (1, "B"),
    2: (1, ""),
    3: (2, "H"),
    4: (4, "I"),
    5: (8, "II"),
    6: (1, "b"),
    7: (1, ""),
    8: (2, "h"),
    9: (4, "i"),
    10: (8, "ii"),
    11: (4, "f"),
    12: (8, "d"),
    13: (4, "I"),
    16: (8, "Q"),
    18: (8, "Q"),
}
_ASCII, _BYTES = 2, 7
_EXIF_PREFIX = b"Exif\0\0"
_READING_FAULTS = (OSError, ValueError, OverflowError, struct.error, MemoryError)


class TagReader:
    """Tags of a TIFF structure in a file or in memory."""

    def __init__(self, source: BinaryIO | bytes) -> None:
        """Look at the head; a source that is no TIFF structure has no tags."""
        if isinstance(source, bytes):
            source = io.BytesIO(source.removeprefix(_EXIF_PREFIX))
        self._file = source
        self._order = ""
        self._big = False
        self.first = 0
        head = self._bytes(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        if not order or len(head) < 8:
            return
        magic = struct.unpack(order + "H", head[2:4])[0]
        if magic == 42:
            self._order, self.first = order, struct.unpack(order + "I", head[4:8])[0]
        elif magic == 43 and len(head) == 16:
            self._order, self._big = order, True
            self.first = struct.unpack(order + "Q", head[8:16])[0]

    def tags(self, offset: int, wanted: Collection[int]) -> dict[int, Value]:
        """The wanted tags of the directory at `offset`, as far as they can be read.

        Returns:
            Text as str, undefined bytes as bytes, numbers as a tuple of floats in which a fraction
            with the denominator 0 is nan.
        """
        found: dict[int, Value] = {}
        for tag, kind, count, place in self._entries(offset):
            if tag in wanted and tag not in found:
                value = self._value(kind, count, place)
                if value is not None:
                    found[tag] = value
        return found

    def pages(self) -> int:
        """Pictures in the chain of directories, previews and masks left out; at most MAX_PAGES."""
        seen: set[int] = set()
        offset, pages = self.first, 0
        while offset and offset not in seen and len(seen) < 2 * MAX_PAGES and pages < MAX_PAGES:
            seen.add(offset)
            count = self._count(offset)
            if count is None:
                break
            kind = whole_number(self.tags(offset, (_NEW_SUBFILE_TYPE,)).get(_NEW_SUBFILE_TYPE))
            pages += not (kind or 0) & _REDUCED_OR_MASK
            head, size = (8, 20) if self._big else (2, 12)
            offset = self._number(offset + head + count * size, 8 if self._big else 4) or 0
        return pages

    def _entries(self, offset: int) -> Iterator[tuple[int, int, int, int]]:
        """(tag, type, number of values, where they or their offset are) of each entry."""
        count = self._count(offset)
        if count is None:
            return
        head, size = (8, 20) if self._big else (2, 12)
        table = self._bytes(offset + head, min(count, _MAX_ENTRIES) * size)
        form, inline = ("HHQ", 8) if self._big else ("HHI", 4)
        # Where the values are is looked up later, for the tags that are wanted.
        for start in range(0, len(table) - size + 1, size):
            tag, kind, values = struct.unpack_from(self._order + form, table, start)
            yield tag, kind, values, offset + head + start + size - inline

    def _count(self, offset: int) -> int | None:
        """Entries of the directory at `offset`; None when there is none."""
        return self._number(offset, 8 if self._big else 2) if self._order else None

    def _number(self, offset: int, size: int) -> int | None:
        data = self._bytes(offset, size)
        code = {2: "H", 4: "I", 8: "Q"}[size]
        return struct.unpack(self._order + code, data)[0] if len(data) == size else None

    def _value(self, kind: int, count: int, place: int) -> Value | None:
        width, code = _TYPES.get(kind, (0, ""))
        if not width or not count:
            return None
        inline = 8 if self._big else 4
        if width * count > inline:
            pointed = self._number(place, inline)
            if pointed is None:
                return None
            place = pointed
        data = self._bytes(place, width * min(count, _MAX_VALUE_BYTES // width))
        if kind == _ASCII:
            return data.split(b"\0", 1)[0].decode("utf-8", "replace")
        if kind == _BYTES:
            return data
        whole = len(data) // width
        numbers = struct.unpack(f"{self._order}{code * whole}", data[: whole * width])
        if len(code) == 2:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            return tuple(a / b if b else float("nan") for a, b in pairs)
        return tuple(float(n) for n in numbers)

    def _bytes(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end, none where nothing can be read."""
        try:
            self._file.seek(offset)
            return self._file.read(size)
        except _READING_FAULTS:
            return b""


def whole_number(value: Value | None) -> int | None:
    """The first number of a tag, without its fraction; None when it is none."""
    if isinstance(value, tuple) and value and math.isfinite(value[0]):
        return int(value[0])
    return None


def clean_text(value: object, longest: int = 80) -> str:
    """One line of printable text out of a tag; empty when it is no text."""
    if isinstance(value, bytes):
        value = value.split(b"\0", 1)[0].decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    words = "".join(c if c.isprintable() else " " for c in value.replace("\ufffd", " ")).split()
    return " ".join(words)[:longest].strip()
