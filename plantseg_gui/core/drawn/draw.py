"""From a seed to a photo of a leaf with its exact masks."""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.measure import label

from plantseg_gui.core.drawn.ground import GROUNDS
from plantseg_gui.core.drawn.lesions import LESION_TYPES
from plantseg_gui.core.drawn.light import cast_shadow, lit, photographed, some_light
from plantseg_gui.core.drawn.plan import LeafPlan, bent, rotated
from plantseg_gui.core.drawn.raster import rasterise
from plantseg_gui.core.drawn.shapes import SHAPES
from plantseg_gui.core.drawn.surface import Skin, healthy_skin
from plantseg_gui.core.results import BoolArray, FloatArray, LabelArray, RgbArray

SMALLEST_PX = 64


@dataclass(frozen=True)
class DrawnLeaf:
    """A leaf drawn by code.

    Attributes:
        image: [H, W, 3] uint8 RGB.
        labels: [H, W] uint16, 0 healthy, n = lesion n, numbered without gaps.
        leaf: [H, W] bool, lesions included.
        description: For instance "tomato, target-spot, on soil".
    """

    image: RgbArray
    labels: LabelArray
    leaf: BoolArray
    description: str


def draw_leaf(
    seed: int,
    size: int = 2048,
    *,
    shape: str | None = None,
    lesion_types: tuple[str, ...] | None = None,
    healthy: bool = False,
    ground: str | None = None,
) -> DrawnLeaf:
    """Draw a leaf; the same arguments give the same leaf.

    Args:
        seed: Which leaf.
        size: Height and width, px; at least 64.
        shape: Key of SHAPES; chosen by the seed if None.
        lesion_types: Keys of LESION_TYPES; one or two chosen by the seed if None.
        healthy: Draw no lesion.
        ground: Key of GROUNDS; chosen by the seed if None.

    Raises:
        ValueError: A name that is in no table, or a size under 64.
    """
    if size < SMALLEST_PX:
        raise ValueError(f"size={size}: a drawn leaf needs at least {SMALLEST_PX} px.")
    # One stream of randomness for each part, so that choosing one part leaves the others alone.
    pick, form, texture, decay, scene, camera = (
        np.random.default_rng([seed, part]) for part in range(6)
    )
    shape_name = _chosen("shape", shape, tuple(SHAPES), seed)
    ground_name = _chosen("ground", ground, tuple(GROUNDS), seed + seed // len(GROUNDS))
    kinds = _kinds(lesion_types, pick)
    plan, axis_deg = _placed(SHAPES[shape_name](form), size, form)
    maps = rasterise(plan, size, texture)
    skin = healthy_skin(shape_name, maps, texture, axis_deg, plan.parallel)
    if not healthy:
        for kind in kinds:
            LESION_TYPES[kind](skin, decay)
        _yellow_around(skin)
    light = some_light(scene, hard=ground_name in ("soil", "foliage"))
    picture = GROUNDS[ground_name](scene, size)
    picture *= cast_shadow(maps.cover, light)[..., None]
    picture += (lit(skin, light) - picture) * maps.cover[..., None]
    what = "healthy" if healthy else " and ".join(kinds)
    return DrawnLeaf(
        image=photographed(picture, camera, light),
        labels=_renumbered(skin.labels),
        leaf=maps.leaf,
        description=f"{shape_name}, {what}, on {ground_name}",
    )


def _chosen(what: str, wanted: str | None, names: tuple[str, ...], turn: int) -> str:
    """The wanted name, or the next in turn: neighbouring seeds differ."""
    if wanted is None:
        return names[turn % len(names)]
    if wanted not in names:
        raise ValueError(f"{what}={wanted!r} is not one of {', '.join(names)}.")
    return wanted


def _kinds(wanted: tuple[str, ...] | None, rng: np.random.Generator) -> tuple[str, ...]:
    names = tuple(LESION_TYPES)
    order = rng.permutation(len(names))
    count = 2 if rng.random() < 0.3 else 1
    if wanted is None:
        return tuple(names[k] for k in order[:count])
    for name in wanted:
        if name not in names:
            raise ValueError(f"lesion_types: {name!r} is not one of {', '.join(names)}.")
    return tuple(wanted)


def _placed(plan: LeafPlan, size: int, rng: np.random.Generator) -> tuple[LeafPlan, float]:
    """The plan in px: bent, turned and fitted into the picture; and its axis, degrees."""
    if plan.parallel:
        # Grass leaves run along the picture, and may run out of it.
        turn = float(rng.choice([0, 180])) + rng.uniform(-28, 28)
        share, bend = rng.uniform(0.95, 1.35), rng.uniform(-0.05, 0.05)
    else:
        turn = rng.uniform(0, 360)
        share, bend = rng.uniform(0.84, 0.93), rng.uniform(-0.05, 0.05)

    def shaped(points: FloatArray) -> FloatArray:
        return rotated(bent(points, bend), turn)

    outline = shaped(plan.points())
    low, high = outline.min(axis=0), outline.max(axis=0)
    scale = size * share / float(max(high - low))
    free = np.maximum(size - (high - low) * scale, 0.02 * size)
    shift = size / 2 + rng.uniform(-0.35, 0.35, 2) * free - (low + high) / 2 * scale

    def move(points: FloatArray) -> FloatArray:
        return np.asarray(shaped(points) * scale + shift, np.float32)

    return plan.moved(move, scale), turn


def _yellow_around(skin: Skin) -> None:
    """Leaf near much disease loses green: not a lesion, and no label."""
    height, width = skin.labels.shape
    size = (max(8, width // 8), max(8, height // 8))
    sick = cv2.resize((skin.labels > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(sick, (0, 0), max(0.8, skin.maps.unit_px * 0.035 / 8))
    pale = np.clip(cv2.resize(spread, (width, height)) * 0.5, 0, 0.22)
    pale *= skin.labels == 0
    gain = np.array([0.42, 0.16, -0.1], np.float32)
    skin.rgb *= 1.0 + pale[..., None] * gain


def _renumbered(labels: LabelArray) -> LabelArray:
    """Connected lesions 1 to n: a spot cut in two by another is two, a crumb of a few px none."""
    parts = np.asarray(label(labels, connectivity=2))
    counts = np.bincount(parts.ravel())
    seen = counts >= max(4, round(labels.size * 1e-5))
    seen[0] = False
    table = np.zeros(len(counts), np.uint16)
    table[seen] = np.arange(1, int(seen.sum()) + 1, dtype=np.uint16)
    return table[parts]
