"""Photos: any camera's file to uint8 [H, W, 3], size checked before decoding; PNG writing.

A photo is never changed on disk: EXIF orientation is applied in memory only.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from plantseg_gui.core.results import RgbArray
from plantseg_gui.storage import atomic
from plantseg_gui.storage.image_open import (
    HEIC_SUFFIXES,
    heic_installed,
    is_tiff,
    open_file,
    open_image,
    orientation,
)
from plantseg_gui.storage.pixels import AnyArray, grey_to_rgb, on_white, orient, to_uint8
from plantseg_gui.storage.tiff import TiffImage, read_tiff, read_tiff_header

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".tif", ".tiff", ".bmp", ".webp"}
) | (HEIC_SUFFIXES if heic_installed() else frozenset())
_PNG_DEEP = 16


@dataclass(frozen=True)
class PhotoInfo:
    """What the header says.

    Attributes:
        width: px, after EXIF orientation.
        height: px, after EXIF orientation.
        format: "JPEG", "PNG", "TIFF", "BMP", "WEBP" or "HEIF".
        note: A plain sentence about something left out (further pages); usually empty.
    """

    width: int
    height: int
    format: str
    note: str = ""


def is_photo_name(path: Path | str) -> bool:
    """Whether a file's name looks like a photo; hidden files (also macOS's "._x.jpg") do not."""
    path = Path(path)
    return path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")


def read_photo_info(path: Path) -> PhotoInfo:
    """Read size and format without decoding a pixel.

    Raises:
        InputError: not a readable image, or too large.
    """
    path = Path(path)
    if is_tiff(path):
        header = read_tiff_header(path)
        note = "Only the first page of this TIFF is used." if header.multipage else ""
        width, height, turned = header.width, header.height, header.orientation
        name = "TIFF"
    else:
        with open_image(path, header_only=True) as image:
            width, height, turned = image.width, image.height, orientation(image)
            name, note = str(image.format), ""
    if turned >= 5:
        width, height = height, width
    return PhotoInfo(width, height, "JPEG" if name == "MPO" else name, note)


def read_photo(path: Path) -> RgbArray:
    """Decode a photo.

    Orientation is applied; palette, grey, 1-bit, CMYK and deep pictures are brought to 8-bit RGB
    (`pixels.to_uint8`); transparency is composited on white; of several pages the first is read.

    Returns:
        [H, W, 3] uint8, contiguous.

    Raises:
        InputError: not a readable image, damaged, or too large.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    if is_tiff(path):
        tiff = read_tiff(path)
        return orient(_tiff_rgb(tiff), tiff.orientation)
    with open_image(path) as image:
        turned = orientation(image)
        return orient(_rgb(image, path), turned)


def thumbnail(path: Path, size: int) -> RgbArray:
    """A small picture for lists; JPEGs are decoded at reduced size, so it is fast.

    Args:
        path: Photo.
        size: Longest side, px.

    Returns:
        [h, w, 3] uint8 with max(h, w) ≤ size; a smaller photo keeps its size.

    Raises:
        InputError: as `read_photo`.
    """
    path = Path(path)
    if is_tiff(path):
        rgb, turned = read_photo(path), 1
    else:
        with open_image(path) as image:
            turned = orientation(image)
            if image.format in ("JPEG", "MPO"):
                image.draft(None, (2 * size, 2 * size))
            rgb = _rgb(image, path)
    height, width = rgb.shape[:2]
    scale = min(1.0, size / max(height, width))
    if scale < 1.0:
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        resized = Image.fromarray(rgb).resize(small, Image.Resampling.LANCZOS, reducing_gap=2.0)
        rgb = np.asarray(resized)
    return orient(rgb, turned)


def write_png(path: Path, array: npt.NDArray[Any]) -> None:
    """Write a PNG, durably.

    Args:
        path: The file.
        array: [H, W] bool (as 0/255), uint8 or uint16, or [H, W, 3 or 4] uint8.

    Raises:
        StorageError: it could not be written.
        ValueError: another shape or type.
    """
    atomic.write_bytes(path, png_bytes(array))


def png_bytes(array: npt.NDArray[Any]) -> bytes:
    """PNG file content of an array as `write_png` takes it. Raises ValueError."""
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    deep_grey = array.ndim == 2 and array.dtype == np.uint16
    grey = array.ndim == 2 and array.dtype == np.uint8
    colour = array.ndim == 3 and array.shape[2] in (3, 4) and array.dtype == np.uint8
    if not (grey or colour or deep_grey) or array.size == 0:
        raise ValueError(
            f"a PNG needs [H, W] bool, uint8 or uint16, or [H, W, 3 or 4] uint8; "
            f"got {list(array.shape)} {array.dtype}"
        )
    buffer = io.BytesIO()
    # Level 3: masks hardly grow, photos are written twice as fast as with the default 6.
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def _rgb(image: Image.Image, path: Path) -> RgbArray:
    """Decode a Pillow image to [H, W, 3] uint8, not yet turned."""
    if image.mode.startswith(("I", "F")):
        deep = np.asarray(image)
        return grey_to_rgb(to_uint8(deep.astype(deep.dtype.newbyteorder("="), copy=False)))
    transparent = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    rgb = (
        on_white(np.asarray(image.convert("RGBA")))
        if transparent
        else np.asarray(image.convert("RGB"))
    )
    if image.format == "PNG" and not transparent and int(rgb.max(initial=0)) < _PNG_DEEP:
        return _deep_png(path, rgb)
    return np.ascontiguousarray(rgb)


def _deep_png(path: Path, rgb: RgbArray) -> RgbArray:
    """An almost black PNG may be a 12-bit picture in 16 bits, of which Pillow keeps the upper 8."""
    with open_file(path) as handle:
        data = handle.read()
    if data[24:25] != bytes([_PNG_DEEP]):
        return np.ascontiguousarray(rgb)
    # OpenCV gives all 16 bits. Size and completeness have been checked by Pillow before.
    import cv2

    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.ndim != 3 or deep.shape[2] != 3 or deep.shape[:2] != rgb.shape[:2]:
        return np.ascontiguousarray(rgb)
    return to_uint8(deep[..., ::-1])


def _tiff_rgb(tiff: TiffImage) -> RgbArray:
    """First page of a TIFF as [H, W, 3] uint8, not yet turned."""
    if tiff.palette is not None:
        return np.ascontiguousarray(tiff.palette[tiff.samples])
    samples: AnyArray = tiff.samples
    if samples.ndim == 2:
        return grey_to_rgb(to_uint8(samples))
    channels = samples.shape[2]
    if tiff.cmyk and channels >= 4:
        inks = Image.fromarray(to_uint8(samples[..., :4]), mode="CMYK")
        return np.asarray(inks.convert("RGB"))
    if channels == 2:
        grey = to_uint8(samples[..., 0])
        return on_white(np.dstack([grey, grey, grey, _alpha(samples[..., 1])]))
    if channels == 4:
        return on_white(np.dstack([to_uint8(samples[..., :3]), _alpha(samples[..., 3])]))
    return np.ascontiguousarray(to_uint8(samples[..., :3]))


def _alpha(alpha: AnyArray) -> AnyArray:
    """Opacity: scaled by the type's full range, whatever the values are."""
    if alpha.dtype == np.uint16:
        return (alpha >> 8).astype(np.uint8)
    return to_uint8(alpha)
