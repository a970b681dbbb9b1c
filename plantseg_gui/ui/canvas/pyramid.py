"""A photo at full size and halved again and again, so that a zoomed-out view is cheap and clean.

Smooth drawing reads four source pixels for each one on the screen: below half size it would skip
the rest and flicker. Drawing from the level just above the zoom reads them all.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.display_tables import Adjustment, adjusted
from plantseg_gui.core.results import RgbArray

# Up to here the photo is converted to 32 bits (drawn three times faster at full size); larger ones
# are shown from the document's own memory, which saves 4 bytes a pixel.
CONVERT_LIMIT_PX = 4096 * 4096
SMALLEST_LEVEL_PX = 512
# A level is adjusted in bands of this size, so that little memory is needed and it can be stopped.
BAND_PX = 2048 * 2048


@dataclass(frozen=True)
class Level:
    """One size of the photo. `pixels` is the memory that `image` shows: keep both.

    Attributes:
        image: RGB32 or RGB888.
        pixels: What it wraps.
    """

    image: QImage
    pixels: npt.NDArray[np.uint8]


def base_level(photo: RgbArray) -> Level:
    """The photo at full size.

    Args:
        photo: [H, W, 3] uint8 RGB; a large one is wrapped, not copied.
    """
    if photo.shape[0] * photo.shape[1] <= CONVERT_LIMIT_PX:
        return _level32(cv2.cvtColor(np.ascontiguousarray(photo), cv2.COLOR_RGB2BGRA))
    photo = np.ascontiguousarray(photo)
    return _level24(photo)


def reduced_levels(base: Level) -> list[Level]:
    """The photo at 1/2, 1/4 …, by averaging; takes about 1 ms per megapixel."""
    levels: list[Level] = []
    pixels = base.pixels
    while max(pixels.shape[:2]) > SMALLEST_LEVEL_PX:
        height, width = pixels.shape[:2]
        size = ((width + 1) // 2, (height + 1) // 2)
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        if pixels.shape[2] == 3:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA), np.uint8)
        levels.append(_level32(pixels))
    return levels


def adjusted_level(level: Level, how: Adjustment, token: CancelToken) -> Level | None:
    """The same size of the photo as it is to be shown, in memory of its own.

    Args:
        level: As the photo is.
        how: What to do.
        token: Looked at between bands; None comes back when it was cancelled.
    """
    pixels = level.pixels
    made = np.empty_like(pixels)
    height, width, depth = pixels.shape
    rows = max(1, BAND_PX // width)
    for y in range(0, height, rows):
        if token.cancelled:
            return None
        band = pixels[y : y + rows]
        if depth == 3:
            made[y : y + rows] = adjusted(band, how)
        else:
            rgb = np.asarray(cv2.cvtColor(band, cv2.COLOR_BGRA2RGB), np.uint8)
            cv2.cvtColor(adjusted(rgb, how), cv2.COLOR_RGB2BGRA, dst=made[y : y + rows])
    return _level24(made) if depth == 3 else _level32(made)


def best_level(count: int, scale: float) -> int:
    """Which of `count` levels to draw from at `scale` device px per photo px.

    The smallest that still has at least one pixel per device pixel.
    """
    level = 0
    while level + 1 < count and scale * 2 ** (level + 1) <= 1.0:
        level += 1
    return level


def _level24(rgb: npt.NDArray[np.uint8]) -> Level:
    height, width = rgb.shape[:2]
    return Level(QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888), rgb)


def _level32(bgra: npt.NDArray[np.uint8]) -> Level:
    height, width = bgra.shape[:2]
    image = QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return Level(image, bgra)
