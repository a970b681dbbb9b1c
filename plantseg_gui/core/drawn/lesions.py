"""Lesions that follow something: veins, a larva's way, the leaf's edge; and the table of all."""

from collections.abc import Callable

import cv2
import numpy as np

from plantseg_gui.core.drawn.lesions_spots import powder, round_rho, rust, specks, target_spots
from plantseg_gui.core.drawn.places import on_edge, scattered
from plantseg_gui.core.drawn.stain import Ramp, offsets, patch_rect, rho_from_mask, stain
from plantseg_gui.core.drawn.surface import Skin

_ANGULAR = Ramp(
    (
        (0.0, 142, 112, 74, 0.96),
        (0.45, 124, 92, 58, 0.96),
        (0.85, 84, 60, 40, 0.94),
        (1.0, 122, 108, 54, 0.55),
        (1.25, 172, 168, 74, 0.34),
        (1.8, 168, 172, 80, 0.0),
    ),
    depth=0.0025,
)
_BLIGHT = Ramp(
    (
        (0.0, 128, 104, 76, 0.98),
        (0.45, 108, 86, 62, 0.98),
        (0.74, 88, 68, 50, 0.97),
        (0.88, 66, 50, 38, 0.93),
        (0.95, 104, 96, 58, 0.75),
        (1.0, 150, 148, 74, 0.48),
        (1.14, 166, 172, 84, 0.25),
        (1.5, 160, 172, 84, 0.0),
    ),
    depth=0.005,
    rough=0.16,
)
_MINE = Ramp(
    (
        (0.0, 176, 152, 108, 0.95),
        (0.55, 188, 166, 118, 0.94),
        (0.85, 150, 122, 78, 0.86),
        (1.0, 138, 126, 70, 0.45),
        (1.4, 140, 140, 70, 0.0),
    ),
    depth=-0.0012,
    rough=0.12,
    matte=0.6,
)
_BLOTCH = Ramp(
    (
        (0.0, 122, 92, 66, 0.97),
        (0.5, 140, 108, 74, 0.96),
        (0.82, 104, 74, 52, 0.94),
        (0.94, 120, 104, 56, 0.75),
        (1.0, 150, 140, 66, 0.45),
        (1.3, 160, 166, 76, 0.0),
    ),
    depth=-0.001,
    rough=0.17,
    matte=0.5,
)


def angular(skin: Skin, rng: np.random.Generator) -> None:
    """Patches with straight sides, held up by the veins."""
    count = int(rng.integers(10, 26))
    unit = skin.maps.unit_px
    radii = unit * rng.uniform(0.016, 0.055, count)
    for x, y, radius in scattered(skin, rng, radii, cluster=0.4, inset=0.5):
        rect = patch_rect(skin, x, y, radius * 2.4 + unit * 0.03)
        cells = skin.maps.cells[rect.slices]
        dx, dy = offsets(rect, x, y)
        if skin.parallel:
            turn = np.radians(skin.axis_deg)
            along = dx * np.cos(turn) + dy * np.sin(turn)
            across = dy * np.cos(turn) - dx * np.sin(turn)
            near = (np.abs(along) < radius * 1.6) & (np.abs(across) < radius * 0.38)
            mask = near
        else:
            near = dx * dx + dy * dy < radius * radius
            inner = np.unique(cells[near & skin.maps.leaf[rect.slices]])
            mask = np.isin(cells, inner)
            crossing = (skin.maps.main_vein + skin.maps.side_vein)[rect.slices] > 0.5
            mask &= ~crossing
            mask = _piece_at(mask, int(y) - rect.y0, int(x) - rect.x0)
        if mask.sum() < 12:
            continue
        stain(skin, rect, rho_from_mask(mask, radius * 0.55), _ANGULAR, rng)


def _piece_at(mask: np.ndarray, y: int, x: int) -> np.ndarray:
    """The connected part of a mask that holds a point, or its largest."""
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    y, x = min(max(y, 0), mask.shape[0] - 1), min(max(x, 0), mask.shape[1] - 1)
    wanted = int(parts[y, x])
    if wanted == 0:
        if len(stats) < 2:
            return np.zeros(mask.shape, bool)
        wanted = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(parts == wanted)


def blight(skin: Skin, rng: np.random.Generator) -> None:
    """Large brown areas that come in from the edge."""
    for _ in range(int(rng.integers(1, 4))):
        x, y = on_edge(skin, rng)
        radius = skin.maps.unit_px * rng.uniform(0.13, 0.34)
        if skin.parallel:
            radius *= 0.8
        long = rng.uniform(1.6, 2.6) if skin.parallel else rng.uniform(1.0, 1.5)
        angle = skin.axis_deg if skin.parallel else rng.uniform(0, 180)
        rect = patch_rect(skin, x, y, radius * long * 1.9)
        # A front this long wanders as a whole more than a spot's border does.
        rho = round_rho(
            skin, rect, x, y, radius, uneven=0.075, broad=0.13, long=long, angle_deg=angle
        )
        # Faint zones, as the blight advanced night by night.
        rho = rho + np.float32(0.035) * np.sin(rho * np.float32(26.0)) * (rho < 0.85)
        rho = np.clip(rho, 0, 2)
        stain(skin, rect, rho.astype(np.float32), _BLIGHT, rng)


def miner(skin: Skin, rng: np.random.Generator) -> None:
    """A larva's pale winding trails, and the brown blotches of others."""
    unit = skin.maps.unit_px
    for x, y, _ in scattered(skin, rng, np.full(int(rng.integers(2, 5)), unit * 0.05)):
        _trail(skin, rng, x, y)
    radii = unit * rng.uniform(0.045, 0.10, int(rng.integers(1, 5)))
    for x, y, radius in scattered(skin, rng, radii):
        rect = patch_rect(skin, x, y, radius * 2.6)
        rho = round_rho(
            skin, rect, x, y, radius, uneven=0.17, long=1.4, angle_deg=rng.uniform(0, 180)
        )
        stain(skin, rect, rho, _BLOTCH, rng)


def _trail(skin: Skin, rng: np.random.Generator, x: float, y: float) -> None:
    unit = skin.maps.unit_px
    steps = int(rng.integers(50, 110))
    turn = np.cumsum(rng.normal(0, 0.17, steps)) + 0.8 * np.sin(np.arange(steps) / 6.0)
    heading = rng.uniform(0, 2 * np.pi) + turn
    if skin.parallel:
        heading = np.radians(skin.axis_deg) + 0.2 * np.sin(np.arange(steps) / 5.0)
    stride = unit * 0.0068
    points = np.array([x, y]) + np.cumsum(
        np.stack([np.cos(heading), np.sin(heading)], axis=1) * stride, axis=0
    )
    reach = float(np.abs(points - [x, y]).max()) + unit * 0.03
    rect = patch_rect(skin, x, y, reach)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    local = points - [rect.x0, rect.y0]
    start, end = unit * 0.006, unit * rng.uniform(0.018, 0.026)
    pieces = 12
    borders = np.linspace(0, steps - 1, pieces + 1).astype(int)
    for k in range(pieces):
        width = max(1, round(start + (end - start) * k / pieces))
        part = np.round(local[borders[k] : borders[k + 1] + 1] * 16).astype(np.int32)
        cv2.polylines(mask, [part], False, 255, width, cv2.LINE_8, 4)
    stain(skin, rect, rho_from_mask(mask > 0, end * 0.45), _MINE, rng)


LESION_TYPES: dict[str, Callable[[Skin, np.random.Generator], None]] = {
    "rust": rust,
    "target-spot": target_spots,
    "miner": miner,
    "angular-spot": angular,
    "blight": blight,
    "powder": powder,
    "specks": specks,
}
