"""Files that a photo folder may hold although no camera made them well; all drawn by code."""

import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def write_png_bomb(path: Path, side: int = 30_000) -> Path:
    """A real PNG of side × side grey px in about a megabyte: small on disk, huge in memory."""
    packer = zlib.compressobj(9)
    row = b"\0" * (side + 1)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


def write_deep(path: Path, pixels: np.ndarray) -> Path:
    """A 16-bit PNG or TIFF of [H, W, 3] uint8 pixels spread over the 16 bits."""
    deep = pixels.astype(np.uint16) * 257
    if path.suffix == ".png":
        import cv2

        cv2.imwrite(str(path), deep[..., ::-1])
    else:
        tifffile.imwrite(path, deep, photometric="rgb")
    return path


def write_turned(path: Path, pixels: np.ndarray, orientation: int = 6) -> Path:
    """A JPEG whose EXIF entry says how it must be turned."""
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, quality=95)
    return path
