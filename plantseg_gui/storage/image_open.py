"""Opening a picture file that nobody vouched for: allow-list, size before decoding, clear words.

Every picture enters the program through `open_image` (Pillow) or `tiff.read_tiff`; both check the
size in the header before a pixel is decoded.
"""

import contextlib
import importlib
import importlib.util
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from plantseg_gui.core.errors import InputError, MemoryLimitError

DEFAULT_MAX_MEGAPIXELS = 120.0
MAX_MEGAPIXELS_VARIABLE = "PLANTSEG_MAX_MEGAPIXELS"
# "JPEG" also opens what many phones write: MPO, a JPEG with a second picture behind it.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
HEIC_SUFFIXES = frozenset({".heic", ".heif"})
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

# What decoders raise on damaged data: seen with fuzzed files, and no other way to name them.
DECODE_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Warning,
)

# A warning lets the picture through; our limit is a refusal. The limit itself is set per call.
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Damaged EXIF data do not matter; the photo is read without them, and nothing else is printed.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def max_pixels() -> int:
    """Largest picture that is decoded, in px: 120 megapixels or PLANTSEG_MAX_MEGAPIXELS."""
    try:
        megapixels = float(os.environ.get(MAX_MEGAPIXELS_VARIABLE, DEFAULT_MAX_MEGAPIXELS))
    except ValueError:
        megapixels = DEFAULT_MAX_MEGAPIXELS
    if not 0 < megapixels < 100_000:
        megapixels = DEFAULT_MAX_MEGAPIXELS
    return int(megapixels * 1e6)


def check_size(path: Path, width: int, height: int) -> None:
    """Refuse a picture that is empty or too large.

    Raises:
        InputError: names the file, its size and the limit.
    """
    if width < 1 or height < 1:
        raise damaged(path, f"its size is given as {width} × {height} px")
    if width * height > max_pixels():
        raise InputError(
            f"{path} is too large: {width} × {height} px is {width * height / 1e6:.0f} megapixels, "
            f"the limit is {max_pixels() / 1e6:.0f}.",
            f"Scale it down, or raise the limit in the variable {MAX_MEGAPIXELS_VARIABLE}.",
        )


def damaged(path: Path, reason: str = "") -> InputError:
    """The words for a file that is a picture but cannot be decoded."""
    detail = f" ({reason})" if reason else ""
    return InputError(
        f"{path} is damaged or cut off{detail}.",
        "Copy it again from the camera or its source, or leave it out.",
    )


def unknown(path: Path) -> InputError:
    """The words for a file that is no picture of a known kind."""
    if path.suffix.lower() in HEIC_SUFFIXES and not heic_installed():
        return InputError(
            f"{path} is a HEIC photo, for which the reader is not installed.",
            "Install it with: pip install pillow-heif, or convert the photo to JPEG.",
        )
    return InputError(
        f"{path} is not an image that this program can read.",
        "Use JPEG, PNG, TIFF, BMP or WebP.",
    )


def too_little_memory(path: Path) -> MemoryLimitError:
    """The words for a picture that does not fit into memory."""
    return MemoryLimitError(
        f"Not enough memory to open {path}.", "Close other programs or scale the picture down."
    )


def heic_installed() -> bool:
    """Whether pillow-heif is there."""
    return importlib.util.find_spec("pillow_heif") is not None


@contextlib.contextmanager
def open_file(path: Path, handle: BinaryIO | None = None) -> Iterator[BinaryIO]:
    """Open a regular, non-empty file for reading.

    Args:
        path: The file.
        handle: It is open already (or its content is in memory): read from the start, left open.

    Raises:
        InputError: missing, a folder, a device or pipe (reading one would hang), empty, or not
            allowed to be read.
    """
    path = Path(path)
    if handle is not None:
        handle.seek(0)
        yield handle
        return
    try:
        # Looked at before opening: opening a pipe waits for a writer for ever.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder, not an image.", "Choose the files in it.")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path} is not a regular file.", "Choose an image file.")
        handle = path.open("rb")
    except FileNotFoundError as error:
        raise InputError(
            f"{path} does not exist.", "Check the name, or whether the drive is connected."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{path} cannot be read: {reason}.", "Check the file's permissions and its drive."
        ) from error
    with handle:
        if os.fstat(handle.fileno()).st_size == 0:
            raise InputError(f"{path} is empty (0 bytes).", "Copy the file again or leave it out.")
        yield handle


@contextlib.contextmanager
def open_image(
    path: Path, handle: BinaryIO | None = None, *, header_only: bool = False
) -> Iterator[Image.Image]:
    """Open a picture with Pillow; nothing is decoded so far, and its size is checked.

    Decoding belongs inside the block: what goes wrong there is turned into words too.

    Args:
        path: The file.
        handle: As `open_file`.
        header_only: Nothing will be decoded, so the pixels' check sums need not be read.

    Raises:
        InputError: not a picture, of a kind that is not allowed, too large, or damaged.
        MemoryLimitError: it does not fit into memory.
    """
    path = Path(path)
    with open_file(path, handle) as file:
        Image.MAX_IMAGE_PIXELS = max_pixels()
        try:
            with Image.open(file, formats=_formats(path)) as image:
                check_size(path, image.width, image.height)
                if image.format == "PNG" and not header_only:
                    _check_png_sums(file, path)
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise InputError(
                f"{path} is too large: the limit is {max_pixels() / 1e6:.0f} megapixels.",
                f"Scale it down, or raise the limit in the variable {MAX_MEGAPIXELS_VARIABLE}.",
            ) from error
        except Image.UnidentifiedImageError as error:
            raise unknown(path) from error
        except MemoryError as error:
            raise too_little_memory(path) from error
        except DECODE_FAULTS as error:
            raise damaged(path, _reason(error)) from error


def _check_png_sums(handle: BinaryIO, path: Path) -> None:
    """Refuse a PNG whose pixel data do not match their check sums: Pillow decodes them to noise."""
    place = handle.tell()
    handle.seek(len(_PNG_SIGNATURE))
    while len(head := handle.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            break
        if kind not in (b"IDAT", b"PLTE"):
            handle.seek(length + 4, os.SEEK_CUR)
            continue
        data, total = handle.read(length), handle.read(4)
        if len(total) < 4:
            break  # cut off: the decoder says so
        if zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(total, "big"):
            raise damaged(path, "a check sum of its pixels is wrong")
    handle.seek(place)


def is_tiff(path: Path, handle: BinaryIO | None = None) -> bool:
    """Whether the file begins like a TIFF. Raises InputError when it cannot be read."""
    with open_file(path, handle) as file:
        return file.read(4) in TIFF_MAGIC


def orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 when there is none or the EXIF data are damaged."""
    try:
        value = image.getexif().get(0x0112, 1)
    except DECODE_FAULTS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _formats(path: Path) -> tuple[str, ...]:
    """The allow-list; HEIC only for a file called so and with pillow-heif installed."""
    if path.suffix.lower() in HEIC_SUFFIXES and heic_installed():
        importlib.import_module("pillow_heif").register_heif_opener()
        return (*FORMATS, "HEIF")
    return FORMATS


def _reason(error: BaseException) -> str:
    """The decoder's own words, shortened to one line."""
    lines = str(error).splitlines()
    return lines[0][:120] if lines else type(error).__name__
