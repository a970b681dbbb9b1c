"""How any lesion gets onto the blade: colour, opacity, relief and label by its own distance map.

A painter makes a map `rho` of a patch: 0 in the middle of the lesion, 1 at the border that a person
would draw (half of the halo inside, as in the hand-made masks), above 1 outside. The ramp says the
colour at each rho.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from plantseg_gui.core.drawn.noise import Reals
from plantseg_gui.core.drawn.surface import Skin
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, FloatArray

_RHO_MAX = 2.0
_STEPS = 256


@dataclass(frozen=True)
class Ramp:
    """Colour and opacity by rho.

    Attributes:
        stops: (rho, r, g, b, opacity 0 to 1), rho rising; colours sRGB 0 to 255.
        depth: How deep the tissue has sunk, as a share of the leaf's unit; negative stands out.
        rough: How much the fine texture shows in the colour.
        matte: How much of the gloss is lost, 0 to 1.
    """

    stops: tuple[tuple[float, int, int, int, float], ...]
    depth: float = 0.002
    rough: float = 0.10
    matte: float = 0.8

    def table(self, shift: Reals) -> FloatArray:
        """[256, 4] float32 r, g, b, opacity, colours 0 to 1, for rho from 0 to 2."""
        stops = np.array(self.stops, np.float64)
        at = np.linspace(0, _RHO_MAX, _STEPS)
        columns = [np.interp(at, stops[:, 0], stops[:, k]) for k in range(1, 5)]
        table = np.stack(columns, axis=1)
        table[:, :3] = np.clip(table[:, :3] / 255 * shift, 0, 1)
        return np.asarray(table, np.float32)


def patch_rect(skin: Skin, x: float, y: float, reach: float) -> Rect:
    """Square of ± reach px around a point, inside the picture."""
    height, width = skin.labels.shape
    return Rect(int(y - reach), int(x - reach), int(y + reach) + 2, int(x + reach) + 2).clip(
        height, width
    )


def offsets(rect: Rect, x: float, y: float) -> tuple[FloatArray, FloatArray]:
    """Offsets dx [1, w] and dy [h, 1] of a rectangle's pixels from a point."""
    dx = np.arange(rect.x0, rect.x1, dtype=np.float32)[None, :] - np.float32(x)
    dy = np.arange(rect.y0, rect.y1, dtype=np.float32)[:, None] - np.float32(y)
    return dx, dy


def rho_from_mask(mask: BoolArray, width_px: float) -> FloatArray:
    """Distance map of an arbitrary patch mask: 1 at its border, 0 from width_px inside."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    signed = np.where(mask, inside - 0.5, 0.5 - outside) / np.float32(max(1.0, width_px))
    return np.asarray(np.clip(1.0 - signed, 0.0, _RHO_MAX), np.float32)


def stain(skin: Skin, rect: Rect, rho: FloatArray, ramp: Ramp, rng: np.random.Generator) -> bool:
    """Paint one lesion and give it the next label.

    Args:
        skin: The blade, changed in place.
        rect: Where the patch lies.
        rho: [rect.height, rect.width] distance map.
        ramp: Colours.
        rng: For the lesion's own shade.

    Returns:
        Whether anything of it lies on the leaf.
    """
    where = rect.slices
    cover = skin.maps.cover[where]
    member = (rho < 1.0) & skin.maps.leaf[where]
    if int(member.sum()) < 6:
        return False
    shift = rng.uniform(0.9, 1.12) * (1 + rng.normal(0, 0.03, 3))
    index = np.clip(rho * np.float32(_STEPS / _RHO_MAX), 0, _STEPS - 1).astype(np.int32)
    painted = ramp.table(shift)[index]
    alpha = painted[..., 3] * cover
    colour = painted[..., :3]
    if ramp.rough:
        colour *= (1.0 + np.float32(ramp.rough) * skin.texture[where])[..., None]
    # Veins stay visible through a lesion, fainter.
    vein = (
        np.float32(0.22) * skin.maps.side_vein[where] + np.float32(0.3) * skin.maps.main_vein[where]
    )
    alpha = alpha * (1.0 - vein)
    rgb = skin.rgb[where]
    rgb += (colour - rgb) * alpha[..., None]
    core = np.clip(1.25 - rho, 0, 1) * alpha
    skin.relief[where] -= np.float32(ramp.depth * skin.maps.unit_px) * core
    bumps = np.float32(0.0011 * ramp.rough * skin.maps.unit_px) * skin.texture[where]
    skin.relief[where] += bumps * core
    skin.gloss[where] *= 1.0 - np.float32(ramp.matte) * alpha
    skin.count += 1
    skin.labels[where][member] = skin.count
    return True
