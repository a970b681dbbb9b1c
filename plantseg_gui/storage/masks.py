"""Masks and label images on disk.

Lesion masks come in every dress: 0/255, 0/1, 1-bit, palette, RGB, transparent, 16-bit labels.
`read_mask` reads them all; what counts as lesion is written at `_lesion`.
"""

from pathlib import Path

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.storage.image_open import is_tiff, open_image, orientation
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.pixels import AnyArray, orient
from plantseg_gui.storage.tiff import read_tiff

_UNSURE = 65535


def read_mask(path: Path, expected_shape: tuple[int, int] | None = None) -> BoolArray:
    """Read a lesion mask.

    Args:
        path: Any picture file.
        expected_shape: (height, width) of its photo.

    Returns:
        [H, W] bool, True = lesion.

    Raises:
        InputError: unreadable, or of another size than the photo; names both sizes.
    """
    path = Path(path)
    if is_tiff(path):
        tiff = read_tiff(path)
        mask = _indexed(tiff.samples, tiff.palette) if tiff.palette is not None else None
        mask = orient(_lesion(tiff.samples) if mask is None else mask, tiff.orientation)
    else:
        with open_image(path) as image:
            turned = orientation(image)
            if image.mode == "P" and "transparency" not in image.info:
                palette = np.array(image.getpalette() or [0, 0, 0], np.uint8).reshape(-1, 3)
                mask = _indexed(np.asarray(image), palette)
            elif image.mode in ("P", "PA"):
                mask = _lesion(np.asarray(image.convert("RGBA")))
            elif image.mode == "CMYK":
                mask = _lesion(np.asarray(image.convert("RGB")))
            else:
                pixels = np.asarray(image)
                mask = _lossy(pixels) if _is_lossy(image.format) else _lesion(pixels)
        mask = orient(mask, turned)
    _check_shape(path, mask, expected_shape)
    return mask


def write_mask(path: Path, mask: BoolArray) -> None:
    """Write [H, W] bool as an 8-bit PNG of 0 and 255. Raises StorageError."""
    write_png(path, np.asarray(mask, np.bool_))


def read_labels(path: Path, expected_shape: tuple[int, int] | None = None) -> LabelArray:
    """Read a label image: 0 healthy, n = lesion n, 65535 unsure.

    Args:
        path: 8-bit, palette (its indices) or 16-bit PNG or TIFF.
        expected_shape: (height, width) of its photo.

    Returns:
        [H, W] uint16.

    Raises:
        InputError: unreadable, a colour picture, numbers over 65535, or another size.
    """
    path = Path(path)
    if is_tiff(path):
        tiff = read_tiff(path)
        pixels, turned = tiff.samples, tiff.orientation
    else:
        with open_image(path) as image:
            pixels, turned = np.asarray(image), orientation(image)
    whole = pixels.dtype.kind in "bui" and pixels.ndim == 2
    if not whole or (pixels.size and (int(pixels.min()) < 0 or int(pixels.max()) > _UNSURE)):
        raise InputError(
            f"{path} is not a label image.",
            "Use a 16-bit grey PNG: 0 = healthy, 1, 2, 3 … = lesions.",
        )
    labels: LabelArray = orient(pixels.astype(np.uint16), turned)
    _check_shape(path, labels, expected_shape)
    return labels


def write_labels(path: Path, labels: LabelArray) -> None:
    """Write [H, W] uint16 as a 16-bit PNG. Raises StorageError."""
    write_png(path, np.asarray(labels, np.uint16))


def _lesion(pixels: AnyArray) -> BoolArray:
    """What is lesion in grey, colour or transparent pixels.

    Grey: not 0. Of label numbers 65535 is "unsure" and not lesion; where it is the only number
    beside 0, the file is a 16-bit black-and-white mask. Colour: any channel not 0 where opaque;
    a single colour cut out by transparency: where opaque.

    Args:
        pixels: [H, W] or [H, W, 1 to 4], any type.
    """
    if pixels.ndim == 2:
        nonzero: BoolArray = pixels != 0
        if pixels.dtype.kind in "ui" and pixels.dtype.itemsize >= 2:
            labelled = nonzero & (pixels != _UNSURE)
            return labelled if bool(labelled.any()) else nonzero
        return nonzero
    if pixels.shape[2] in (2, 4):
        colour, opaque = pixels[..., :-1], pixels[..., -1] != 0
        if bool((colour == colour[:1, :1]).all()) and not bool(opaque.all()):
            return np.asarray(opaque, np.bool_)
        return np.asarray((colour != 0).any(axis=2) & opaque, np.bool_)
    return np.asarray((pixels != 0).any(axis=2), np.bool_)


def _indexed(indices: AnyArray, palette: AnyArray) -> BoolArray:
    """Palette masks: index not 0; but where all used colours are greys, the colour decides.

    Programs that shrink PNGs turn a black-and-white mask into a palette in any order, while
    segmentation tools (VOC and others) give the classes colours and count from index 0.
    """
    used = np.unique(indices)
    used = used[used < len(palette)]
    colours = palette[used]
    if colours.size and bool((colours == colours[:, :1]).all()):
        lookup = np.zeros(max(256, len(palette)), np.bool_)
        lookup[used] = colours[:, 0] != 0
        return np.asarray(lookup[indices], np.bool_)
    return np.asarray(indices != 0, np.bool_)


def _is_lossy(name: str | None) -> bool:
    """Formats whose compression leaves a noise of small values around 0."""
    return name in ("JPEG", "MPO", "WEBP")


def _lossy(pixels: AnyArray) -> BoolArray:
    """Half of the brightest value decides: JPEG noise around 0 is no lesion."""
    grey = pixels if pixels.ndim == 2 else pixels[..., :3].max(axis=2)
    top = int(grey.max(initial=0))
    return np.asarray(grey >= max(1, (top + 1) // 2), np.bool_) & (top > 16)


def _check_shape(path: Path, array: AnyArray, expected: tuple[int, int] | None) -> None:
    """Raise InputError unless the sizes agree."""
    if expected is None or tuple(array.shape) == tuple(expected):
        return
    height, width = array.shape
    turned = " It looks turned by 90°." if (width, height) == tuple(expected) else ""
    raise InputError(
        f"{path} is {width} × {height} px, but its photo is {expected[1]} × {expected[0]} px."
        f"{turned}",
        "Use the mask that belongs to this photo, in the photo's own size.",
    )
