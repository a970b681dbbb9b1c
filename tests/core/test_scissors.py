import cv2
import numpy as np
import pytest

from plantseg_gui.core.scissors import Scissors


def disc_photo(radius=60, side=500):
    image = np.full((side, side, 3), (70, 140, 60), np.uint8)
    cv2.circle(image, (side // 2, side // 2), radius, (120, 80, 40), -1)
    return image


def off_the_circle(path, radius, side=500):
    middle = np.array(path) - side / 2
    return np.abs(np.hypot(*middle.T) - radius)


@pytest.mark.parametrize("radius", [60, 200])
def test_the_path_follows_the_edge(radius):
    scissors = Scissors(disc_photo(radius))
    scissors.anchor(250, 250 - radius)
    path = scissors.path_to(250 - radius, 250)
    assert path[0] == (250, 250 - radius)
    assert path[-1] == (250 - radius, 250)
    # A straight line would be 0.29 radii away from it.
    assert off_the_circle(path, radius).max() < 0.06 * radius


def test_paths_are_connected():
    scissors = Scissors(disc_photo())
    scissors.anchor(250.5, 190.5)
    steps = np.abs(np.diff(np.array(scissors.path_to(250.5, 310.5)), axis=0))
    assert steps.max() <= 1.5


def test_a_straight_line_where_there_is_no_other():
    tiny = Scissors(np.zeros((5, 5, 3), np.uint8))
    tiny.anchor(1, 1)
    assert tiny.path_to(4, 4) == [(1, 1), (4, 4)]
    far = Scissors(np.zeros((10, 3000, 3), np.uint8))
    far.anchor(1, 1)
    assert far.path_to(4, 2900) == [(1, 1), (4, 2900)]


def test_points_outside():
    scissors = Scissors(disc_photo())
    with pytest.raises(ValueError, match="outside"):
        scissors.anchor(-1, 20)
    scissors.anchor(480, 480)
    assert scissors.path_to(900, 490)[-1] == (499.5, 490)
