"""Colours of the overlay: tables from values to premultiplied 0xAARRGGBB.

Lesions are blue and unsure pixels orange: the pair that stays apart under every common colour
blindness, and blue is what neither leaf, soil nor lesion has. Heat maps are perceptually even and
colour-blind safe; their low values fade out, so that the photo stays visible where a map says
nothing.

Source: viridis, magma (S. van der Walt, N. Smith, CC0) and cividis (Nuñez, Anderton, Renslow 2018,
doi:10.1371/journal.pone.0199239), sampled at 17 places and interpolated.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.origin import Origin

ColourTable = npt.NDArray[np.uint32]
RgbTable = npt.NDArray[np.uint8]
Rgb = tuple[int, int, int]
MaskMode = Literal["single", "instances"]

LESION_COLOUR: Rgb = (0, 114, 255)
UNSURE_COLOUR: Rgb = (240, 150, 0)
SELECTED_COLOUR: Rgb = (255, 255, 255)
# Four that stay apart under every common colour blindness (CIEDE2000 of 20 and more).
ORIGIN_COLOURS: dict[Origin, Rgb] = {
    Origin.LESION_BY_PERSON: LESION_COLOUR,
    Origin.LESION_BY_MODEL: (200, 0, 130),
    Origin.HEALTHY_BY_PERSON: (160, 240, 255),
    Origin.UNSURE: UNSURE_COLOUR,
}

# Neighbouring lesions mostly have neighbouring ids: neighbours in this ring differ in lightness
# as well as in hue, so they stay apart without colour vision. Orange is left to "unsure".
_INSTANCE_COLOURS: tuple[Rgb, ...] = (
    (0, 114, 255),
    (120, 230, 255),
    (130, 60, 200),
    (255, 170, 220),
    (0, 90, 150),
    (90, 220, 200),
    (205, 40, 140),
    (185, 180, 255),
)

_STOPS = {
    "viridis": (
        "440154 481769 472c7a 423f85 3b518b 33628d 2c718e 26818e 21908c "
        "1f9f88 27ad80 3dbc73 5cc862 81d34c aadc31 d5e219 fde725"
    ),
    "cividis": (
        "00204d 002b68 05366e 2c416c 404d6b 51586c 60646f 6e6f73 7c7b78 "
        "8b8779 9b9477 aca174 bcaf6f cebc67 e0cb5d f2da4f ffea46"
    ),
    "magma": (
        "000004 090721 1c1046 35106a 50127b 691c81 822581 9b2e7f b63679 "
        "cf406f e55063 f4695c fb8761 fea571 fec287 fde0a1 fcfdbf"
    ),
}

# The alpha of a heat map rises from 0 at value 0 to the full opacity here.
_FADE_END = 112
# From this value a map of yes and no (leaf, preview) says yes.
_YES = 128

MAP_NAMES = (*_STOPS, "leaf", "preview")


def label_table(
    opacity: float, mode: MaskMode = "single", *, selected: int | None = None
) -> ColourTable:
    """Colour of every label.

    Args:
        opacity: 0 to 1, the same for every label but 0, which is transparent.
        mode: One colour for all lesions, or a ring of colours by lesion id.
        selected: A lesion id to show in white.

    Returns:
        [65536] uint32, premultiplied 0xAARRGGBB.
    """
    table = np.empty((UNSURE + 1, 3), dtype=np.uint8)
    if mode == "instances":
        ring = np.array(_INSTANCE_COLOURS, dtype=np.uint8)
        table[1:] = ring[np.arange(UNSURE) % len(ring)]
    else:
        table[1:] = LESION_COLOUR
    table[UNSURE] = UNSURE_COLOUR
    if selected is not None and 0 < selected < UNSURE:
        table[selected] = SELECTED_COLOUR
    alpha = np.full(UNSURE + 1, _alpha(opacity))
    alpha[0] = 0
    return _premultiplied(table, alpha)


def origin_table(opacity: float) -> ColourTable:
    """Colour of every origin.

    Args:
        opacity: 0 to 1, the same for every origin but `NOTHING`, which is transparent.

    Returns:
        [5] uint32, premultiplied 0xAARRGGBB, by value of `Origin`.
    """
    table = np.zeros((len(Origin), 3), dtype=np.uint8)
    alpha = np.zeros(len(Origin), dtype=np.int64)
    for origin, colour in ORIGIN_COLOURS.items():
        table[origin], alpha[origin] = colour, _alpha(opacity)
    return _premultiplied(table, alpha)


def map_table(name: str, opacity: float) -> ColourTable:
    """Colour of every value of a map.

    Args:
        name: "viridis", "cividis", "magma" for heat maps; "leaf" darkens what is not leaf;
            "preview" shows values from 128 in the colour of lesions.
        opacity: 0 to 1.

    Returns:
        [256] uint32, premultiplied 0xAARRGGBB.

    Raises:
        ValueError: No map has this name.
    """
    values = np.arange(256)
    full = _alpha(opacity)
    if name == "leaf":
        alpha = np.where(values < _YES, full, 0)
    elif name == "preview":
        alpha = np.where(values >= _YES, full, 0)
    else:
        alpha = np.rint(full * np.minimum(1.0, values / _FADE_END)).astype(np.int64)
    return _premultiplied(legend_colours(name), alpha)


def legend_colours(name: str) -> RgbTable:
    """The opaque colours of a map from its lowest to its highest value, [256, 3] uint8 RGB.

    Raises:
        ValueError: No map has this name.
    """
    if name == "leaf":
        return np.zeros((256, 3), dtype=np.uint8)
    if name == "preview":
        return np.tile(np.array(LESION_COLOUR, dtype=np.uint8), (256, 1))
    if name not in _STOPS:
        raise ValueError(f"no colour map is called {name!r}; there are {', '.join(MAP_NAMES)}")
    stops = np.array([list(bytes.fromhex(code)) for code in _STOPS[name].split()], dtype=float)
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), stops[:, c]) for c in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _alpha(opacity: float) -> int:
    return round(255 * min(1.0, max(0.0, opacity)))


def _premultiplied(rgb: RgbTable, alpha: npt.NDArray[np.int64]) -> ColourTable:
    """Pack [n, 3] uint8 and [n] alpha 0 to 255 into [n] uint32."""
    a = alpha.astype(np.uint32)
    # Rounded to nearest; never above alpha, which a premultiplied format demands.
    red, green, blue = ((rgb[:, c].astype(np.uint32) * a + 127) // 255 for c in range(3))
    packed: ColourTable = ((a << 24) | (red << 16) | (green << 8) | blue).astype(np.uint32)
    return packed
