"""Small ICC profiles made by code: other RGB primaries, a grey curve, inks."""

import struct

import numpy as np

# Adobe RGB (1998) and Display P3, adapted to D50, as their profiles have them.
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
D50 = (0.9642, 1.0, 0.8249)


def _s15(values) -> bytes:
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + _s15(values)


def _gamma(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _curve(values) -> bytes:
    body = np.asarray(values, ">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + body + b"\0" * (len(body) % 4)


def _text(name: str) -> bytes:
    data = name.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(data)) + data + b"\0" * 78


def _profile(kind: bytes, space: bytes, pcs: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, kind, space, pcs)
    head += bytes(12) + b"acsp" + bytes(28) + _s15(D50)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def rgb_profile(name: str = "Test RGB", primaries=ADOBE, gamma: float = 2.2) -> bytes:
    """A matrix profile as cameras and screens have it."""
    curve = _gamma(gamma)
    tags = {b"desc": _text(name), b"wtpt": _xyz(D50)}
    for letter, xyz in zip("rgb", primaries, strict=True):
        tags[f"{letter}XYZ".encode()] = _xyz(xyz)
        tags[f"{letter}TRC".encode()] = curve
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def srgb_profile(name: str = "sRGB of another maker") -> bytes:
    """The sRGB primaries and curve, written by somebody else than LittleCMS."""
    x = np.linspace(0, 1, 1024)
    linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    curve = _curve(np.rint(linear * 65535))
    tags = {b"desc": _text(name), b"wtpt": _xyz(D50)}
    for letter, xyz in zip("rgb", SRGB, strict=True):
        tags[f"{letter}XYZ".encode()] = _xyz(xyz)
        tags[f"{letter}TRC".encode()] = curve
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(name: str = "Test grey", gamma: float = 1.0) -> bytes:
    """A grey curve."""
    tags = {b"desc": _text(name), b"wtpt": _xyz(D50), b"kTRC": _gamma(gamma)}
    return _profile(b"mntr", b"GRAY", b"XYZ ", tags)


def ink_profile(name: str = "Test inks") -> bytes:
    """Four inks, of which black and the others only darken: L falls with their sum, a = b = 0."""
    identity = bytes(range(256))
    points = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), -1).reshape(-1, 4)
    lightness = np.clip(255 - 255 * points.sum(1) / 4, 0, 255).astype(np.uint8)
    lab = np.stack([lightness, np.full(16, 128), np.full(16, 128)], -1).astype(np.uint8)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _s15(np.eye(3).ravel())
    table += identity * 4 + lab.tobytes() + identity * 3
    tags = {b"desc": _text(name), b"wtpt": _xyz(D50), b"A2B0": table}
    return _profile(b"prtr", b"CMYK", b"Lab ", tags)
