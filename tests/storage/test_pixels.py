import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageOps

from plantseg_gui.storage.pixels import on_white, orient, to_uint8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orient_as_pillow_does(orientation: int) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(4, 6)
    image = Image.fromarray(array)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(orient(array, orientation), expected)


@settings(max_examples=60)
@given(
    array=st.one_of(
        hnp.arrays(np.uint16, (5, 4)),
        hnp.arrays(np.float32, (5, 4)),
        hnp.arrays(np.float64, (5, 4)),
        hnp.arrays(np.int32, (5, 4)),
        hnp.arrays(np.bool_, (5, 4)),
    )
)
def test_to_uint8_takes_anything(array: np.ndarray) -> None:
    result = to_uint8(array)
    assert result.dtype == np.uint8
    assert result.shape == array.shape


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255]),
        (np.array([0, 4095], np.uint16), [0, 255]),
        (np.array([0, 200], np.uint16), [0, 200]),
        (np.array([0, 0.5, 1], np.float32), [0, 128, 255]),
        (np.array([0, 200.4], np.float32), [0, 200]),
        (np.array([0, 500, 1000], np.float64), [0, 128, 255]),
        (np.array([-1, 0, 1], np.float32), [0, 128, 255]),
        (np.array([np.nan, 1], np.float32), [0, 255]),
        (np.array([False, True]), [0, 255]),
        (np.array([0, 65535], ">u2"), [0, 255]),
    ],
)
def test_to_uint8_scales(values: np.ndarray, expected: list[int]) -> None:
    assert to_uint8(values).tolist() == expected


def test_transparent_becomes_white() -> None:
    rgba = np.array([[[0, 0, 0, 0], [10, 20, 30, 255], [0, 0, 0, 128]]], np.uint8)
    assert on_white(rgba).tolist() == [[[255, 255, 255], [10, 20, 30], [127, 127, 127]]]
