import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.origin import Origin, origin_at, origin_map
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.core.painting import StrokePainter
from plantseg_gui.core.palette import ORIGIN_COLOURS, origin_table

SHAPE = (600, 700)
# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protan": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deutan": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritan": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


@pytest.fixture
def parts():
    """Four squares, one of each origin, on a photo that nobody touched otherwise."""
    labels, touched = np.zeros(SHAPE, np.uint16), np.zeros(SHAPE, bool)
    labels[10:40, 10:40] = 3
    touched[10:40, 10:40] = True
    touched[10:40, 60:90] = True
    labels[10:40, 110:140] = 70
    labels[10:40, 160:190] = UNSURE
    touched[10:40, 160:190] = True
    return labels, touched


def shown(opacity=0.6):
    composer = OverlayComposer(*SHAPE)
    composer.set_layer("origin", True, opacity)
    return composer


def test_every_pixel_has_one_origin(parts):
    found = origin_map(*parts)
    assert found.dtype == np.uint8
    places = {0: (0, 0), 1: (20, 20), 2: (20, 70), 3: (20, 120), 4: (20, 170)}
    for origin, place in places.items():
        assert found[place] == Origin(origin)
        assert origin_at(int(parts[0][place]), bool(parts[1][place])) is Origin(origin)
    assert np.bincount(found.ravel())[1:].tolist() == [900] * 4


def test_unsure_is_a_persons_even_where_nothing_says_touched():
    assert origin_at(UNSURE, False) is Origin.UNSURE


def test_all_four_are_composed_in_their_colours_and_nothing_elsewhere(parts):
    composer = shown(1.0)
    composer.compose(composer.rect, *parts)
    table = origin_table(1.0)
    for origin, x in zip((1, 2, 3, 4), (20, 70, 120, 170), strict=True):
        red, green, blue = ORIGIN_COLOURS[Origin(origin)]
        assert composer.buffer[20, x] == 0xFF000000 | red << 16 | green << 8 | blue
        assert composer.buffer[20, x] == table[origin]
    assert np.count_nonzero(composer.buffer) == 4 * 900


def test_origin_takes_the_place_of_the_mask_and_gives_it_back(parts):
    composer, bare = shown(), shown()
    bare.set_layer("mask", False, 0.5)
    composer.compose(composer.rect, *parts)
    bare.compose(bare.rect, *parts)
    np.testing.assert_array_equal(composer.buffer, bare.buffer)
    composer.set_layer("origin", False, 0.6)
    composer.compose(composer.rect, *parts)
    mask = OverlayComposer(*SHAPE)
    mask.compose(mask.rect, parts[0])
    np.testing.assert_array_equal(composer.buffer, mask.buffer)


def test_over_a_map_the_map_stays_where_nothing_is_drawn(parts):
    composer = shown()
    composer.set_map("probability", np.full(SHAPE, 255, np.uint8))
    composer.set_layer("probability", True, 0.5)
    composer.compose(composer.rect, *parts)
    bare = composer.buffer[500, 500]
    assert bare
    assert all(composer.buffer[20, x] != bare for x in (20, 70, 120, 170))
    alpha = composer.buffer >> 24
    for shift in (16, 8, 0):
        assert (((composer.buffer >> shift) & 255) <= alpha).all()


def test_without_a_touched_map_every_lesion_is_a_models(parts):
    composer = shown()
    composer.compose(composer.rect, parts[0])
    assert composer.buffer[20, 20] == composer.buffer[20, 120] == origin_table(0.6)[3]


def test_only_the_rectangle_is_composed(parts):
    labels, touched = parts
    composer = shown()
    composer.compose(composer.rect, labels, touched)
    before = composer.buffer.copy()
    # Wiped over healthy leaf: no label changes.
    touched[300:400, 300:400] = True
    rect = Rect(320, 310, 350, 330)
    composer.compose(rect, labels, touched)
    changed = composer.buffer != before
    assert changed[rect.slices].all()
    assert changed.sum() == rect.area


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["lesion", "healthy", "unsure"]), st.integers(0, 79), st.integers(0, 99)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_dab_by_dab_is_the_same_as_composed_whole(strokes):
    labels = np.zeros((80, 100), np.uint16)
    labels[20:50, 20:70] = 5
    document = Document("a", np.zeros((80, 100, 3), np.uint8), labels)
    composer = OverlayComposer(80, 100)
    composer.set_layer("origin", True, 0.7)

    def follow(rect):
        composer.compose(rect, document.labels.array, document.touched)

    follow(composer.rect)
    document.labels_changed.connect(follow)
    for mode, y, x in strokes:
        painter = StrokePainter(document, mode, 7)
        painter.press(y, x)
        painter.move([(y + 5, x + 9)])
        painter.release()
    whole = OverlayComposer(80, 100)
    whole.set_layer("origin", True, 0.7)
    whole.compose(whole.rect, document.labels.array, document.touched)
    np.testing.assert_array_equal(composer.buffer, whole.buffer)


def test_an_edit_says_where_it_touched_also_when_it_is_compressed():
    document = Document("a", np.zeros((80, 100, 3), np.uint8))
    painter = StrokePainter(document, "healthy", 3)
    painter.press(40, 50)
    edit = painter.release()
    assert not edit.patches
    assert edit.touch_rects == [Rect(37, 47, 44, 54)]
    edit.compact(1 << 20)
    assert edit.touch_rects == [Rect(37, 47, 44, 54)]


@pytest.mark.parametrize("vision", VISIONS)
def test_the_colours_stay_apart_with_any_colour_vision(vision):
    colours = [
        rgb2lab(_seen(colour, np.array(VISIONS[vision])))[0, 0]
        for colour in ORIGIN_COLOURS.values()
    ]
    for one, other in itertools.combinations(colours, 2):
        assert deltaE_ciede2000(one, other) > 20


def _seen(colour, matrix):
    """sRGB [1, 1, 3] of a colour as this vision has it."""
    value = np.asarray(colour, float) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    linear = np.clip(matrix @ linear, 0, 1)
    seen = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return seen[None, None]
