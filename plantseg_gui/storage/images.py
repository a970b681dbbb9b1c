"""Photos: any camera's file to uint8 [H, W, 3], size checked before decoding; PNG writing.

A photo is never changed on disk: EXIF orientation and the colour profile are applied in memory
only.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from plantseg_gui.core.results import RgbArray
from plantseg_gui.storage import atomic
from plantseg_gui.storage.colour_profile import colour_profile, colour_space
from plantseg_gui.storage.image_open import (
    HEIC_SUFFIXES,
    heic_installed,
    is_tiff,
    open_file,
    open_image,
    orientation,
)
from plantseg_gui.storage.photo_facts import read_photo_facts
from plantseg_gui.storage.pixels import AnyArray, grey_to_rgb, on_white, orient, to_uint8
from plantseg_gui.storage.tiff import TiffImage, read_tiff

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".tif", ".tiff", ".bmp", ".webp"}
) | (HEIC_SUFFIXES if heic_installed() else frozenset())
_PNG_DEEP = 16


@dataclass(frozen=True)
class PhotoInfo:
    """What the header says; `photo_facts.PhotoFacts` has more.

    Attributes:
        width: px, after EXIF orientation.
        height: px, after EXIF orientation.
        format: "JPEG", "PNG", "TIFF", "BMP", "WEBP" or "HEIF".
        note: Plain sentences about something left out (further pages, a broken colour profile);
            usually empty.
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
    facts = read_photo_facts(path)
    return PhotoInfo(facts.width, facts.height, facts.format, " ".join(facts.notes))


def read_photo(path: Path, handle: BinaryIO | None = None) -> RgbArray:
    """Decode a photo.

    Orientation is applied; palette, grey, 1-bit, CMYK and deep pictures are brought to 8-bit RGB
    (`pixels.to_uint8`), and that to sRGB when the file has another colour profile; transparency is
    composited on white; of several pages the first is read.

    Args:
        path: Photo.
        handle: As `image_open.open_file`.

    Returns:
        [H, W, 3] uint8, contiguous.

    Raises:
        InputError: not a readable image, damaged, or too large.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    with open_file(path, handle) as file:
        if is_tiff(path, file):
            tiff = read_tiff(path, file)
            return orient(_tiff_rgb(tiff), tiff.orientation)
        with open_image(path, file) as image:
            turned = orientation(image)
            return orient(_rgb(image, path, file), turned)


def thumbnail(path: Path, size: int, handle: BinaryIO | None = None) -> RgbArray:
    """A small picture for lists; JPEGs are decoded at reduced size, so it is fast.

    Args:
        path: Photo.
        size: Longest side, px.
        handle: As `image_open.open_file`.

    Returns:
        [h, w, 3] uint8 with max(h, w) ≤ size; a smaller photo keeps its size.

    Raises:
        InputError: as `read_photo`.
    """
    path = Path(path)
    with open_file(path, handle) as file:
        if is_tiff(path, file):
            rgb, turned = read_photo(path, file), 1
        else:
            with open_image(path, file) as image:
                turned = orientation(image)
                if image.format in ("JPEG", "MPO"):
                    image.draft(None, (2 * size, 2 * size))
                rgb = _rgb(image, path, file)
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


def _rgb(image: Image.Image, path: Path, file: BinaryIO) -> RgbArray:
    """Decode a Pillow image to [H, W, 3] uint8 sRGB, not yet turned."""
    profile = colour_profile(image.info.get("icc_profile"), colour_space(image.mode))
    if image.mode == "CMYK" and profile.transform is not None:
        return profile.apply(np.asarray(image))
    return profile.apply(_own_rgb(image, path, file))


def _own_rgb(image: Image.Image, path: Path, file: BinaryIO) -> RgbArray:
    """[H, W, 3] uint8 in the colours of the file."""
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
        return _deep_png(path, file, rgb)
    return np.ascontiguousarray(rgb)


def _deep_png(path: Path, file: BinaryIO, rgb: RgbArray) -> RgbArray:
    """An almost black PNG may be a 12-bit picture in 16 bits, of which Pillow keeps the upper 8."""
    with open_file(path, file) as whole:
        data = whole.read()
    if data[24:25] != bytes([_PNG_DEEP]):
        return np.ascontiguousarray(rgb)
    # OpenCV gives all 16 bits. Size and completeness have been checked by Pillow before.
    import cv2

    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.ndim != 3 or deep.shape[2] != 3 or deep.shape[:2] != rgb.shape[:2]:
        return np.ascontiguousarray(rgb)
    return to_uint8(deep[..., ::-1])


def _tiff_rgb(tiff: TiffImage) -> RgbArray:
    """First page of a TIFF as [H, W, 3] uint8 sRGB, not yet turned."""
    channels = tiff.samples.shape[2] if tiff.samples.ndim == 3 else 1
    if tiff.cmyk and channels >= 4:
        inks = np.ascontiguousarray(to_uint8(tiff.samples[..., :4]))
        return colour_profile(tiff.profile, "CMYK").apply(inks)
    space = "GRAY" if channels <= 2 and tiff.palette is None else "RGB"
    return colour_profile(tiff.profile, space).apply(_own_tiff_rgb(tiff))


def _own_tiff_rgb(tiff: TiffImage) -> RgbArray:
    """[H, W, 3] uint8 in the colours of the file."""
    if tiff.palette is not None:
        return np.ascontiguousarray(tiff.palette[tiff.samples])
    samples: AnyArray = tiff.samples
    if samples.ndim == 2:
        return grey_to_rgb(to_uint8(samples))
    channels = samples.shape[2]
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
