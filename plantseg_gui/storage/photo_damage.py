"""Signs of damage inside a JPEG whose decoder gave a picture all the same.

A file that is cut off is refused by the decoders themselves, a PNG has check sums, and WebP's
decoder refuses most of what is broken. JPEG and BMP have no sums: a flipped bit in them cannot be
told from a picture. What can be told of a JPEG is what failing cards and broken copies leave
behind: a stretch of the file that is all zeros, and restart marks that are out of order.
"""

import re

# A failing card or copy loses sectors of 512 bytes; of one that is not aligned 256 lie together.
_HOLE = bytes(256)
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_SEQUENTIAL = (0xC0, 0xC1)
_SOS, _EOI, _DHT = 0xDA, 0xD9, 0xC4
_ALONE = (0x01, *range(0xD0, 0xD9))
_MAX_SEGMENTS = 10_000

NOTE = "A part of the photo's file is damaged ({}): the picture may be wrong there."
HOLE = "it is empty"
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
    place, sequential, zeros_are_flat = 2, False, False
    for _ in range(_MAX_SEGMENTS):
        place = data.find(b"\xff", place)
        while place >= 0 and data[place + 1 : place + 2] == b"\xff":
            place += 1
        if place < 0 or place + 2 > len(data):
            return ""
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
            zeros_are_flat |= _flat_is_zero(segment)
        elif marker == _SOS:
            end = _SCAN_END.search(data, place)
            stop = end.start() if end is not None else len(data)
            if why := _scan(data[place:stop], look_for_holes=sequential and not zeros_are_flat):
                return why
            place = stop
    return ""


def _scan(coded: bytes, *, look_for_holes: bool) -> str:
    """Look at the coded pixels between two marks."""
    restarts = [mark[0] for mark in _RESTART.findall(coded)]
    if any(mark != 0xD0 + i % 8 for i, mark in enumerate(restarts)):
        return ORDER
    return HOLE if look_for_holes and _HOLE in coded else ""


def _flat_is_zero(tables: bytes) -> bool:
    """Whether one of the code tables writes "the rest of the block is 0" as zero bits.

    Then a large even ground is a long stretch of zeros, and nothing is wrong with it.
    """
    place = 0
    while place + 17 <= len(tables):
        is_ac, counts = tables[place] >> 4, tables[place + 1 : place + 17]
        if is_ac and tables[place + 17 : place + 18] == b"\0":
            return True
        place += 17 + sum(counts)
    return False
