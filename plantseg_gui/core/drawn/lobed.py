"""The lobed leaf: five lobes with their own veins, spread like a hand."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from plantseg_gui.core.drawn.noise import Reals
from plantseg_gui.core.drawn.outline import stem
from plantseg_gui.core.drawn.plan import Blade, LeafPlan, Vein

# Radius of the outline from the base, by the angle from the tip, degrees.
_PROFILE = (
    (0, 1.0),
    (9, 0.87),
    (19, 0.73),
    (29, 0.60),
    (36, 0.62),
    (46, 0.76),
    (55, 0.83),
    (64, 0.74),
    (75, 0.62),
    (86, 0.52),
    (97, 0.56),
    (110, 0.60),
    (124, 0.52),
    (140, 0.43),
    (154, 0.34),
    (167, 0.19),
    (180, 0.04),
)
_LOBES_DEG = (0.0, 54.0, -54.0, 108.0, -108.0)


def grape(rng: np.random.Generator) -> LeafPlan:
    """Five-lobed and coarsely toothed, like grapevine or maple."""
    angle, radius = np.array(_PROFILE, np.float64).T
    depth = rng.uniform(0.8, 1.15)
    curve = PchipInterpolator(angle, radius)
    degrees = np.linspace(-180, 180, 1400, endpoint=False)
    r = curve(np.abs(degrees))
    smooth = np.interp(np.abs(degrees), (0, 60, 110, 150, 180), (0.9, 0.78, 0.6, 0.42, 0.04))
    r = smooth + (r - smooth) * depth
    knots = np.linspace(-180, 180, 15)
    wobble = rng.normal(0, 0.025, 15)
    wobble[-1] = wobble[0]
    r *= 1 + np.interp(degrees, knots, wobble)
    r = r * (1 + 0.05 * _teeth(rng, degrees, r))
    x, y = r * np.cos(np.radians(degrees)), r * np.sin(np.radians(degrees))
    outline = np.stack([x, y], axis=1).astype(np.float32)
    veins: list[Vein] = []
    for lobe in _LOBES_DEG:
        length = float(np.interp(abs(lobe), angle, radius)) * 0.96
        veins += _lobe_veins(rng, lobe, length)
    blade = Blade(outline, veins[0].points, tuple(veins))
    return LeafPlan("grape", (blade,), (stem(0.3, 0.024, rng.uniform(-0.5, 0.5)),))


def _teeth(rng: np.random.Generator, degrees: Reals, r: Reals) -> Reals:
    """Teeth by arc length, -1 to 1, so that they are as large on long lobes as on short ones."""
    x, y = r * np.cos(np.radians(degrees)), r * np.sin(np.radians(degrees))
    step = np.hypot(np.diff(x, append=x[:1]), np.diff(y, append=y[:1]))
    along = np.cumsum(step)
    jitter = np.interp(along, np.linspace(0, along[-1], 40), rng.uniform(-0.3, 0.3, 40))
    phase = (along / along[-1] * 46 + jitter) % 1.0
    tooth = 1.0 - np.abs(2 * phase - 1.0) ** 1.3 * 2.0
    fade = np.clip((170 - np.abs(degrees)) / 25, 0, 1)
    return np.asarray(tooth * fade)


def _lobe_veins(rng: np.random.Generator, lobe_deg: float, length: float) -> list[Vein]:
    t = np.linspace(0, 1, 24)
    sweep = np.radians(lobe_deg) * (1 + 0.06 * t)
    main = np.stack([length * t * np.cos(sweep), length * t * np.sin(sweep)], axis=1)
    veins = [Vein(main.astype(np.float32), 0.016 * length + 0.004, 0.003, 1)]
    for side in (1.0, -1.0):
        for start in np.linspace(0.16, 0.86, 6) + rng.uniform(-0.03, 0.03, 6):
            base = np.array([np.interp(start, t, main[:, k]) for k in (0, 1)])
            reach = length * 0.52 * (1.0 - start) ** 0.7
            heading = np.radians(lobe_deg) + side * np.radians(rng.uniform(40, 50))
            s = np.linspace(0, 1, 8)
            turned = heading - side * 0.25 * s
            steps = np.stack([np.cos(turned), np.sin(turned)], axis=1) * reach / 7
            points = base + np.cumsum(steps, axis=0) - steps[0]
            veins.append(Vein(points.astype(np.float32), 0.0075, 0.002, 2))
    return veins
