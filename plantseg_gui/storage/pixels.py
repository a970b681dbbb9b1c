"""From what a file holds (any depth, any channels) to uint8 [H, W, 3] in the right orientation."""

from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]
ByteArray = npt.NDArray[np.uint8]


def to_uint8(array: AnyArray) -> ByteArray:
    """Scale samples of any type to 0..255.

    16 bits: /257; but a picture that stays under 4096 is taken for 12 bits and one under 256 for
    8, since cameras store both in 16-bit files and would otherwise come out black. Floats: 0..1
    when they stay in it, else 0..255 when they stay in it, else minimum to maximum; wider
    integers likewise, without the 0..1. Not-a-number becomes 0.

    Args:
        array: any shape; bool, integers or floats, any byte order.

    Returns:
        uint8 of the same shape.
    """
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.size == 0:
        return np.zeros(array.shape, np.uint8)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        top = int(array.max())
        if top <= 255:
            return array.astype(np.uint8)
        full = 4095 if top < 4096 else 65535
        table = np.rint(np.arange(full + 1) * (255.0 / full)).astype(np.uint8)
        return table[array]
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255:
        with np.errstate(over="ignore"):
            values = (values - low) * (255.0 / max(high - low, 1e-30))
    elif high <= 1.0 and array.dtype.kind == "f":
        values = values * 255.0
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def on_white(rgba: ByteArray) -> ByteArray:
    """Composite on white, the ground that cut-out leaves are photographed on.

    The colour under a fully transparent pixel is arbitrary (often black), so it must not be shown.

    Args:
        rgba: [H, W, 4] uint8, straight alpha.

    Returns:
        [H, W, 3] uint8.
    """
    if bool((rgba[..., 3] == 255).all()):
        return np.ascontiguousarray(rgba[..., :3])
    alpha = rgba[..., 3:].astype(np.uint16)
    colour = rgba[..., :3].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def grey_to_rgb(grey: ByteArray) -> ByteArray:
    """[H, W] uint8 to [H, W, 3] uint8."""
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))


def orient(array: AnyArray, orientation: int) -> AnyArray:
    """Apply an EXIF orientation.

    Args:
        array: [H, W, ...] as stored.
        orientation: 1 to 8, as EXIF 2.32 (tag 0x0112) defines it.

    Returns:
        [H, W, ...] or, for 5 to 8, [W, H, ...], as the photographer saw it; contiguous.
    """
    turned = array
    if orientation >= 5:
        turned = np.swapaxes(turned, 0, 1)
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
