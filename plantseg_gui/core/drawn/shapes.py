"""The leaf shapes. Each maker returns a plan in leaf lengths: base at (0, 0), tip at (1, 0)."""

from collections.abc import Callable

import numpy as np
from scipy.interpolate import splev, splprep

from plantseg_gui.core.drawn.compound import tomato
from plantseg_gui.core.drawn.lobed import grape
from plantseg_gui.core.drawn.outline import (
    Knots,
    half_width,
    pinnate,
    simple_outline,
    stem,
    toothed,
)
from plantseg_gui.core.drawn.plan import Blade, LeafPlan, Vein

_COFFEE: Knots = (
    (0, 0),
    (0.06, 0.03),
    (0.18, 0.11),
    (0.34, 0.172),
    (0.5, 0.192),
    (0.66, 0.172),
    (0.8, 0.115),
    (0.89, 0.05),
    (0.95, 0.02),
    (1, 0),
)
_APPLE: Knots = (
    (0, 0),
    (0.03, 0.09),
    (0.14, 0.215),
    (0.32, 0.29),
    (0.5, 0.295),
    (0.7, 0.24),
    (0.85, 0.15),
    (0.94, 0.065),
    (1, 0),
)
_MAIZE: Knots = ((0, 0.062), (0.1, 0.07), (0.35, 0.078), (0.6, 0.07), (0.82, 0.042), (1, 0))
_WHEAT: Knots = ((0, 0.034), (0.15, 0.041), (0.5, 0.044), (0.75, 0.035), (0.9, 0.019), (1, 0))


def coffee(rng: np.random.Generator) -> LeafPlan:
    """Elliptic with a drawn-out tip, wavy margin and strongly bent side veins."""
    outline = simple_outline(rng, _COFFEE, wave=rng.uniform(0.02, 0.07), waves=9)
    veins = pinnate(rng, _COFFEE, int(rng.integers(8, 11)), lean=0.85, width=0.0062)
    blade = Blade(outline, veins[0].points, veins)
    return LeafPlan("coffee", (blade,), (stem(0.07, 0.015, rng.uniform(-0.6, 0.6)),))


def apple(rng: np.random.Generator) -> LeafPlan:
    """Broadly ovate with a finely sawn margin."""
    outline = toothed(rng, simple_outline(rng, _APPLE, wave=0.012, waves=5), 84, 0.0085)
    veins = pinnate(rng, _APPLE, int(rng.integers(7, 9)), lean=0.85, width=0.0068)
    blade = Blade(outline, veins[0].points, veins)
    return LeafPlan("apple", (blade,), (stem(0.22, 0.014, rng.uniform(-0.5, 0.5)),))


def bean(rng: np.random.Generator) -> LeafPlan:
    """Heart-shaped: two lobes behind the base, three veins from it."""
    half = np.array(
        [
            (0.0, 0.0),
            (-0.05, 0.075),
            (-0.065, 0.18),
            (0.0, 0.285),
            (0.13, 0.345),
            (0.3, 0.345),
            (0.48, 0.285),
            (0.66, 0.19),
            (0.82, 0.09),
            (0.93, 0.03),
            (1.0, 0.0),
        ]
    )
    parts = []
    for side in (1.0, -1.0):
        points = half * [1, side * rng.uniform(0.93, 1.06)]
        points[1:-1] += rng.normal(0, 0.006, (len(half) - 2, 2))
        spline, _ = splprep(points.T, s=0)
        parts.append(np.stack(splev(np.linspace(0, 1, 220), spline), axis=1))
    outline = np.concatenate([parts[0], parts[1][-2:0:-1]]).astype(np.float32)
    knots: Knots = ((0, 0.2), (0.05, 0.3), (0.22, 0.345), (0.48, 0.285), (0.8, 0.1), (1, 0))
    veins = list(pinnate(rng, knots, 6, lean=0.75, width=0.0068, first=0.12))
    t = np.linspace(0, 1, 20)
    for side in (1.0, -1.0):
        points = np.stack([0.47 * t**1.25, side * 0.265 * np.sin(t * np.pi / 2)], axis=1)
        veins.append(Vein(points.astype(np.float32), 0.011, 0.002, 1))
        for k in range(4):
            base = points[4 + 3 * k]
            tip = base + np.array([0.02 + 0.03 * k, side * (0.10 - 0.014 * k)])
            veins.append(Vein(np.array([base, tip], np.float32), 0.005, 0.0015, 2))
    blade = Blade(outline, veins[0].points, tuple(veins))
    return LeafPlan("bean", (blade,), (stem(0.2, 0.017, rng.uniform(-0.5, 0.5)),))


def wheat(rng: np.random.Generator) -> LeafPlan:
    """A narrow grass blade."""
    return _grass(rng, "wheat", _WHEAT, lines=17, rib=0.0028)


def maize(rng: np.random.Generator) -> LeafPlan:
    """A broad grass blade with a pale midrib and a waved margin."""
    return _grass(rng, "maize", _MAIZE, lines=31, rib=0.0085)


def _grass(
    rng: np.random.Generator, name: str, knots: Knots, *, lines: int, rib: float
) -> LeafPlan:
    outline = simple_outline(rng, knots, wave=0.02, waves=6)
    u = np.linspace(0, 0.99, 60).astype(np.float32)
    width = half_width(knots, u)
    veins = [Vein(np.stack([u, 0 * u], axis=1), rib, rib * 0.4, 1)]
    for offset in np.linspace(-0.96, 0.96, lines):
        if abs(offset) > 0.03:
            order = 2 if rng.random() < 0.3 else 3
            points = np.stack([u, offset * width], axis=1).astype(np.float32)
            veins.append(Vein(points, 0.0011, 0.0006, order))
    return LeafPlan(name, (Blade(outline, veins[0].points, tuple(veins)),), (), parallel=True)


SHAPES: dict[str, Callable[[np.random.Generator], LeafPlan]] = {
    "coffee": coffee,
    "grape": grape,
    "wheat": wheat,
    "tomato": tomato,
    "bean": bean,
    "apple": apple,
    "maize": maize,
}
