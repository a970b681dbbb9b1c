"""Mask pictures, one per photo: black and white, palette, or 16-bit numbers.

Numbers hold everything. A palette holds 254 lesions and unsure pixels (255, as Pascal VOC has it).
Black and white knows neither unsure pixels nor which lesion a pixel belongs to: when read, each
connected piece is a lesion.
"""

import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.storage.formats.annotation import (
    PROGRAM,
    Annotation,
    Entry,
    Found,
    ReadOptions,
    WriteOptions,
    Written,
    has_unsure,
    lesion_ids,
)
from plantseg_gui.storage.formats.canvas import Canvas, check_same_size
from plantseg_gui.storage.formats.targets import Targets
from plantseg_gui.storage.image_open import is_tiff, open_image, orientation
from plantseg_gui.storage.images import read_photo, read_photo_info
from plantseg_gui.storage.masks import read_labels, read_mask, write_mask
from plantseg_gui.storage.pixels import orient
from plantseg_gui.storage.tiff import read_tiff

_PALETTE_UNSURE = 255
_MOST_IN_PALETTE = 254
# Of 512 coarse colours. Smoothed edges of a coloured mask have a few dozen.
_MOST_COLOURS = 64
_MARK = f"{PROGRAM}: index = lesion, 255 = unsure"
_NUMBERS_MARK = f"{PROGRAM}: number = lesion, 65535 = unsure"
_GREY_TYPES = ("L", "I;16", "I;16B", "I;16L", "I", "1")


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The mask of one photo in a picture file of any kind.

    Args:
        path: PNG, or another picture.
        beside: Its folder, relative to the folder that was chosen.
        options: Not used: pictures name no classes.

    Raises:
        InputError: no readable picture.
    """
    del options
    info = read_photo_info(path)
    name = (beside / path.stem).as_posix()

    def decode(photo_width: int, photo_height: int) -> Annotation:
        check_same_size(path, name, (info.width, info.height), (photo_width, photo_height))
        return _decode(path, name, (photo_width, photo_height))

    yield Entry(path, name, info.width, info.height, decode)


def write_binary(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write 0 and 255, `<photo>_mask.png`. Raises StorageError."""
    targets = Targets(folder, "_mask.png", options)
    files: list[Path] = []
    notes = targets.notes
    for item in items:
        files.append(targets(item.name))
        write_mask(files[-1], (item.labels != HEALTHY) & (item.labels != UNSURE))
        if has_unsure(item.labels):
            notes.append(f"{item.name}: unsure pixels are black; this format cannot hold them.")
    if files:
        notes.insert(0, "Lesions that touch are one piece in a black-and-white mask.")
    return Written(tuple(files), tuple(notes))


def write_palette(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write palette pictures, `<photo>_palette.png`: lesions 1, 2, 3 …, unsure 255.

    Raises:
        StorageError: one could not be written.
    """
    targets = Targets(folder, "_palette.png", options)
    files: list[Path] = []
    notes = targets.notes
    for item in items:
        files.append(targets(item.name))
        ids = lesion_ids(item.labels)
        table = np.zeros(UNSURE + 1, np.uint8)
        table[UNSURE] = _PALETTE_UNSURE
        if len(ids) <= _MOST_IN_PALETTE:
            table[ids] = np.arange(1, len(ids) + 1)
        else:
            table[ids] = 1
            notes.append(
                f"{item.name}: a palette holds {_MOST_IN_PALETTE} lesions, the photo has "
                f"{len(ids)}; they all have number 1."
            )
        mark = _MARK if len(ids) <= _MOST_IN_PALETTE else ""
        write_bytes(files[-1], _palette_png(table[item.labels], mark))
    return Written(tuple(files), tuple(notes))


def write_numbers(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write 16-bit numbers, `<photo>_labels.png`: everything is kept. Raises StorageError."""
    targets = Targets(folder, "_labels.png", options)
    files: list[Path] = []
    notes = targets.notes
    unsure = False
    for item in items:
        files.append(targets(item.name))
        image = Image.fromarray(np.ascontiguousarray(item.labels, np.uint16))
        write_bytes(files[-1], _png(image, _NUMBERS_MARK))
        unsure |= has_unsure(item.labels)
    if unsure:
        notes.append("Unsure pixels have the number 65535.")
    return Written(tuple(files), tuple(notes))


def _decode(path: Path, name: str, size: tuple[int, int]) -> Annotation:
    shape = size[::-1]
    kind, mark = _kind(path)
    if kind == "P":
        return _from_palette(path, name, mark, shape)
    if kind == "grey":
        labels = read_labels(path, shape)
        values = [*lesion_ids(labels), *([UNSURE] if has_unsure(labels) else [])]
        if mark == _NUMBERS_MARK:
            return Annotation(name, labels)
        if len(values) > 1:
            return _from_numbers(path, name, labels, values)
        mask: BoolArray = labels != HEALTHY
        del labels  # 240 MB of the largest pictures
    else:
        _refuse_photo(path)
        mask = read_mask(path, shape)
    canvas = Canvas(path, name, *size)
    canvas.components(mask)
    if mask.any():
        canvas.note("Each connected piece of the mask was taken as one lesion.")
    return canvas.annotation()


def _kind(path: Path) -> tuple[str, str]:
    """Whether it is "P" (palette), "grey" or "other"; and our own mark in it."""
    if is_tiff(path):
        tiff = read_tiff(path)
        plain = tiff.palette is None and tiff.samples.ndim == 2 and tiff.samples.dtype.kind in "bui"
        return ("grey" if plain else "other"), ""
    with open_image(path, header_only=True) as image:
        lossy = image.format in ("JPEG", "MPO", "WEBP")
        if image.mode == "P" and "transparency" not in image.info:
            return "P", str(image.info.get("Comment", ""))
        grey = image.mode in _GREY_TYPES and not lossy
        return ("grey" if grey else "other"), str(image.info.get("Comment", ""))


def _refuse_photo(path: Path) -> None:
    """Refuse a picture of many colours: a photo taken for a mask would be lesion all over."""
    rgb = read_photo(path)
    step = max(1, min(rgb.shape[:2]) // 256)
    coarse = (rgb[::step, ::step] >> 5).astype(np.int32)
    colours = np.unique(coarse @ np.array([64, 8, 1], np.int32))
    if len(colours) > _MOST_COLOURS:
        raise InputError(
            f"{path} looks like a photo, not like a mask.", "Choose the folder of the masks."
        )


def _from_palette(path: Path, name: str, mark: str, shape: tuple[int, int]) -> Annotation:
    with open_image(path) as image:
        indices = orient(np.asarray(image), orientation(image))
        palette = np.array(image.getpalette() or [0, 0, 0], np.uint8).reshape(-1, 3)
    used = np.array([i for i in range(256) if i in indices])
    canvas = Canvas(path, name, shape[1], shape[0])
    if mark == _MARK:
        labels = indices.astype(np.uint16)
        labels[indices == _PALETTE_UNSURE] = UNSURE
        return Annotation(name, labels)
    colours = palette[used[used < len(palette)]]
    if bool((colours == colours[:, :1]).all()):
        # A black-and-white mask that a program for shrinking pictures gave a palette.
        canvas.components(read_mask(path, shape))
        return canvas.annotation()
    unsure = indices == _PALETTE_UNSURE
    lesions = used[(used != 0) & (used != _PALETTE_UNSURE)]
    if len(lesions) == 1:
        canvas.components((indices != 0) & ~unsure)
        canvas.labels[unsure] = UNSURE
        canvas.note("Each connected piece of the mask was taken as one lesion.")
    else:
        canvas.labels[:] = indices
        canvas.labels[unsure] = UNSURE
        canvas.note("Each colour of the palette was taken as one lesion.")
    if bool(unsure.any()):
        canvas.note("Colour 255 of the palette was taken as unsure, as Pascal VOC has it.")
    return canvas.annotation()


def _from_numbers(path: Path, name: str, labels: LabelArray, values: list[int]) -> Annotation:
    """Each number is a lesion. In 8 bits, 255 after a gap is unsure, as Pascal VOC has it."""
    notes: tuple[str, ...] = ()
    if values[-1] == _PALETTE_UNSURE and values[-2] < _PALETTE_UNSURE - 1 and not _deep(path):
        labels[labels == _PALETTE_UNSURE] = UNSURE
        notes = ("Number 255 was taken as unsure, as Pascal VOC has it.",)
    return Annotation(name, labels, notes)


def _deep(path: Path) -> bool:
    """Whether a grey picture has more than 8 bits."""
    with open_image(path, header_only=True) as image:
        return image.mode not in ("L", "1")


def _palette_png(indices: npt.NDArray[np.uint8], mark: str) -> bytes:
    """[H, W] uint8 as a PNG with a palette of distinct colours, 0 black, 255 grey."""
    colours = np.zeros((256, 3), np.uint8)
    number = np.arange(256)
    # Pascal VOC's palette: the number's bits, spread over the channels from the highest bit on.
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= (((number >> channel) & 1) << (7 - bit)).astype(np.uint8)
        number >>= 3
    image = Image.fromarray(indices)
    image.putpalette(colours.reshape(-1).tolist())
    return _png(image, mark)


def _png(image: Image.Image, mark: str) -> bytes:
    """A PNG with our mark as its comment."""
    info = PngInfo()
    if mark:
        info.add_text("Comment", mark)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=3, pnginfo=info)
    return buffer.getvalue()
