"""What the leaf lies on: paper, blue card, dark cloth, soil, or foliage out of focus."""

from collections.abc import Callable

import cv2
import numpy as np

from plantseg_gui.core.drawn.noise import Reals, rough, smooth, smoothstep
from plantseg_gui.core.drawn.outline import Knots, simple_outline
from plantseg_gui.core.drawn.plan import rotated
from plantseg_gui.core.drawn.raster import scattered_cells
from plantseg_gui.core.results import FloatArray

_LEAF: Knots = ((0, 0), (0.15, 0.18), (0.45, 0.26), (0.8, 0.13), (1, 0))


def paper(rng: np.random.Generator, size: int) -> FloatArray:
    """[size, size, 3] float32 0 to 1: white to cream paper with a faint tooth."""
    base = np.array([0.90, 0.89, 0.87]) + rng.uniform(-0.035, 0.035) + rng.normal(0, 0.008, 3)
    tooth = 0.006 * rough(rng, size, size, size / 300, 2) + 0.012 * smooth(
        rng, size, size, size / 4
    )
    return _tinted(base, 1.0 + tooth)


def blue_card(rng: np.random.Generator, size: int) -> FloatArray:
    """[size, size, 3] float32: light to strong blue card with a pale sheen."""
    depth = rng.uniform(0, 1)
    base = np.array([0.66, 0.86, 0.92]) * (1 - depth) + np.array([0.22, 0.50, 0.72]) * depth
    tooth = 0.012 * rough(rng, size, size, size / 260, 2) + 0.03 * smooth(rng, size, size, size / 3)
    card = _tinted(base, 1.0 + tooth)
    sheen = smoothstep(0.6, 2.2, smooth(rng, size, size, size / 2))
    return np.asarray(card + 0.10 * sheen[..., None], np.float32)


def cloth(rng: np.random.Generator, size: int) -> FloatArray:
    """[size, size, 3] float32: dark woven cloth with soft folds."""
    base = np.array([0.17, 0.17, 0.19]) * rng.uniform(0.75, 1.6) + rng.normal(0, 0.008, 3)
    pitch = max(4.0, size / 260)
    at = np.arange(size, dtype=np.float32) * np.float32(2 * np.pi / pitch)
    weave = np.sin(at)[:, None] * np.sin(at)[None, :]
    folds = smooth(rng, size, size, size / 4, stretch=2.0)
    lint = smoothstep(2.1, 3.2, rough(rng, size, size, size / 400, 2))
    value = 1.0 + 0.16 * weave + 0.13 * folds + 0.05 * rough(rng, size, size, size / 200, 2)
    return np.asarray(_tinted(base, value) + 0.16 * lint[..., None], np.float32)


def soil(rng: np.random.Generator, size: int) -> FloatArray:
    """[size, size, 3] float32: crumbs of earth lit from the side, a few stones and straws."""
    base = np.array([0.335, 0.295, 0.25]) * rng.uniform(0.75, 1.25)
    crumbs = 0.55 * rough(rng, size, size, size / 60, 4)
    for share, height in ((1 / 34, 1.5), (1 / 95, 0.8)):
        crumbs += np.float32(height) * _clods(rng, size, size * share)
    soft = cv2.GaussianBlur(crumbs, (0, 0), max(0.6, size / 900)) * np.float32(size / 560)
    slope = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope += cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    value = np.clip(0.62 + 0.24 * crumbs + 0.8 * slope, 0.22, 1.8)
    earth = _tinted(base, value)
    warm = smooth(rng, size, size, size / 12)[..., None]
    earth *= 1.0 + 0.03 * warm * np.array([1.0, 0.2, -0.8], np.float32)
    litter = np.zeros((size, size, 3), np.float32)
    cover = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(30, 60))):
        colour = np.array([0.62, 0.53, 0.36]) * rng.uniform(0.6, 1.15)
        _straw(rng, size, litter, cover, colour)
    for _ in range(int(rng.integers(25, 70))):
        centre = tuple(int(v) for v in rng.integers(0, size, 2))
        radius = max(1, int(size * rng.uniform(0.002, 0.009)))
        axes = (radius, max(1, int(radius * rng.uniform(0.6, 1))))
        grey = rng.uniform(0.35, 0.62) * np.array([1.0, 0.95, 0.88])
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(litter, centre, axes, angle, 0, 360, tuple(map(float, grey)), -1, cv2.LINE_AA)
        cv2.ellipse(cover, centre, axes, angle, 0, 360, 255, -1, cv2.LINE_AA)
    opaque = cover.astype(np.float32)[..., None] * np.float32(1 / 255)
    shade = cv2.GaussianBlur(opaque[..., 0], (0, 0), max(0.8, size / 500))
    earth *= (1.0 - 0.35 * shade)[..., None]
    return np.asarray(earth + (litter * value[..., None] ** 0.3 - earth) * opaque, np.float32)


def _clods(rng: np.random.Generator, size: int, cell_px: float) -> FloatArray:
    """[size, size] float32 0 to about 1.3: rounded lumps of differing height."""
    cells = scattered_cells(rng, size, cell_px)
    inner = np.ones((size, size), np.uint8)
    inner[:-1] = cells[:-1] == cells[1:]
    inner[:, :-1] &= cells[:, :-1] == cells[:, 1:]
    away = cv2.distanceTransform(inner, cv2.DIST_L2, 3)
    lump = np.sqrt(np.minimum(away / np.float32(0.4 * cell_px), 1.0))
    heights = rng.uniform(0.35, 1.3, int(cells.max()) + 1).astype(np.float32)
    return np.asarray(lump * heights[cells], np.float32)


def foliage(rng: np.random.Generator, size: int) -> FloatArray:
    """[size, size, 3] float32: other leaves, dark and out of focus."""
    small = 320
    scene = _tinted(np.array([0.10, 0.16, 0.07]), 1.0 + 0.3 * smooth(rng, small, small, small / 4))
    for layer in range(3):
        for _ in range(16):
            length = small * rng.uniform(0.3, 0.7)
            outline = rotated(simple_outline(rng, _LEAF, wave=0.04) * length, rng.uniform(0, 360))
            outline += rng.uniform(-0.15 * small, 1.05 * small, 2).astype(np.float32)
            green = np.array([0.22, 0.36, 0.14]) * rng.uniform(0.45, 1.0) * (0.7 + 0.18 * layer)
            green += rng.normal(0, 0.012, 3)
            cv2.fillPoly(
                scene, [np.round(outline).astype(np.int32)], tuple(map(float, green)), cv2.LINE_AA
            )
        scene = cv2.GaussianBlur(scene, (0, 0), (7.0, 5.0, 3.5)[layer])
    scene = cv2.resize(scene, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(scene, 0.01, 1.0), np.float32)


def _straw(
    rng: np.random.Generator, size: int, litter: FloatArray, cover: np.ndarray, colour: Reals
) -> None:
    start = rng.uniform(0, size, 2)
    length, angle = size * rng.uniform(0.01, 0.07), rng.uniform(0, 2 * np.pi)
    bend = rng.uniform(-0.5, 0.5)
    t = np.linspace(0, 1, 8)
    heading = angle + bend * t
    points = start + np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), 0) * length / 8
    fixed = [np.round(points * 16).astype(np.int32)]
    width = max(1, round(size * rng.uniform(0.0006, 0.0022)))
    cv2.polylines(litter, fixed, False, tuple(map(float, colour)), width, cv2.LINE_AA, 4)
    cv2.polylines(cover, fixed, False, 255, width, cv2.LINE_AA, 4)


def _tinted(base: Reals, value: Reals) -> FloatArray:
    return np.asarray(value[..., None] * base.astype(np.float32), np.float32)


GROUNDS: dict[str, Callable[[np.random.Generator, int], FloatArray]] = {
    "paper": paper,
    "blue": blue_card,
    "cloth": cloth,
    "soil": soil,
    "foliage": foliage,
}
