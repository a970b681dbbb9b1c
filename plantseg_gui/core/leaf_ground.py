"""Leaf on a plain ground: paper, cloth, blue card, scanner lid, even soil.

The ground is modelled as a smooth field of colour (vignette and uneven light included) fitted to
the pixels near the frame and then to all that agree; a leaf is what differs from it in colour.
A shadow differs in lightness only, so lightness alone is never enough to be leaf, but is enough
inside a leaf or in a bay of its edge, where dark and pale lesions lie.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from plantseg_gui.core.leaf_shape import (
    adopt_touching,
    closed,
    ellipse,
    fine_detail,
    holes,
    keep_components,
    opened,
)
from plantseg_gui.core.results import BoolArray, FloatArray

_FIT_PX = 96
_SIGMA_MIN = 1.2
_LEAST_LEAF = 0.003  # of the picture; straws and crumbs are less


@dataclass(frozen=True)
class Ground:
    """A ground that was found.

    Attributes:
        colour: [h, w, 3] float32 Lab, the ground's colour under every pixel.
        chroma_sigma: Spread of the ground's own a*, b*.
        ring_share: Share of the frame's pixels, plants left out, that are this ground.
        share: Share of the picture that is this ground.
    """

    colour: FloatArray
    chroma_sigma: float
    ring_share: float
    share: float


def plant_colour(lab: FloatArray) -> FloatArray:
    """[h, w] float32, 1 where a pixel is leaf-green, yellow or olive, 0 where it cannot be."""
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    hue = np.degrees(np.arctan2(b, a))
    chroma = np.hypot(a, b)
    good = (hue > 62) & (hue < 168) & (chroma > 8) & (lightness > 6)
    return good.astype(np.float32)


def _evidence(lab: FloatArray, ground: Ground) -> FloatArray:
    """[h, w] 1 where a pixel looks like leaf: on soil or wood it must be greener than those."""
    plant = plant_colour(lab)
    _, a, b = np.median(ground.colour.reshape(-1, 3)[::16], axis=0)
    ground_hue = float(np.degrees(np.arctan2(b, a)))
    if np.hypot(a, b) < 8.0 or not 40.0 < ground_hue < 92.0:
        return plant
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    return np.asarray(plant * (hue > ground_hue + 12.0), np.float32)


def fit_ground(lab: FloatArray) -> Ground | None:
    """The plain ground of a photo, or None where the frame shows no single ground.

    Args:
        lab: [h, w, 3] float32 CIELAB.
    """
    height, width = lab.shape[:2]
    scale = _FIT_PX / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(lab, size, interpolation=cv2.INTER_AREA)
    green = ((small[..., 1] < -7) & (small[..., 2] > 7)) | (small[..., 2] > 32)
    ring = np.zeros(green.shape, bool)
    edge = max(2, round(0.05 * min(green.shape)))
    ring[:edge] = ring[-edge:] = True
    ring[:, :edge] = ring[:, -edge:] = True
    seeds = ring & ~green
    if seeds.sum() < 0.12 * ring.sum():
        return None
    pixels = small.reshape(-1, 3)
    design = _basis(*green.shape)
    # The commonest colour of the frame, not its mean: a hand or a label may cut the frame.
    start = _mode(small[seeds])
    model = np.broadcast_to(start, pixels.shape)
    allowed = seeds.ravel()
    tolerance = (14.0, 34.0)
    for step in range(5):
        residual = pixels - model
        chroma = np.hypot(residual[:, 1], residual[:, 2])
        agrees = allowed & (chroma < tolerance[0]) & (np.abs(residual[:, 0]) < tolerance[1])
        if agrees.sum() < 24:
            return None
        terms = 3 if step < 1 else 6
        solution, *_ = np.linalg.lstsq(design[agrees, :terms], pixels[agrees], rcond=None)
        model = design[:, :terms] @ solution
        if step >= 1:
            allowed = ~green.ravel()
        tolerance = (9.0, 24.0) if step < 3 else (7.5, 20.0)
    residual = (pixels - model).reshape(small.shape)
    chroma = np.hypot(residual[..., 1], residual[..., 2])
    agrees = (chroma < 7.5) & (np.abs(residual[..., 0]) < 30) & ~green
    local = _smooth_over(small, agrees, model.reshape(small.shape).astype(np.float32))
    spread = (small - local)[agrees]
    sigma = float(np.sqrt(np.mean(spread[:, 1:] ** 2))) if len(spread) else 99.0
    colour = cv2.resize(local, (width, height), interpolation=cv2.INTER_LINEAR)
    ring_share = float((agrees & seeds).sum() / max(1, seeds.sum()))
    return Ground(colour, sigma, ring_share, float(agrees.mean()))


def _basis(height: int, width: int) -> FloatArray:
    """[height·width, 6]: 1, x, y, x², xy, y² with x, y in [-1, 1]."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    columns = [np.ones_like(x), x, y, x * x, x * y, y * y]
    return np.stack([c.ravel() for c in columns], axis=1).astype(np.float32)


def _mode(colours: FloatArray) -> FloatArray:
    """[3] centre of the most crowded cell of the colours [n, 3]."""
    cells = np.floor(colours / np.array([16.0, 8.0, 8.0])).astype(np.int64)
    keys = (cells[:, 0] + 64) * 1_000_000 + (cells[:, 1] + 64) * 1_000 + (cells[:, 2] + 64)
    values, counts = np.unique(keys, return_counts=True)
    return np.median(colours[keys == values[counts.argmax()]], axis=0)


def _smooth_over(small: FloatArray, agrees: BoolArray, model: FloatArray) -> FloatArray:
    """The ground's colour by averaging its own pixels nearby; the fitted field elsewhere."""
    weight = cv2.erode(agrees.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    sigma = 0.07 * max(small.shape[:2])
    near = cv2.GaussianBlur(weight, (0, 0), sigma)
    rest = cv2.GaussianBlur((small - model) * weight[..., None], (0, 0), sigma)
    return model + rest / (near[..., None] + 0.02)


def leaf_on_ground(lab: FloatArray, ground: Ground) -> tuple[BoolArray, FloatArray]:
    """What stands out from the ground and looks like leaf.

    Args:
        lab: [h, w, 3] float32 CIELAB at working size.
        ground: The fitted ground.

    Returns:
        mask [h, w] bool, soft [h, w] float32 (1 at the leaf's edge).
    """
    delta = lab - ground.colour
    distance = np.hypot(delta[..., 1], delta[..., 2])
    noise = max(_SIGMA_MIN, ground.chroma_sigma)
    sure_from = max(8.5, 4.0 * noise)
    core = distance > 1.5 * sure_from
    if core.any():
        # Half-way between ground and leaf is where the lens puts the edge.
        sure_from = float(np.clip(0.40 * np.median(distance[core]), sure_from, 16.0))
    ratio = lab[..., 0] / np.maximum(ground.colour[..., 0], 1.0)
    # Light that came through a leaf tints its shadow warm: a little colour, a little darker.
    shaded = (delta[..., 1] > -3.0) & (ratio > 0.45) & (ratio < 0.98) & (lab[..., 2] < 26.0)
    soft = distance / np.where(shaded, max(sure_from, 17.0), sure_from)
    # A leaf in deep shade has hardly any colour left, but is darker than shadows on paper are.
    gloom = (ratio < 0.55) & (delta[..., 1] < -2.0) & (distance > 0.3 * sure_from)
    soft = np.where(gloom, np.maximum(soft, 1.05), soft).astype(np.float32)
    sure = keep_components(opened(soft > 1.0, 1), _evidence(lab, ground), 0.30)
    if sure.mean() < _LEAST_LEAF:
        return np.zeros_like(sure), soft
    light_ground = float(np.median(ground.colour[..., 0])) > 60.0
    dark = ratio < 0.45
    filled = sure | holes(sure)
    side = float(np.sqrt(filled.sum()))
    reach = closed(filled, max(2, round(0.035 * side)))
    lesions = reach & ((soft > 0.55) | dark)
    if light_ground:
        # Nothing but dead tissue is that dark on paper; on cloth it may be a shadow.
        lesions |= closed(filled, max(3, round(0.10 * side))) & dark
    filled |= opened(lesions & ~filled, 1)
    filled |= holes(filled)
    # A dead tip may have the colour of a shadow, but has the texture that a shadow lacks.
    away = cv2.dilate(filled.astype(np.uint8), ellipse(4)) == 0
    detail = fine_detail(lab[..., 0], away)
    quiet = float(np.median(detail[soft < 0.5])) if (soft < 0.5).any() else 0.0
    dead = ((distance > 0.8 * sure_from) | (np.abs(delta[..., 0]) > 8.0)) & (
        detail > 2.2 * quiet + 0.6
    )
    if not light_ground:
        dead &= ratio > 0.30  # blacker than that is the leaf's shadow on cloth
    filled = adopt_touching(filled, opened(dead & ~filled, 2), 0.30)
    filled |= holes(filled)
    return filled, soft
