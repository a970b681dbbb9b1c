import numpy as np
import pytest

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.palette import (
    LESION_COLOUR,
    MAP_NAMES,
    UNSURE_COLOUR,
    label_table,
    legend_colours,
    map_table,
)

HEAT = ("viridis", "cividis", "magma")


def channels(table):
    return [((table >> shift) & 255).astype(int) for shift in (24, 16, 8, 0)]


def lightness(rgb):
    """Relative luminance, about what is left without colour vision."""
    linear = (np.asarray(rgb, float) / 255.0) ** 2.2
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def all_tables():
    for opacity in (0.0, 0.3, 0.5, 1.0):
        yield from (label_table(opacity, mode) for mode in ("single", "instances"))
        yield from (map_table(name, opacity) for name in MAP_NAMES)


def test_every_table_is_premultiplied():
    for table in all_tables():
        assert table.dtype == np.uint32
        alpha, *colours = channels(table)
        for colour in colours:
            assert (colour <= alpha).all()


def test_sizes():
    assert label_table(0.5).shape == (65536,)
    assert map_table("magma", 0.5).shape == (256,)
    assert legend_colours("magma").shape == (256, 3)


def test_healthy_is_transparent_and_every_other_label_has_one_alpha():
    for mode in ("single", "instances"):
        alpha = channels(label_table(0.4, mode))[0]
        assert alpha[0] == 0
        assert (alpha[1:] == 102).all()


def test_opaque_colours_are_the_named_ones():
    table = label_table(1.0)
    assert tuple(int(c[7]) for c in channels(table)[1:]) == LESION_COLOUR
    assert tuple(int(c[UNSURE]) for c in channels(table)[1:]) == UNSURE_COLOUR


def test_neighbouring_lesions_differ_in_lightness_and_from_unsure():
    table = label_table(1.0, "instances")
    rgb = np.stack(channels(table)[1:], axis=1)
    for lesion in range(1, 20):
        difference = abs(lightness(rgb[lesion]) - lightness(rgb[lesion + 1]))
        assert difference > 0.08
        assert tuple(rgb[lesion]) != UNSURE_COLOUR


def test_the_selected_lesion_is_white():
    table = label_table(1.0, selected=5)
    assert table[5] == 0xFFFFFFFF
    assert table[4] != table[5]
    assert label_table(1.0, selected=UNSURE)[UNSURE] == label_table(1.0)[UNSURE]


@pytest.mark.parametrize("name", HEAT)
def test_heat_maps_rise_in_lightness(name):
    light = lightness(legend_colours(name))
    assert (np.diff(light) > -0.002).all()
    assert light[-1] - light[0] > 0.5


@pytest.mark.parametrize("name", HEAT)
def test_low_values_of_a_heat_map_fade_out(name):
    alpha = channels(map_table(name, 0.5))[0]
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert alpha[-1] == 128


def test_leaf_darkens_what_is_not_leaf():
    table = map_table("leaf", 1.0)
    assert table[0] == 0xFF000000
    assert table[255] == 0


def test_preview_shows_the_mask_colour_from_one_half():
    table = map_table("preview", 0.5)
    assert table[127] == 0
    assert table[128] == label_table(0.5)[1]


def test_opacity_is_kept_in_range():
    np.testing.assert_array_equal(map_table("magma", 7.0), map_table("magma", 1.0))
    np.testing.assert_array_equal(label_table(-1.0), np.zeros(65536, np.uint32))


def test_an_unknown_map_is_refused():
    with pytest.raises(ValueError, match=r"jet.*viridis"):
        map_table("jet", 0.5)
