"""Augmentation of a crop: geometry for photo and labels alike, then colour for the photo alone.

Each sample has its own random state, a hash of (seed, epoch, index): a resumed run, and a run with
another number of worker threads, draws the same samples.
"""

from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.training.crops import Crop
from plantseg_gui.training.photo_cache import Uint8

ArrayT = TypeVar("ArrayT", bound=npt.NDArray[Any])

_TILT_CHANCE, _MOST_TILT_DEG = 0.3, 25.0


def sample_rng(seed: int, epoch: int, index: int) -> np.random.Generator:
    """The random state of one sample."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch, index])))


def augment(crop: Crop, rng: np.random.Generator, strength: float = 1.0) -> Crop:
    """A changed copy.

    Args:
        crop: A square tile.
        rng: The sample's own random state.
        strength: 0 = flips and quarter turns alone, 1 = everything.
    """
    turns, flip = int(rng.integers(4)), bool(rng.integers(2))
    crop = Crop(
        _turn(crop.image, turns, flip),
        _turn(crop.mask, turns, flip),
        _turn(crop.instances, turns, flip),
        _turn(crop.valid, turns, flip),
        crop.complete,
    )
    if strength > 0:
        if rng.random() < _TILT_CHANCE * min(1.0, strength):
            crop = _tilt(crop, rng.uniform(-_MOST_TILT_DEG, _MOST_TILT_DEG))
        crop.image = _photometric(crop.image, rng, strength)
    return crop


def _turn(array: ArrayT, turns: int, flip: bool) -> ArrayT:
    turned = np.rot90(array, turns)
    return np.ascontiguousarray(turned[:, ::-1] if flip else turned)  # type: ignore[return-value]


def _tilt(crop: Crop, degrees: float) -> Crop:
    """Turned about its centre; photo and labels alike are mirrored into the corners."""
    side = crop.mask.shape[0]
    centre = ((side - 1) / 2, (side - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, degrees, 1.0)

    def turned(array: npt.NDArray[Any], flag: int) -> npt.NDArray[Any]:
        return cv2.warpAffine(
            array, matrix, (side, side), flags=flag, borderMode=cv2.BORDER_REFLECT_101
        )

    # The largest id is far below 2^24, up to which float32 counts exactly.
    ids = turned(crop.instances.astype(np.float32), cv2.INTER_NEAREST)
    return Crop(
        np.asarray(turned(crop.image, cv2.INTER_LINEAR), np.uint8),
        np.asarray(turned(crop.mask, cv2.INTER_NEAREST), np.uint8),
        ids.astype(np.int32),
        np.asarray(turned(crop.valid, cv2.INTER_NEAREST), np.uint8),
        crop.complete,
    )


def _photometric(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    steps = (
        (0.20, _shadow),
        (0.80, _tone),
        (0.60, _hue_and_saturation),
        (0.15, _blur),
        (0.15, _few_pixels),
        (0.20, _noise),
        (0.20, _jpeg),
    )
    for chance, change in steps:
        # Drawn in any case, so that one change does not shift the draws of the next.
        if rng.random() < chance * min(1.0, strength):
            image = change(image, rng, strength)
    return image


def _tone(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    """Brightness, contrast, gamma and white balance, as one table per channel."""
    ramp = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.uniform(-0.25, 0.25) * strength)
    contrast = 1 + rng.uniform(-0.3, 0.3) * strength
    brightness = rng.uniform(-0.15, 0.15) * strength
    gains = 1 + rng.uniform(-0.08, 0.08, 3) * strength
    curve = (ramp**gamma - 0.5) * contrast + 0.5 + brightness
    table = np.clip(curve[:, None] * gains[None] * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table.reshape(1, 256, 3)), np.uint8)


def _hue_and_saturation(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    shift = round(rng.uniform(-8, 8) * strength)
    gain = 1 + rng.uniform(-0.35, 0.35) * strength
    ramp = np.arange(256)
    table = np.stack([(ramp + shift) % 180, np.clip(ramp * gain, 0, 255), ramp], axis=-1).astype(
        np.uint8
    )
    return np.asarray(
        cv2.cvtColor(cv2.LUT(hsv, table.reshape(1, 256, 3)), cv2.COLOR_HSV2RGB), np.uint8
    )


def _blur(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 0.5 + strength)), np.uint8)


def _few_pixels(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    """As from a camera with fewer pixels: reduced, and brought back to its size."""
    side = image.shape[0]
    small = max(1, round(side * rng.uniform(max(0.3, 0.75 - 0.35 * strength), 0.9)))
    reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(reduced, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


def _noise(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    sigma = rng.uniform(2, 2 + 8 * strength)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(sigma)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _jpeg(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    quality = int(rng.integers(round(95 - 60 * min(1.0, strength)), 96))
    # cv2 takes the channels as BGR; artefacts do not depend on their order enough to matter, but
    # chroma is subsampled in the right planes only when the order is right.
    ok, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        return image
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[:, :, ::-1])


def _shadow(image: Uint8, rng: np.random.Generator, strength: float) -> Uint8:
    """One soft-edged half plane or band, darker than the rest."""
    side = image.shape[0]
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3) * side
    softness, dark = rng.uniform(0.01, 0.15) * side, 1 - rng.uniform(0.2, 0.6) * strength
    grid = np.arange(side, dtype=np.float32) - side / 2
    distance = grid[:, None] * np.float32(np.sin(angle)) + grid[None] * np.float32(np.cos(angle))
    weight = np.clip((distance - offset) / softness + 0.5, 0, 1)
    if rng.random() < 0.4:
        width = rng.uniform(0.1, 0.5) * side
        weight = weight * np.clip((offset + width - distance) / softness + 0.5, 0, 1)
    factor = (1 - weight * (1 - dark)).astype(np.float32)
    return (image * factor[..., None]).astype(np.uint8)
