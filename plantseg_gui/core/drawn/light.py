"""Light on the blade, and the camera."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.drawn.noise import grain, smooth
from plantseg_gui.core.drawn.surface import Skin
from plantseg_gui.core.results import FloatArray


@dataclass(frozen=True)
class Light:
    """Where the light comes from and how hard it is.

    Attributes:
        azimuth_deg: Direction in the picture that the light comes from.
        relief: How strongly slopes show.
        fold: Difference between the two halves of a blade.
        glare: Strength of reflections.
        gradient: How much darker the far side of the picture is.
        shadow: Strength of the shadow on the ground.
        reach: Length of the shadow as a share of the picture.
        softness: Blur of the shadow as a share of the picture.
    """

    azimuth_deg: float
    relief: float
    fold: float
    glare: float
    gradient: float
    shadow: float
    reach: float
    softness: float

    @property
    def towards(self) -> tuple[float, float]:
        """Unit vector x, y to the light."""
        angle = np.radians(self.azimuth_deg)
        return float(np.cos(angle)), float(np.sin(angle))


def some_light(rng: np.random.Generator, *, hard: bool) -> Light:
    """A random light: sun (hard) or sky and lamps (soft)."""
    return Light(
        azimuth_deg=rng.uniform(0, 360),
        relief=rng.uniform(1.5, 2.1) if hard else rng.uniform(1.0, 1.5),
        fold=rng.uniform(0.04, 0.13),
        glare=rng.uniform(0.12, 0.34) if hard else rng.uniform(0.05, 0.22),
        gradient=rng.uniform(0.05, 0.28),
        shadow=rng.uniform(0.4, 0.62) if hard else rng.uniform(0.15, 0.35),
        reach=rng.uniform(0.008, 0.026),
        softness=rng.uniform(0.004, 0.009) if hard else rng.uniform(0.012, 0.026),
    )


def lit(skin: Skin, light: Light) -> FloatArray:
    """[H, W, 3] float32: the painted blade with shading, shine and the fold at its midrib."""
    to_x, to_y = light.towards
    fine = cv2.GaussianBlur(skin.relief, (0, 0), max(0.6, skin.maps.unit_px / 1100))
    slope_x = cv2.Sobel(fine, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope_y = cv2.Sobel(fine, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    facing = -(slope_x * np.float32(to_x) + slope_y * np.float32(to_y))
    shade = 1.0 + light.relief * facing + light.fold * skin.maps.side
    shade = np.clip(shade, 0.42, 1.55)
    picture = skin.rgb * shade[..., None]
    # Shine where the slope sends the light to the camera: a narrow band of slopes.
    off_x = slope_x + np.float32(0.085 * to_x)
    off_y = slope_y + np.float32(0.085 * to_y)
    shine = np.exp(-(off_x * off_x + off_y * off_y) * np.float32(1 / (2 * 0.036**2)))
    shine *= skin.gloss * np.float32(light.glare)
    sky = np.array([0.95, 0.98, 1.0], np.float32)
    return np.asarray(picture + (sky - picture) * shine[..., None], np.float32)


def cast_shadow(cover: FloatArray, light: Light) -> FloatArray:
    """[H, W] float32 factor for the ground: the leaf's shadow, dense where the leaf is close."""
    height, width = cover.shape
    size = (max(8, width // 4), max(8, height // 4))
    small = cv2.resize(cover, size, interpolation=cv2.INTER_AREA)
    side = max(small.shape)
    to_x, to_y = light.towards
    dark = np.ones(small.shape, np.float32)
    for share, reach, blur in ((0.55, 1.0, 1.0), (0.45, 0.35, 0.4)):
        shift = light.reach * reach * side
        move = np.array([[1, 0, -to_x * shift], [0, 1, -to_y * shift]], np.float32)
        moved = cv2.warpAffine(small, move, (small.shape[1], small.shape[0]))
        soft = cv2.GaussianBlur(moved, (0, 0), max(0.5, light.softness * blur * side))
        dark *= 1.0 - np.float32(light.shadow * share * 1.4) * soft
    return np.asarray(cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR))


def photographed(
    scene: FloatArray, rng: np.random.Generator, light: Light
) -> npt.NDArray[np.uint8]:
    """The scene [H, W, 3] float32 as a camera stores it: light falling off, tint, blur, grain."""
    height, width = scene.shape[:2]
    to_x, to_y = light.towards
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    field = 1.0 + np.float32(light.gradient * 0.5) * (x * np.float32(to_x) + y * np.float32(to_y))
    field -= np.float32(rng.uniform(0.02, 0.16)) * (x * x + y * y) * 0.5
    field += np.float32(0.02) * smooth(rng, height, width, max(height, width) / 3)
    exposure = rng.uniform(0.94, 1.08)
    tint = np.array([rng.uniform(0.97, 1.04), 1.0, rng.uniform(0.95, 1.04)], np.float32)
    shot = scene * (field * np.float32(exposure))[..., None]
    shot *= tint
    shot = cv2.GaussianBlur(shot, (0, 0), max(0.35, 0.75 * max(height, width) / 2048))
    noise = np.float32(rng.uniform(0.006, 0.016))
    shot += noise * grain(rng, height, width, 3)
    # The shoulder keeps paper from clipping into a flat white.
    shot = np.where(shot > 0.86, 0.86 + (shot - 0.86) * 0.62, shot)
    return np.asarray(np.clip(shot * 255.0 + 0.5, 0, 255), np.uint8)
