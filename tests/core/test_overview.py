import numpy as np

from plantseg_gui.core.display_tables import Adjustment
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.overview import overview


def test_photo_and_lesions_at_the_wanted_size():
    photo = np.full((4000, 2000, 3), (200, 180, 160), np.uint8)
    labels = np.zeros((4000, 2000), np.uint16)
    labels[1000:1200, 500:700] = 3
    labels[3000:3200, 500:700] = UNSURE
    made = overview(photo, labels, 200, Adjustment())
    assert made.shape == (200, 100, 3)
    assert tuple(made[10, 10]) == (200, 180, 160)
    red, _, blue = (int(value) for value in made[55, 30])
    assert blue > red + 100  # the mask's colour
    assert tuple(made[155, 30]) == (200, 180, 160)
    assert overview(photo, labels, 200, Adjustment(brightness=-100))[10, 10].max() < 80


def test_a_photo_smaller_than_the_overview():
    photo, labels = np.full((10, 30, 3), 9, np.uint8), np.zeros((10, 30), np.uint16)
    assert overview(photo, labels, 176, Adjustment()).shape == (59, 176, 3)
