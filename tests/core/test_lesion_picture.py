import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.lesion_picture import lesion_outlines, lesion_picture, picture_area
from plantseg_gui.core.lesions import measure
from tests.helpers.builders import two_lesions


def test_outlines_run_through_the_outermost_pixels():
    labels = two_lesions()
    labels[13:16, 15:20] = 0
    around, hole = lesion_outlines(labels, measure(labels)[0])
    assert around.min(axis=0).tolist() == [10.5, 10.5]
    assert around.max(axis=0).tolist() == [29.5, 19.5]
    assert hole.min(axis=0).tolist() == [14.5, 12.5]


def test_a_picture_lies_inside_the_photo():
    assert picture_area(Rect(0, 0, 10, 30), 64, 96) == Rect(0, 0, 48, 48)
    assert picture_area(Rect(40, 50, 50, 80), 64, 96) == Rect(16, 41, 64, 89)
    assert picture_area(Rect(10, 10, 11, 11), 20, 200) == Rect(0, 0, 20, 24)


def test_a_picture_shows_the_photo_and_the_outline():
    labels = two_lesions()
    image = np.full((64, 96, 3), (90, 120, 60), np.uint8)
    picture = lesion_picture(image, labels, measure(labels)[1], 96)
    assert picture.shape == (96, 96, 3)
    assert (picture == 255).all(axis=2).any()
    assert picture[0, 0].tolist() == [90, 120, 60]
