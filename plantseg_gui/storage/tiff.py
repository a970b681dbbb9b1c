"""TIFF: decoded in Python by tifffile, which also gives 16-bit and float samples as they are.

The native decoders (libtiff in Pillow; never OpenCV's) are asked only for compressions that
tifffile does not know by itself: LZW, JPEG, fax.
"""

import contextlib
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from PIL import Image

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.image_open import (
    DECODE_FAULTS,
    check_size,
    damaged,
    open_file,
    open_image,
    too_little_memory,
)
from plantseg_gui.storage.pixels import AnyArray

# It logs each oddity of a file; what matters is raised, and becomes one line for the person.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_PLAIN = {1}
_DEFLATE = {8, 32946}
_PACKBITS = {32773}
_PHOTOMETRIC_WHITE_IS_ZERO = 0
_PHOTOMETRIC_PALETTE = 3
_PHOTOMETRIC_CMYK = 5
_MAX_SAMPLES = 16
# What a decoded segment may hold beyond the announced size before it counts as a bomb.
_SLACK = 1 << 16


@dataclass(frozen=True)
class TiffImage:
    """First page of a TIFF.

    Attributes:
        samples: [H, W] or [H, W, channels], as stored; white-is-zero already inverted.
        palette: [n, 3] uint8 when `samples` are palette indices.
        orientation: 1 to 8.
        cmyk: Whether the four channels are inks.
        multipage: Whether more pages follow.
        profile: The ICC profile; empty without one.
    """

    samples: AnyArray
    palette: AnyArray | None
    orientation: int
    cmyk: bool
    multipage: bool
    profile: bytes = b""


@dataclass(frozen=True)
class TiffHeader:
    """Size, orientation and colour of the first page, as stored.

    Attributes:
        width: px.
        height: px.
        orientation: 1 to 8.
        multipage: Whether more pages follow.
        space: "RGB", "GRAY" or "CMYK".
        profile: The ICC profile; empty without one.
    """

    width: int
    height: int
    orientation: int
    multipage: bool
    space: str = "RGB"
    profile: bytes = b""


def read_tiff_header(path: Path, handle: BinaryIO | None = None) -> TiffHeader:
    """Read the first page's size without decoding; `handle` as `open_file`. Raises InputError."""
    with _first_page(path, handle) as (file, page):
        space = "GRAY" if int(page.photometric) in (0, 1) else "RGB"
        if int(page.photometric) == _PHOTOMETRIC_CMYK:
            space = "CMYK"
        return TiffHeader(
            page.imagewidth,
            page.imagelength,
            _orientation(page),
            file.pages.is_multipage,
            space,
            _profile(page),
        )


def read_tiff(path: Path, handle: BinaryIO | None = None) -> TiffImage:
    """Decode the first page.

    Args:
        path: The file.
        handle: As `open_file`.

    Raises:
        InputError: damaged, too large, or of a kind that cannot be decoded.
        MemoryLimitError: it does not fit into memory.
    """
    with _first_page(path, handle) as (file, page):
        profile = _profile(page)
        turned, multipage = _orientation(page), bool(file.pages.is_multipage)
        photometric, colormap = int(page.photometric), page.colormap
        if int(page.compression) in _PLAIN | _DEFLATE | _PACKBITS:
            _check_segments(path, page)
            samples = _channels_last(page.asarray(maxworkers=1), page, path)
        else:
            samples, cmyk = _through_pillow(path, handle, page)
            # Pillow has applied palette, inversion and orientation itself.
            return TiffImage(samples, None, 1, cmyk, multipage, profile)
    if photometric == _PHOTOMETRIC_WHITE_IS_ZERO:
        samples = ~samples if samples.dtype.kind in "ub" else samples.max() - samples
    palette = None
    if photometric == _PHOTOMETRIC_PALETTE and colormap is not None:
        palette = (np.asarray(colormap) >> 8).astype(np.uint8).T
        if samples.ndim != 2 or (samples.size and int(samples.max()) >= len(palette)):
            raise damaged(path, "palette and pixels do not match")
    cmyk = photometric == _PHOTOMETRIC_CMYK
    return TiffImage(samples, palette, turned, cmyk, multipage, profile)


@contextlib.contextmanager
def _first_page(path: Path, handle: BinaryIO | None) -> Iterator[tuple[Any, Any]]:
    """Open, check the announced sizes, and turn what tifffile raises into words."""
    with open_file(path, handle) as opened:
        try:
            # Not following OME references: they may name other files of this computer.
            with tifffile.TiffFile(opened, _multifile=False) as file:
                page = file.pages[0]
                check_size(path, int(page.imagewidth), int(page.imagelength))
                _check_layout(path, page)
                yield file, page
        except MemoryError as error:
            raise too_little_memory(path) from error
        except DECODE_FAULTS as error:
            words = str(error).splitlines()
            raise damaged(path, words[0][:120] if words else type(error).__name__) from error


def _check_layout(path: Path, page: Any) -> None:
    """Refuse announced tiles, depths and channels that no photo has."""
    if int(page.imagedepth) != 1 or int(page.samplesperpixel) > _MAX_SAMPLES:
        raise InputError(
            f"{path} is a TIFF of a kind that is not a photo (a volume or a stack of channels).",
            "Save the photo as an 8- or 16-bit RGB or grey TIFF.",
        )
    if page.is_tiled:
        check_size(path, max(1, int(page.tilewidth)), max(1, int(page.tilelength)))
    if page.dtype is None:
        raise damaged(path, "unknown sample type")


def _check_segments(path: Path, page: Any) -> None:
    """Refuse segments that unpack to far more than their share of the picture (zip bombs)."""
    if int(page.compression) in _PLAIN:
        return
    rows, columns = (
        (int(page.tilelength), int(page.tilewidth))
        if page.is_tiled
        else (min(int(page.rowsperstrip), int(page.imagelength)), int(page.imagewidth))
    )
    expected = rows * columns * int(page.samplesperpixel) * page.dtype.itemsize
    handle = page.parent.filehandle
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        if count > expected + expected // 4 + _SLACK:
            raise damaged(path, "a part of it is larger than announced")
        if int(page.compression) in _DEFLATE and count * 1032 > expected + (1 << 26):
            handle.seek(offset)
            unpacker = zlib.decompressobj()
            unpacker.decompress(handle.read(count), expected + _SLACK)
            if unpacker.unconsumed_tail:
                raise damaged(path, "a part of it unpacks to more than announced")


def _channels_last(samples: AnyArray, page: Any, path: Path) -> AnyArray:
    """[H, W] or [H, W, C] in native byte order."""
    array = np.asarray(samples)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    axes = str(page.axes)
    if axes == "SYX":
        array = np.moveaxis(array, 0, 2)
    elif axes not in ("YX", "YXS"):
        array = np.squeeze(array)
    if array.ndim not in (2, 3) or array.dtype.kind not in "buif":
        raise damaged(path, f"axes {axes}, samples {array.dtype}")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return array


def _through_pillow(path: Path, handle: BinaryIO | None, page: Any) -> tuple[AnyArray, bool]:
    """Decode compressions that tifffile leaves to others; and whether these are inks."""
    deep_colour = int(page.samplesperpixel) > 1 and int(page.bitspersample) > 8
    with open_image(path, handle) as image:
        cmyk = image.mode == "CMYK"
        if image.mode in ("P", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
        elif image.mode not in ("1", "L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I;16B", "I", "F"):
            image = image.convert("RGB")
        samples = _array(image)
    if deep_colour and samples.dtype == np.uint8 and samples.size and int(samples.max()) < 16:
        # Pillow keeps the upper 8 of 16 bits: of a 12-bit picture hardly anything would be left.
        raise InputError(
            f"{path} is a compressed 12-bit colour TIFF, which cannot be read exactly.",
            "Save it uncompressed or as PNG.",
        )
    return samples, cmyk


def _array(image: Image.Image) -> AnyArray:
    """Pixels of a Pillow image; 1-bit ones as bool, 16-bit ones in native byte order."""
    array = np.asarray(image)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _orientation(page: Any) -> int:
    """TIFF tag 274."""
    tag = page.tags.get(274)
    value = tag.value if tag is not None else 1
    return int(value) if isinstance(value, int) and 1 <= value <= 8 else 1


def _profile(page: Any) -> bytes:
    """TIFF tag 34675, the ICC profile."""
    tag = page.tags.get(34675)
    value = tag.value if tag is not None else b""
    return value if isinstance(value, bytes) else b""
