import numpy as np
import pytest

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import MAX_LESION_ID, UNSURE, LabelImage, highest_id


def image(height=20, width=30):
    return LabelImage(np.zeros((height, width), np.uint16))


def test_write_then_read():
    labels = image()
    values = np.full((2, 3), 7, np.uint16)
    labels.write(Rect(4, 5, 6, 8), values)
    assert (labels.read(Rect(4, 5, 6, 8)) == 7).all()
    assert np.count_nonzero(labels.array) == 6


def test_read_is_a_copy_and_array_is_read_only():
    labels = image()
    labels.read(labels.rect)[:] = 3
    assert not labels.array.any()
    with pytest.raises(ValueError, match="read-only"):
        labels.array[0, 0] = 1


def test_array_follows_writes():
    labels = image()
    array = labels.array
    labels.write(Rect(0, 0, 1, 1), np.array([[9]], np.uint16))
    assert array[0, 0] == 9


def test_changed_tells_the_rectangle():
    labels, heard = image(), []
    labels.changed.connect(heard.append)
    labels.write(Rect(1, 2, 3, 4), np.zeros((2, 2), np.uint16))
    labels.write(Rect(1, 1, 1, 1), np.zeros((0, 0), np.uint16))
    assert heard == [Rect(1, 2, 3, 4)]


@pytest.mark.parametrize("rect", [Rect(-1, 0, 2, 2), Rect(0, 0, 21, 2), Rect(3, 3, 2, 4)])
def test_outside_is_refused(rect):
    with pytest.raises(ValueError, match="outside the image of 20×30 px"):
        image().read(rect)


def test_wrong_shape_of_values_is_refused():
    with pytest.raises(ValueError, match=r"\(1, 2\); the rectangle needs \(2, 2\)"):
        image().write(Rect(0, 0, 2, 2), np.zeros((1, 2), np.uint16))


@pytest.mark.parametrize("bad", [np.zeros((3, 3), np.int32), np.zeros((3, 3, 1), np.uint16)])
def test_wrong_array_is_refused(bad):
    with pytest.raises(ValueError, match="uint16"):
        LabelImage(bad)


def test_a_read_only_array_is_copied():
    array = np.zeros((4, 4), np.uint16)
    array.flags.writeable = False
    labels = LabelImage(array)
    labels.write(Rect(0, 0, 1, 1), np.array([[1]], np.uint16))
    assert not array.any()


def test_unsure_is_no_lesion():
    labels = image()
    labels.write(Rect(0, 0, 1, 3), np.array([[UNSURE, 2, 0]], np.uint16))
    assert labels.max_id() == 2
    assert labels.next_id() == 3
    assert labels.lesion_mask().sum() == 1


def test_ids_follow_every_kind_of_write():
    rng = np.random.default_rng(0)
    labels = image()
    for _ in range(200):
        y, x = rng.integers(0, 15), rng.integers(0, 25)
        value = rng.choice([0, UNSURE, rng.integers(1, 50)])
        labels.write(Rect(y, x, y + 5, x + 5), np.full((5, 5), value, np.uint16))
        used = set(np.unique(labels.array).tolist()) - {0, UNSURE}
        assert labels.max_id() == max(used, default=0)
        assert labels.next_id() not in used


def test_a_free_id_is_found_when_the_highest_is_taken():
    labels = image()
    labels.write(Rect(0, 0, 1, 3), np.array([[MAX_LESION_ID, 1, UNSURE]], np.uint16))
    assert labels.next_id() == 2


def test_all_ids_in_use():
    array = np.arange(256 * 256, dtype=np.uint16).reshape(256, 256)
    with pytest.raises(ValueError, match="65534"):
        LabelImage(array).next_id()


def test_highest_id_of_an_empty_array():
    assert highest_id(np.zeros((0, 5), np.uint16)) == 0
