"""How a photo is looked at: brightness, contrast, gamma, white balance, one channel.

For the eye alone: what comes out is shown, and never measured, saved or given to the network. All
is one table of [3, 256] bytes, so that a photo costs one look-up a pixel.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.results import RgbArray

DisplayTable = npt.NDArray[np.uint8]
Gains = tuple[float, float, float]

LIMIT = 100  # of brightness and contrast, to both sides
GAMMA_LOW, GAMMA_HIGH = 0.25, 4.0
NO_GAINS: Gains = (1.0, 1.0, 1.0)
# A picked point is the mean over a square of this side: one pixel is mostly noise.
PICK_PX = 5
_GAIN_LOW, _GAIN_HIGH = 0.25, 4.0
_BRIGHTNESS_SPAN = 0.5
# Lab's a and b of a leaf lie within a sixth of their range: spread, or all would look grey.
_LAB_SPREAD = 3.0
_SAMPLES = 512


class Channel(StrEnum):
    """What of the photo is shown; all but RGB in shades of grey."""

    RGB = "rgb"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    GREY = "grey"
    LAB_A = "lab_a"
    LAB_B = "lab_b"


_ONE_OF_RGB = {Channel.RED: 0, Channel.GREEN: 1, Channel.BLUE: 2}
_ONE_OF_LAB = {Channel.LAB_A: 1, Channel.LAB_B: 2}


@dataclass(frozen=True)
class Adjustment:
    """A way to look at a photo; the default shows it as it is.

    Attributes:
        brightness: -100 to 100; 100 adds half the range.
        contrast: -100 to 100; each 50 doubles or halves the slope around the middle.
        gamma: 0.25 to 4; above 1 lifts the shadows.
        gains: Factors of red, green and blue before all else: the white balance.
        channel: What is shown.
    """

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0
    gains: Gains = NO_GAINS
    channel: Channel = Channel.RGB

    @property
    def neutral(self) -> bool:
        """Whether the photo is shown as it is."""
        return self == Adjustment()


def display_table(how: Adjustment) -> DisplayTable:
    """Shown value of each value of red, green and blue.

    Returns:
        [3, 256] uint8.
    """
    values = np.arange(256) / 255.0 * np.array(how.gains)[:, None]
    lifted = np.clip(values, 0.0, 1.0) ** (1.0 / how.gamma)
    slope = 2.0 ** (how.contrast / 50.0)
    shown = (lifted - 0.5) * slope + 0.5 + _BRIGHTNESS_SPAN * how.brightness / LIMIT
    return np.rint(255.0 * np.clip(shown, 0.0, 1.0)).astype(np.uint8)


def adjusted(photo: RgbArray, how: Adjustment) -> RgbArray:
    """The photo as it is to be shown, in new memory; about 6 ms per megapixel, Lab 25.

    In a Lab channel brightness, contrast and gamma act on the channel, the gains before it.

    Args:
        photo: [H, W, 3] uint8 RGB; not changed.
        how: What to do.

    Returns:
        [H, W, 3] uint8 RGB.
    """
    if how.channel in _ONE_OF_LAB:
        balanced = _looked_up(photo, display_table(Adjustment(gains=how.gains)))
        lab = cv2.cvtColor(balanced, cv2.COLOR_RGB2LAB)
        one = cv2.extractChannel(lab, _ONE_OF_LAB[how.channel])
        spread = cv2.convertScaleAbs(one, alpha=_LAB_SPREAD, beta=128 * (1 - _LAB_SPREAD))
        tones = display_table(Adjustment(how.brightness, how.contrast, how.gamma))[0]
        # convertScaleAbs mirrors what falls below 0: those values are cut off instead.
        spread[one < 128 - 128 / _LAB_SPREAD] = 0
        return _grey(cv2.LUT(spread, tones))
    shown = _looked_up(photo, display_table(how))
    if how.channel in _ONE_OF_RGB:
        return _grey(cv2.extractChannel(shown, _ONE_OF_RGB[how.channel]))
    if how.channel is Channel.GREY:
        return _grey(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY))
    return shown


def grey_point_gains(photo: RgbArray, row: int, column: int) -> Gains:
    """The white balance that makes a place of the photo grey.

    Args:
        photo: [H, W, 3] uint8 RGB.
        row: Of the place.
        column: Of the place; the mean of 5 × 5 px around it counts.
    """
    reach = PICK_PX // 2
    part = photo[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return _gains(part.reshape(-1, 3).mean(axis=0))


def grey_world_gains(photo: RgbArray) -> Gains:
    """The white balance that makes the photo grey on average, from some 512 × 512 of its pixels.

    Pixels at either end of the range say nothing about the light and do not count.
    """
    step = max(1, max(photo.shape[:2]) // _SAMPLES)
    some = photo[::step, ::step].reshape(-1, 3)
    telling = some[(some.min(axis=1) > 4) & (some.max(axis=1) < 251)]
    return _gains((telling if len(telling) else some).mean(axis=0))


def _gains(mean: npt.NDArray[np.float64]) -> Gains:
    level = float(mean.mean())
    if level < 1.0:  # black: nothing to balance
        return NO_GAINS
    red, green, blue = (
        min(_GAIN_HIGH, max(_GAIN_LOW, level / max(float(value), 1.0))) for value in mean
    )
    return red, green, blue


def _looked_up(photo: RgbArray, table: DisplayTable) -> RgbArray:
    # OpenCV wants [1, 256, 3].
    found = cv2.LUT(np.ascontiguousarray(photo), np.ascontiguousarray(table.T[None]))
    return np.asarray(found, np.uint8)


def _grey(channel: npt.ArrayLike) -> RgbArray:
    return np.asarray(cv2.cvtColor(np.asarray(channel, np.uint8), cv2.COLOR_GRAY2RGB), np.uint8)
