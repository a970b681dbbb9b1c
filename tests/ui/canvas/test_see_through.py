"""Pictures that lie over the photo: what they cover, and in which colour."""

import numpy as np

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.palette import LESION_COLOUR, UNSURE_COLOUR
from plantseg_gui.ui.canvas.see_through import changed_picture, classes, map_picture, mask_picture
from plantseg_gui.ui.canvas.wipe_pictures import GAINED_COLOUR, LOST_COLOUR


def rgba(picture, x, y):
    return picture.pixelColor(x, y).getRgb()


def near(colour, wanted):
    return all(abs(a - b) <= 3 for a, b in zip(colour[:3], wanted, strict=True))


def test_lesions_and_unsure_areas_are_tinted_with_a_full_edge():
    labels = np.zeros((20, 30), np.uint16)
    labels[2:12, 2:8], labels[2:12, 8:14], labels[2:12, 18:28] = 1, 2, UNSURE
    picture = mask_picture(classes(labels))
    assert rgba(picture, 0, 0)[3] == rgba(picture, 16, 15)[3] == 0
    assert rgba(picture, 2, 5) == (*LESION_COLOUR, 255)
    assert 0 < rgba(picture, 5, 5)[3] < 255
    assert rgba(picture, 8, 5)[3] < 255  # two lesions that touch are one area
    assert near(rgba(picture, 22, 6), UNSURE_COLOUR)


def test_changed_pixels_have_their_colours_over_a_veil():
    before, after = np.zeros((20, 30), np.uint16), np.zeros((20, 30), np.uint16)
    before[2:18, 2:12] = 1
    after[2:18, 8:20] = 7
    after[2:18, 22:28] = UNSURE
    picture = changed_picture(classes(before), classes(after))
    assert near(rgba(picture, 4, 9), LOST_COLOUR)
    assert near(rgba(picture, 15, 9), GAINED_COLOUR)
    assert rgba(picture, 8, 9) == (255, 255, 255, 255)
    veil = rgba(picture, 29, 19)
    assert veil[:3] == (0, 0, 0)
    assert rgba(picture, 25, 9) == veil == rgba(picture, 10, 9)


def test_a_map_keeps_its_own_size_and_fades_out_where_it_says_nothing():
    values = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (4, 1))
    picture = map_picture("probability", values)
    assert (picture.width(), picture.height()) == (32, 4)
    assert rgba(picture, 0, 0)[3] == 0
    assert rgba(picture, 31, 0)[3] > 100
