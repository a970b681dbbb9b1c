import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plantseg_gui.storage.map_files import (
    as_8_bit,
    as_16_bit,
    map_files,
)


def test_file_names(tmp_path):
    names = [file.name for file in map_files(tmp_path / "a.jpg", ("mask", "attention"))]
    assert names == ["a.jpg_mask.png", "a.jpg_attention1.png", "a.jpg_attention2.png"]


def test_8_bit_is_round_255_p():
    values = np.array([[0.0, 0.25], [0.5, 1.0]], np.float32)
    assert as_8_bit(values, 2, 2).tolist() == [[0, 64], [128, 255]]


def test_cells_of_a_coarse_map_are_not_smoothed():
    cells = as_8_bit(np.array([[0.0, 1.0]], np.float32), 4, 8, cells=True)
    assert set(np.unique(cells)) == {0, 255}
    assert cells.shape == (4, 8)


@settings(deadline=None)
@given(arrays(np.float32, (4, 5), elements=st.floats(-1e4, 1e4, width=32)))
def test_16_bit_gives_the_value_back(values):
    pixels, offset, scale = as_16_bit(values)
    assert pixels.dtype == np.uint16
    restored = offset + scale * pixels.astype(np.float64)
    assert np.abs(restored - values).max() <= scale * 0.501
