"""Lesions that grow from a point: rust pustules, target spots, specks, powdery patches."""

import numpy as np

from plantseg_gui.core.drawn.noise import Reals, smooth, smoothstep
from plantseg_gui.core.drawn.places import scattered
from plantseg_gui.core.drawn.stain import Ramp, offsets, patch_rect, stain
from plantseg_gui.core.drawn.surface import Skin
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import FloatArray

_RUST = Ramp(
    (
        (0.0, 196, 112, 30, 0.92),
        (0.30, 206, 130, 40, 0.88),
        (0.55, 202, 152, 50, 0.8),
        (0.78, 190, 168, 62, 0.66),
        (1.0, 176, 170, 70, 0.42),
        (1.5, 160, 170, 74, 0.0),
    ),
    depth=-0.0012,
    rough=0.16,
    matte=0.9,
)
_RUST_OLD = Ramp(
    (
        (0.0, 96, 64, 42, 0.96),
        (0.26, 116, 72, 40, 0.95),
        (0.40, 176, 104, 38, 0.9),
        (0.62, 204, 146, 52, 0.8),
        (0.82, 190, 170, 64, 0.62),
        (1.0, 176, 170, 72, 0.42),
        (1.5, 160, 170, 76, 0.0),
    ),
    depth=-0.0005,
    rough=0.18,
    matte=0.9,
)
_TARGET = Ramp(
    (
        (0.0, 112, 90, 68, 0.98),
        (0.14, 88, 68, 52, 0.98),
        (0.24, 116, 94, 70, 0.98),
        (0.36, 84, 64, 50, 0.98),
        (0.47, 110, 86, 62, 0.98),
        (0.60, 74, 56, 44, 0.98),
        (0.72, 66, 50, 40, 0.96),
        (0.80, 130, 116, 48, 0.85),
        (0.90, 192, 176, 62, 0.68),
        (1.0, 190, 182, 72, 0.45),
        (1.4, 170, 176, 80, 0.0),
    ),
    depth=0.003,
    rough=0.13,
)
_PALE_EYE = Ramp(
    (
        (0.0, 206, 190, 164, 0.96),
        (0.22, 190, 166, 134, 0.97),
        (0.40, 146, 112, 82, 0.98),
        (0.60, 90, 64, 52, 0.98),
        (0.76, 80, 58, 46, 0.95),
        (0.86, 176, 156, 56, 0.72),
        (1.0, 190, 180, 70, 0.45),
        (1.35, 170, 176, 80, 0.0),
    ),
    depth=0.003,
)
_SPECK = Ramp(
    (
        (0.0, 38, 28, 24, 0.98),
        (0.60, 52, 36, 28, 0.97),
        (0.82, 92, 76, 40, 0.8),
        (1.0, 130, 124, 52, 0.45),
        (1.6, 160, 160, 70, 0.0),
    ),
    depth=0.0008,
    rough=0.06,
)
_POWDER = Ramp(
    (
        (0.0, 232, 234, 226, 0.86),
        (0.45, 224, 228, 218, 0.8),
        (0.8, 210, 218, 202, 0.62),
        (1.0, 196, 206, 186, 0.4),
        (1.4, 190, 200, 180, 0.0),
    ),
    depth=-0.0006,
    rough=0.05,
    matte=0.98,
)


def round_rho(
    skin: Skin,
    rect: Rect,
    x: float,
    y: float,
    radius: float,
    *,
    uneven: float = 0.2,
    broad: float = 0.0,
    long: float = 1.0,
    angle_deg: float = 0.0,
) -> FloatArray:
    """Distance map of a roundish lesion.

    Args:
        skin: The blade (its noise makes the border uneven).
        rect: Patch.
        x: Centre, px.
        y: Centre, px.
        radius: px, across.
        uneven: How uneven the border is.
        broad: How far a long front wanders as a whole.
        long: Length over width.
        angle_deg: Direction of the length.
    """
    dx, dy = offsets(rect, x, y)
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    rho = np.sqrt((along / long) ** 2 + across**2) / np.float32(radius)
    grain = np.float32(uneven) * skin.wobble[rect.slices]
    # Fuzz has the same size in px on a large lesion as on a small one.
    fuzz = 0.045 * min(1.0, 0.05 * skin.maps.unit_px / radius)
    grain += np.float32(fuzz) * skin.texture[rect.slices]
    grain += np.float32(broad) * skin.ripple[rect.slices]
    # Mostly in proportion to rho: a border wanders, the middle stays the middle, and nothing
    # reaches the patch's own border, which would show as a straight cut.
    bound = 2.0 * smoothstep(1.3, 1.85, rho)
    return np.asarray(
        np.clip(np.maximum(rho * (1.0 + grain) + 0.06 * grain, bound), 0, 2), np.float32
    )


def _spots(
    skin: Skin,
    rng: np.random.Generator,
    radii: Reals,
    ramps: tuple[Ramp, ...],
    *,
    uneven: float,
    cluster: float,
) -> None:
    stretch = (1.8, 3.6) if skin.parallel else (1.0, 1.35)
    for x, y, radius in scattered(skin, rng, radii, cluster=cluster, inset=0.15):
        long = rng.uniform(*stretch)
        angle = skin.axis_deg + rng.normal(0, 2) if skin.parallel else rng.uniform(0, 180)
        if skin.parallel:
            radius /= np.sqrt(long) * 0.85
        rect = patch_rect(skin, x, y, radius * long * 1.9 + 3)
        rho = round_rho(skin, rect, x, y, radius, uneven=uneven, long=long, angle_deg=angle)
        stain(skin, rect, rho, ramps[int(rng.integers(0, len(ramps)))], rng)


def rust(skin: Skin, rng: np.random.Generator) -> None:
    """Orange powdery pustules with a yellow halo, in groups."""
    count = int(rng.integers(16, 48))
    radii = skin.maps.unit_px * (0.012 + 0.034 * rng.power(0.45, count))
    _spots(skin, rng, np.sort(radii)[::-1], (_RUST, _RUST, _RUST_OLD), uneven=0.2, cluster=0.6)


def target_spots(skin: Skin, rng: np.random.Generator) -> None:
    """Dark dead spots with rings and a yellow halo, some with a pale eye."""
    count = int(rng.integers(5, 16))
    radii = skin.maps.unit_px * rng.uniform(0.022, 0.078, count)
    ramps = (_TARGET, _TARGET, _PALE_EYE) if rng.random() < 0.6 else (_PALE_EYE,)
    _spots(skin, rng, np.sort(radii)[::-1], ramps, uneven=0.14, cluster=0.3)


def specks(skin: Skin, rng: np.random.Generator) -> None:
    """Many small black specks."""
    count = int(rng.integers(60, 150))
    radii = skin.maps.unit_px * rng.uniform(0.007, 0.0145, count)
    _spots(skin, rng, radii, (_SPECK,), uneven=0.16, cluster=0.55)


def powder(skin: Skin, rng: np.random.Generator) -> None:
    """White powdery patches that let the leaf through."""
    count = int(rng.integers(5, 14))
    radii = skin.maps.unit_px * rng.uniform(0.04, 0.115, count)
    height, width = skin.labels.shape
    flour = smooth(rng, height, width, max(2.0, skin.maps.unit_px / 120))
    for x, y, radius in scattered(skin, rng, np.sort(radii)[::-1], cluster=0.35):
        rect = patch_rect(skin, x, y, radius * 1.9)
        rho = round_rho(skin, rect, x, y, radius, uneven=0.24)
        rho = np.clip(rho * (1.0 + 0.05 * flour[rect.slices]), 0, 2).astype(np.float32)
        stain(skin, rect, rho, _POWDER, rng)
