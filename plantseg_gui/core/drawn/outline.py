"""Outlines and side veins that several leaf shapes share. Unit: leaf length, base 0, tip at x 1."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from plantseg_gui.core.drawn.plan import Vein
from plantseg_gui.core.results import FloatArray

Knots = tuple[tuple[float, float], ...]


def half_width(knots: Knots, u: FloatArray) -> FloatArray:
    """Width of one half of a blade at the places u, through the knots (u, width)."""
    at, width = np.array(knots, np.float64).T
    return np.asarray(PchipInterpolator(at, width, extrapolate=False)(np.clip(u, 0, 1)), np.float32)


def simple_outline(
    rng: np.random.Generator, knots: Knots, *, wave: float = 0.0, waves: int = 7
) -> FloatArray:
    """[n, 2] closed outline of a blade, its two halves a little different.

    Args:
        rng: Randomness.
        knots: (u, half width) from base to tip.
        wave: Depth of the margin's waves as a share of the half width.
        waves: Waves along one margin.
    """
    u = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 260))).astype(np.float32)
    halves = []
    for side in (1.0, -1.0):
        width = half_width(knots, u) * rng.uniform(0.93, 1.07)
        phase = rng.uniform(0, 2 * np.pi)
        ripple = np.sin(2 * np.pi * waves * (u + 0.05 * np.sin(5 * u + phase)) + phase)
        swell = np.sin(2 * np.pi * rng.uniform(1.0, 2.2) * u + rng.uniform(0, 6))
        # A margin waves where the blade is wide, not at its ends.
        where = np.clip(np.minimum(u, 1 - u) * 6.0, 0, 1)
        width = width * (1 + where * (wave * ripple + 0.03 * swell))
        halves.append(np.stack([u, side * width], axis=1))
    return np.concatenate([halves[0], halves[1][-2:0:-1]]).astype(np.float32)


def toothed(rng: np.random.Generator, outline: FloatArray, teeth: int, depth: float) -> FloatArray:
    """The outline with saw teeth that point to the tip (the point of largest x).

    Args:
        rng: Randomness.
        outline: [n, 2] closed.
        teeth: How many around the whole outline.
        depth: How far they stand out, leaf lengths.
    """
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    count = max(600, teeth * 14)
    where = np.linspace(0, along[-1], count, endpoint=False)
    points = np.stack([np.interp(where, along, closed[:, k]) for k in (0, 1)], axis=1)
    tangent = np.roll(points, -2, axis=0) - np.roll(points, 2, axis=0)
    normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    tip = int(np.argmax(points[:, 0]))
    to_tip = np.where(np.arange(count) <= tip, np.arange(count) / max(1, tip), 1.0)
    after = np.arange(count) > tip
    to_tip[after] = 1 - (np.arange(count)[after] - tip) / max(1, count - tip)
    jitter = np.interp(to_tip, np.linspace(0, 1, 12), rng.uniform(-0.4, 0.4, 12))
    phase = (to_tip * teeth / 2 + jitter) % 1.0
    tooth = np.where(phase < 0.78, phase / 0.78, (1 - phase) / 0.22)
    size = np.interp(to_tip, np.linspace(0, 1, 9), rng.uniform(0.7, 1.3, 9))
    ends = np.clip(np.minimum(to_tip, 1 - to_tip) * 9, 0, 1)
    outwards = _outwards(points, normal)
    return np.asarray(points + outwards * (tooth * size * ends * depth)[:, None], np.float32)


def _outwards(points: FloatArray, normal: FloatArray) -> FloatArray:
    """The normals turned so that they leave the outline."""
    area = np.sum(
        points[:, 0] * np.roll(points[:, 1], -1) - np.roll(points[:, 0], -1) * points[:, 1]
    )
    return np.asarray(normal if area > 0 else -normal)


def pinnate(
    rng: np.random.Generator,
    knots: Knots,
    pairs: int,
    *,
    lean: float = 0.7,
    width: float = 0.006,
    first: float = 0.0,
) -> tuple[Vein, ...]:
    """Midrib and side veins of a blade.

    Args:
        rng: Randomness.
        knots: The blade's (u, half width).
        pairs: Side veins on each half.
        lean: How far a side vein runs towards the tip, in half widths.
        width: Of the side veins at the midrib, leaf lengths.
        first: Where along the midrib side veins begin.
    """
    midrib = np.stack([np.linspace(0, 0.985, 40), np.zeros(40)], axis=1).astype(np.float32)
    veins = [Vein(midrib, width * 1.9, width * 0.4, 1)]
    t = np.linspace(0, 1, 18)
    for side in (1.0, -1.0):
        starts = (np.arange(pairs) + 0.5 + rng.uniform(-0.16, 0.16, pairs)) / (pairs + 0.4)
        for start in first + (starts * 0.9 + 0.02) * (1 - first):
            reach = float(half_width(knots, np.array([min(start + 0.1, 1.0)], np.float32))[0])
            u = start + reach * lean * (0.8 * t + 0.45 * t**2.6)
            # The last part bends along the margin instead of running into it.
            v = 0.95 * half_width(knots, u.astype(np.float32)) * (1 - (1 - t) ** 1.35)
            keep = u < 0.985
            if keep.sum() < 4:
                continue
            points = np.stack([u[keep], side * v[keep]], axis=1).astype(np.float32)
            veins.append(Vein(points, width, width * 0.28, 2))
    return tuple(veins)


def stem(length: float, width: float, curve: float) -> Vein:
    """A petiole that ends at the base of the blade (0, 0)."""
    t = np.linspace(0, 1, 16)
    points = np.stack([-length * (1 - t), curve * length * (1 - t) ** 2], axis=1)
    return Vein(points.astype(np.float32), width * 1.15, width, 1)
