"""A placed leaf plan as maps of pixels: coverage, halves, veins, the net between the veins."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.drawn.plan import Blade, LeafPlan, Vein
from plantseg_gui.core.results import BoolArray, FloatArray

_SHIFT = 4  # cv2 draws at 1/16 px
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LeafMaps:
    """All [H, W], px.

    Attributes:
        cover: float32 0 to 1, how much of a pixel is leaf.
        leaf: bool, cover at least one half.
        side: float32 -1 to 1, which half of its blade a pixel is on, 0 on the midrib.
        main_vein: float32 0 to 1.
        side_vein: float32 0 to 1.
        net: float32 0 to 1, the fine net.
        cells: int32, the patches between veins that bound angular lesions.
        overlap: float32 0 to 1, shadow of an upper leaflet on a lower one.
        edge_px: float32, distance to the leaf's edge.
        unit_px: Square root of the leaf's area: the measure of everything that is drawn on it.
    """

    cover: FloatArray
    leaf: BoolArray
    side: FloatArray
    main_vein: FloatArray
    side_vein: FloatArray
    net: FloatArray
    cells: npt.NDArray[np.int32]
    overlap: FloatArray
    edge_px: FloatArray
    unit_px: float


def rasterise(plan: LeafPlan, size: int, rng: np.random.Generator) -> LeafMaps:
    """Maps of size × size px of a plan whose points are px."""
    cover = np.zeros((size, size), np.uint8)
    overlap = np.zeros((size, size), np.uint8)
    side = np.zeros((size, size), np.int8)
    for stem in plan.stems:
        draw_vein(cover, stem)
    for number, blade in enumerate(plan.blades):
        if number:
            shadow = np.zeros_like(cover)
            _fill(shadow, blade.outline + size * 0.006)
            np.maximum(overlap, shadow, out=overlap)
            # Where a blade lies on top there is no shadow of it.
            _fill(overlap, blade.outline, 0)
        _fill(cover, blade.outline)
        _fill_side(side, blade)
    main, lateral = np.zeros_like(cover), np.zeros_like(cover)
    for vein in [v for blade in plan.blades for v in blade.veins]:
        draw_vein(main if vein.order == 1 else lateral, vein, 255 if vein.order < 3 else 130)
    for stem in plan.stems:
        draw_vein(main, stem)
    leaf = cover >= 128
    unit = float(np.sqrt(max(1, int(leaf.sum()))))
    cells = scattered_cells(rng, size, max(4.0, unit / 30))
    net = _net(rng, size, unit) if not plan.parallel else np.zeros((size, size), np.float32)
    blur = max(0.6, unit / 620)
    return LeafMaps(
        cover=_unit_interval(cover),
        leaf=leaf,
        side=cv2.GaussianBlur(side.astype(np.float32), (0, 0), max(0.8, unit / 220)),
        main_vein=cv2.GaussianBlur(_unit_interval(main), (0, 0), blur),
        side_vein=cv2.GaussianBlur(_unit_interval(lateral), (0, 0), blur),
        net=net,
        cells=cells,
        overlap=cv2.GaussianBlur(_unit_interval(overlap), (0, 0), max(0.8, unit / 130)),
        edge_px=cv2.distanceTransform(leaf.astype(np.uint8), cv2.DIST_L2, 3),
        unit_px=unit,
    )


def draw_vein(target: Bytes, vein: Vein, value: int = 255) -> None:
    """Draw a tapering curve; thinner than a pixel becomes fainter instead."""
    points = _fixed(vein.points)
    pieces = max(1, min(8, len(points) // 3))
    borders = np.linspace(0, len(points) - 1, pieces + 1).astype(int)
    for piece, (a, b) in enumerate(pairwise(borders)):
        width = vein.start + (vein.end - vein.start) * (piece + 0.5) / pieces
        strength = int(value * min(1.0, 0.35 + 0.65 * width))
        thickness = max(1, round(width))
        cv2.polylines(target, [points[a : b + 1]], False, strength, thickness, cv2.LINE_AA, _SHIFT)


def _fixed(points: FloatArray) -> npt.NDArray[np.int32]:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _fill(target: Bytes, outline: FloatArray, value: int = 255) -> None:
    cv2.fillPoly(target, [_fixed(outline)], value, cv2.LINE_AA, _SHIFT)


def _fill_side(side: npt.NDArray[np.int8], blade: Blade) -> None:
    """Write +1 and -1 into the two halves of a blade."""
    tip = int(np.argmin(np.sum((blade.outline - blade.axis[-1]) ** 2, axis=1)))
    halves = (blade.outline[: tip + 1], blade.outline[tip:][::-1])
    for value, half in zip((1, -1), halves, strict=True):
        polygon = np.concatenate([half, blade.axis[::-1]])
        part = np.zeros(side.shape, np.uint8)
        cv2.fillPoly(part, [_fixed(polygon)], 255, cv2.LINE_8, _SHIFT)
        side[part > 0] = value


def scattered_cells(rng: np.random.Generator, size: int, cell_px: float) -> npt.NDArray[np.int32]:
    """[size, size] int32: number of the nearest of many scattered points."""
    half = max(1, size // 2)
    count = max(4, round(half / (cell_px / 2)) ** 2)
    points = np.ones((half, half), np.uint8)
    y, x = rng.integers(0, half, (2, count))
    points[y, x] = 0
    _, near = cv2.distanceTransformWithLabels(
        points, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(cv2.resize(near, (size, size), interpolation=cv2.INTER_NEAREST), np.int32)


def _net(rng: np.random.Generator, size: int, unit: float) -> FloatArray:
    """Lines of a coarse and a fine net."""
    total = np.zeros((size, size), np.float32)
    for cell, weight in ((unit / 26, 1.0), (unit / 62, 0.6)):
        cells = scattered_cells(rng, size, max(3.0, cell))
        lines = np.zeros((size, size), np.float32)
        lines[:-1] += cells[:-1] != cells[1:]
        lines[:, :-1] += cells[:, :-1] != cells[:, 1:]
        soft = cv2.GaussianBlur(np.minimum(lines, 1.0), (0, 0), max(0.7, unit / 620))
        total = np.maximum(total, soft * np.float32(weight))
    return np.asarray(np.minimum(total * 1.6, 1.0), np.float32)


def _unit_interval(values: Bytes) -> FloatArray:
    return values.astype(np.float32) * np.float32(1 / 255)
