"""Where lesions lie on a leaf."""

from collections.abc import Iterator

import numpy as np

from plantseg_gui.core.drawn.surface import Skin


def scattered(
    skin: Skin,
    rng: np.random.Generator,
    radii: np.ndarray,
    *,
    cluster: float = 0.0,
    inset: float = 0.3,
) -> Iterator[tuple[float, float, float]]:
    """Points (x, y, radius), px, on the leaf, none of them much inside another.

    Args:
        skin: The blade.
        rng: Randomness.
        radii: Wanted radii, px.
        cluster: 0 evenly scattered, 1 all near a few centres.
        inset: Distance to the edge that is kept, in radii.
    """
    step = max(1, skin.labels.shape[0] // 512)
    edge = skin.maps.edge_px[::step, ::step]
    ys, xs = np.nonzero(edge > 1)
    if not len(ys):
        return
    depth = edge[ys, xs]
    weight = np.ones(len(ys))
    if cluster > 0:
        centres = rng.integers(0, len(ys), int(rng.integers(1, 4)))
        near = np.full(len(ys), 1e-3)
        for centre in centres:
            span = skin.maps.unit_px * rng.uniform(0.12, 0.28) / step
            square = (ys - ys[centre]) ** 2 + (xs - xs[centre]) ** 2
            near += np.exp(-square / (2 * span * span))
        weight = (1 - cluster) * near.mean() + cluster * near
    total = np.cumsum(weight)
    placed: list[tuple[float, float, float]] = []
    for radius in radii:
        for _ in range(24):
            k = int(np.searchsorted(total, rng.random() * total[-1]))
            x, y = float(xs[k] * step), float(ys[k] * step)
            if depth[k] < inset * radius:
                continue
            if all((x - a) ** 2 + (y - b) ** 2 > (0.85 * (radius + r)) ** 2 for a, b, r in placed):
                placed.append((x, y, float(radius)))
                yield placed[-1]
                break


def on_edge(skin: Skin, rng: np.random.Generator) -> tuple[float, float]:
    """A point x, y just inside the leaf's edge and inside the picture."""
    edge = skin.maps.edge_px
    height, width = edge.shape
    ys, xs = np.nonzero((edge > 0.5) & (edge < max(2.5, skin.maps.unit_px * 0.004)))
    margin = 0.06
    inside = (xs > margin * width) & (xs < (1 - margin) * width)
    inside &= (ys > margin * height) & (ys < (1 - margin) * height)
    if inside.any():
        ys, xs = ys[inside], xs[inside]
    k = int(rng.integers(0, len(ys)))
    return float(xs[k]), float(ys[k])
