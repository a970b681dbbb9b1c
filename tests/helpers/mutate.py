"""Valid files, damaged: the same damage for the same random numbers."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

_MAX_CASE_BYTES = 4 << 20
_NUMBERS = (0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 1000, 4096, 32767, 32768, 65535, 65536)
_LARGE = (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_TOKENS = [
    *(b"null true false NaN Infinity -Infinity -1 0 1e999 -0.0 0.5 1e-320".split()),
    *(b'"" "x" [] {} [[ {"a":1} 99999999999999999999999 2147483648 -9223372036854775809'.split()),
    b'"' + b"\xff\xfe" + b'"',
    b'"\\ud800"',
    b'"../../x"',
    b"[" * 3000,
    b"9" * 5000,
]
_TOKEN = re.compile(rb'-?\d[\d.eE+-]*|"[^"]{0,60}"|true|false|null|[\[\]{},:]')


def mutate(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """One of the seeds, damaged in one to a dozen places."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 12))):
        rng.choice(_CHANGES)(data, rng, seeds)
        del data[_MAX_CASE_BYTES:]
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    """Headers decide most: every other change goes there."""
    reach = rng.choice((min(len(data), 256), len(data)))
    return rng.randrange(max(1, reach))


def _chunk(data: Sequence[int], rng: random.Random) -> slice:
    start = rng.randrange(max(1, len(data)))
    return slice(start, start + rng.choice((1, 2, 4, 8, 64, 512, 4096)))


def _flip_bit(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _set_byte(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[_place(data, rng)] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)))


def _set_number(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    size, place = rng.choice((2, 4, 8)), _place(data, rng)
    number = rng.choice((*_NUMBERS, *_LARGE, len(data))) % (1 << 8 * size)
    data[place : place + size] = number.to_bytes(size, rng.choice(("little", "big")))


def _change_number(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    """What may be a length becomes a little or much longer or shorter."""
    size, place = rng.choice((1, 2, 4, 8)), _place(data, rng)
    order: Any = rng.choice(("little", "big"))
    old = int.from_bytes(data[place : place + size], order)
    new = rng.choice((old + 1, old - 1, old * 2, old // 2, old + 256, -old))
    data[place : place + size] = (new % (1 << 8 * size)).to_bytes(size, order)


def _cut(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    del data[_place(data, rng) :]


def _insert(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    place, size = _place(data, rng), rng.choice((1, 2, 4, 16, 300))
    data[place:place] = rng.choice((rng.randbytes(size), bytes(size), b"\xff" * size))


def _delete(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    del data[_chunk(data, rng)]


def _double(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    piece = data[_chunk(data, rng)]
    place = _place(data, rng)
    data[place:place] = piece * rng.choice((1, 1, 2, 50))


def _overwrite(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    part = _chunk(data, rng)
    size = len(data[part])
    data[part] = rng.choice((rng.randbytes(size), bytes(size), b"\xff" * size))


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)
    here, there = _place(data, rng), rng.randrange(max(1, len(other)))
    if rng.random() < 0.5:
        data[here:] = other[there:]
    else:
        piece = other[_chunk(other, rng)]
        data[here : here + len(piece)] = piece


def _change_token(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    """In text: another number, word or bracket."""
    found = _TOKEN.search(data, _place(data, rng))
    if found is not None:
        data[slice(*found.span())] = rng.choice(_TOKENS)


_CHANGES: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    *(_flip_bit, _set_byte, _set_number, _change_number, _cut, _insert),
    *(_delete, _double, _overwrite, _splice, _change_token),
)
