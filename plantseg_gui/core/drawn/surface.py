"""The healthy blade: its colours and its relief."""

from dataclasses import dataclass

import cv2
import numpy as np

from plantseg_gui.core.drawn.noise import rough, smooth, smoothstep
from plantseg_gui.core.drawn.raster import LeafMaps
from plantseg_gui.core.results import FloatArray


@dataclass(frozen=True)
class Tone:
    """Colours of one kind of leaf, sRGB 0 to 255, and how its surface behaves.

    Attributes:
        dark: Colour of the darkest leaves.
        light: Colour of the lightest leaves.
        vein: Colour of the main veins.
        bulge: How far the blade arches between its veins.
        gloss: Strength of reflections.
    """

    dark: tuple[int, int, int]
    light: tuple[int, int, int]
    vein: tuple[int, int, int]
    bulge: float
    gloss: float


TONES: dict[str, Tone] = {
    "coffee": Tone((52, 82, 40), (98, 128, 52), (148, 166, 86), 1.0, 1.0),
    "grape": Tone((66, 104, 48), (120, 150, 70), (176, 186, 116), 0.9, 0.35),
    "wheat": Tone((62, 96, 50), (112, 140, 72), (142, 162, 98), 0.0, 0.4),
    "maize": Tone((50, 100, 46), (98, 142, 62), (184, 196, 140), 0.0, 0.5),
    "tomato": Tone((56, 92, 48), (104, 134, 66), (140, 158, 96), 1.2, 0.25),
    "bean": Tone((62, 110, 46), (112, 152, 62), (158, 182, 100), 1.0, 0.4),
    "apple": Tone((54, 88, 44), (100, 128, 58), (158, 168, 102), 0.8, 0.6),
}


@dataclass
class Skin:
    """The blade while it is being painted.

    Attributes:
        rgb: [H, W, 3] float32 0 to 1, colour without light.
        relief: [H, W] float32, height in px.
        gloss: [H, W] float32, strength of reflections.
        labels: [H, W] uint16, lesion instances.
        maps: The leaf's geometry.
        texture: [H, W] float32, fine noise shared by all that is painted.
        wobble: [H, W] float32, noise that makes outlines irregular.
        ripple: [H, W] float32, broader noise.
        axis_deg: Direction of the leaf's axis, for lesions that follow parallel veins.
        parallel: Whether veins are parallel.
        count: Lesions painted so far.
    """

    rgb: FloatArray
    relief: FloatArray
    gloss: FloatArray
    labels: np.ndarray
    maps: LeafMaps
    texture: FloatArray
    wobble: FloatArray
    ripple: FloatArray
    axis_deg: float
    parallel: bool
    count: int = 0


def healthy_skin(
    name: str, maps: LeafMaps, rng: np.random.Generator, axis_deg: float, parallel: bool
) -> Skin:
    """Paint a healthy blade.

    Args:
        name: Key of TONES.
        maps: The leaf's geometry, [H, W].
        rng: Randomness.
        axis_deg: Direction of the leaf's axis.
        parallel: Whether its veins are parallel.
    """
    tone = TONES[name]
    height, width = maps.leaf.shape
    unit = maps.unit_px
    texture = rough(rng, height, width, max(2.0, unit / 90), 4)
    wobble = rough(rng, height, width, unit / 14, 2)
    wide = smooth(rng, height, width, unit / 2.2)
    ripple = smooth(rng, height, width, unit / 7)
    rgb = _colours(tone, maps, rng, (wide, ripple, texture))
    relief = _relief(tone, maps, rng, (wide, ripple, texture), parallel)
    gloss = np.full((height, width), tone.gloss, np.float32)
    return Skin(
        rgb=rgb,
        relief=relief,
        gloss=gloss,
        labels=np.zeros((height, width), np.uint16),
        maps=maps,
        texture=texture,
        wobble=wobble,
        ripple=ripple,
        axis_deg=axis_deg,
        parallel=parallel,
    )


def _colours(
    tone: Tone,
    maps: LeafMaps,
    rng: np.random.Generator,
    noises: tuple[FloatArray, FloatArray, FloatArray],
) -> FloatArray:
    wide, ripple, texture = noises
    dark, light, vein = (np.array(c, np.float32) / 255 for c in (tone.dark, tone.light, tone.vein))
    age = rng.uniform(0.15, 0.85)
    base = dark + (light - dark) * np.float32(age)
    yellow = np.clip(base * np.array([1.55, 1.22, 0.95], np.float32), 0, 1)
    # Lighter and yellower in broad patches, between the veins, and a little along the edge.
    margin = np.exp(-maps.edge_px / (maps.unit_px * 0.03))
    ageing = 0.10 * wide + 0.06 * ripple + 0.20 * margin * smoothstep(-0.5, 1.5, wide)
    ageing = np.clip(ageing + rng.uniform(0.0, 0.14), 0, 0.6).astype(np.float32)
    value = 1.0 + 0.05 * ripple + 0.03 * texture + rng.uniform(-0.04, 0.04)
    rgb = base + (yellow - base) * ageing[..., None]
    rgb *= value[..., None]
    strength = np.minimum(
        0.85 * maps.main_vein + 0.42 * maps.side_vein + 0.13 * maps.net, 0.92
    ).astype(np.float32)
    rgb += (vein - rgb) * strength[..., None]
    rgb *= (1.0 - 0.42 * maps.overlap)[..., None]
    rim = np.exp(-maps.edge_px / max(1.0, maps.unit_px * 0.004))
    rgb *= (1.0 - 0.22 * rim)[..., None]
    return np.asarray(rgb, np.float32)


def _relief(
    tone: Tone,
    maps: LeafMaps,
    rng: np.random.Generator,
    noises: tuple[FloatArray, FloatArray, FloatArray],
    parallel: bool,
) -> FloatArray:
    wide, ripple, texture = noises
    unit = maps.unit_px
    relief = unit * (0.018 * wide + 0.0065 * ripple + 0.00009 * texture)
    if parallel:
        relief += unit * 0.0022 * maps.side_vein
    else:
        veins = (maps.main_vein + maps.side_vein) < 0.35
        away = cv2.distanceTransform(veins.astype(np.uint8), cv2.DIST_L2, 3)
        span = unit * 0.055
        pillow = np.sqrt(np.minimum(away / span, 1.0))
        pillow = cv2.GaussianBlur(pillow.astype(np.float32), (0, 0), unit / 170)
        relief += unit * 0.0085 * tone.bulge * pillow
        relief -= unit * 0.0006 * tone.bulge * maps.net
    relief += unit * 0.0025 * maps.main_vein
    # The edge bends down, here more, there less.
    fall = np.exp(-maps.edge_px / (unit * 0.05)) * (
        0.6 + 0.4 * smooth(rng, wide.shape[0], wide.shape[1], unit / 5)
    )
    return np.asarray(relief - unit * 0.012 * fall, np.float32)
