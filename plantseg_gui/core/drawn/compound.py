"""The compound leaf: a rachis with toothed leaflets in pairs and one at the end."""

import numpy as np

from plantseg_gui.core.drawn.outline import Knots, pinnate, simple_outline, stem, toothed
from plantseg_gui.core.drawn.plan import Blade, LeafPlan, Vein, rotated
from plantseg_gui.core.results import FloatArray

_LEAFLET: Knots = (
    (0, 0),
    (0.04, 0.10),
    (0.15, 0.225),
    (0.32, 0.275),
    (0.52, 0.25),
    (0.72, 0.15),
    (0.88, 0.05),
    (1, 0),
)


def tomato(rng: np.random.Generator) -> LeafPlan:
    """Five large leaflets and a pair of small ones."""
    sway = rng.uniform(-0.05, 0.05)
    t = np.linspace(0, 1, 30)
    rachis = np.stack([0.6 * t, sway * np.sin(np.pi * t)], axis=1).astype(np.float32)
    blades: list[Blade] = []
    stems = [Vein(rachis, 0.016, 0.009, 1), stem(0.1, 0.016, -sway * 4)]
    pairs = ((0.13, 0.34, 74.0), (0.335, 0.115, 66.0), (0.46, 0.40, 60.0))
    for at, size, spread in pairs:
        for side in (1.0, -1.0):
            place = at + rng.uniform(-0.022, 0.022)
            joint = np.array(
                [np.interp(place, rachis[:, 0], rachis[:, k]) for k in (0, 1)], np.float32
            )
            turn = side * (spread + rng.uniform(-9, 9))
            scale = size * rng.uniform(0.9, 1.08)
            stalk = 0.04 if size > 0.2 else 0.02
            blades.append(_leaflet(rng, joint, turn, scale, stalk))
            stems.append(_stalk(joint, turn, stalk))
    blades.append(_leaflet(rng, rachis[-1], rng.uniform(-6, 6), 0.43, 0.012))
    return LeafPlan("tomato", tuple(blades), tuple(stems))


def _stalk(joint: FloatArray, turn_deg: float, length: float) -> Vein:
    end = joint + rotated(np.array([[length * 1.2, 0]], np.float32), turn_deg)[0]
    return Vein(np.stack([joint, end]).astype(np.float32), 0.009, 0.008, 1)


def _leaflet(
    rng: np.random.Generator, joint: FloatArray, turn_deg: float, size: float, stalk: float
) -> Blade:
    outline = simple_outline(rng, _LEAFLET, wave=0.05, waves=4)
    # Two saws: the lobes of a tomato leaflet and the teeth on them.
    outline = toothed(rng, outline, int(rng.integers(11, 15)), 0.06)
    outline = toothed(rng, outline, 44, 0.014)
    veins = pinnate(rng, _LEAFLET, 6, lean=0.7, width=0.012)

    def put(points: FloatArray) -> FloatArray:
        scaled = points * np.float32(size) + np.array([stalk, 0], np.float32)
        return np.asarray(rotated(scaled, turn_deg) + joint, np.float32)

    placed = tuple(Vein(put(v.points), v.start * size, v.end * size, v.order) for v in veins)
    return Blade(put(outline), placed[0].points, placed)
