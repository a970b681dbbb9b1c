"""Signs of damage inside a JPEG whose decoder gave a picture all the same.

A file that is cut off is refused by the decoders themselves, a PNG has check sums, and WebP's
decoder refuses most of what is broken. JPEG and BMP have no sums: a flipped bit in them cannot be
told from a picture. What can be told of a JPEG is what failing cards and broken copies leave
behind: a stretch that is all zeros, a missing end, and restart marks that are out of order.
"""

import re
from collections.abc import Iterator

# A failing card or copy loses sectors of 512 bytes; of one that is not aligned 256 lie together.
_HOLE = bytes(256)
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_SEQUENTIAL = (0xC0, 0xC1)
_SOS, _EOI, _DHT = 0xDA, 0xD9, 0xC4
_REST_IS_ZERO = 0
_ALONE = (0x01, *range(0xD0, 0xD9))
_MAX_SEGMENTS = 10_000

NOTE = "A part of the photo's file is damaged ({}): the picture may be wrong there."
HOLE = "it is empty"
END = "its end is missing"
ORDER = "blocks are missing or out of order"


def damage_note(data: bytes) -> str:
    """A plain sentence about damage that can be seen in a file's structure; empty for none.

    Args:
        data: The whole file.
    """
    why = _jpeg(data) if data[:2] == b"\xff\xd8" else ""
    return NOTE.format(why) if why else ""


def _jpeg(data: bytes) -> str:
    """Why a JPEG looks damaged; of several pictures (MPO) the first."""
    place, sequential, scans = 2, False, 0
    zeros: set[int] = set()
    for _ in range(_MAX_SEGMENTS):
        place = data.find(b"\xff", place)
        while place >= 0 and data[place + 1 : place + 2] == b"\xff":
            place += 1
        if place < 0 or place + 2 > len(data):
            return END if scans else ""
        marker = data[place + 1]
        place += 2
        if marker == _EOI:
            return ""
        if marker in _ALONE or marker == 0:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        segment = data[place + 2 : place + length]
        place += max(2, length)
        if marker in _SEQUENTIAL:
            sequential = True
        elif marker == _DHT:
            zeros.update(_first_symbols(segment))
        elif marker == _SOS:
            end = _SCAN_END.search(data, place)
            stop = end.start() if end is not None else len(data)
            # Where zero bits mean "the rest of the block is 0" in all tables, a large even ground
            # is a long stretch of zeros, and nothing is wrong with it.
            holes = sequential and zeros != {_REST_IS_ZERO}
            if why := _scan(data[place:stop], look_for_holes=holes):
                return why
            place, scans = stop, scans + 1
    return ""


def _scan(coded: bytes, *, look_for_holes: bool) -> str:
    """Look at the coded pixels between two marks."""
    restarts = [mark[0] for mark in _RESTART.findall(coded)]
    if any(mark != 0xD0 + i % 8 for i, mark in enumerate(restarts)):
        return ORDER
    return HOLE if look_for_holes and _HOLE in coded else ""


def _first_symbols(tables: bytes) -> Iterator[int]:
    """Of each code table for the details of a block: what its code of zero bits stands for."""
    place = 0
    while place + 17 < len(tables):
        if tables[place] >> 4:
            yield tables[place + 17]
        place += 17 + sum(tables[place + 1 : place + 17])
