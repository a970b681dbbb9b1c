from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.masks import read_labels, read_mask, write_labels, write_mask

SIDES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)
quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(mask=hnp.arrays(np.bool_, SIDES))
def test_mask_round_trip(tmp_path: Path, mask: np.ndarray) -> None:
    write_mask(tmp_path / "m.png", mask)
    assert np.array_equal(read_mask(tmp_path / "m.png", mask.shape), mask)
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "L"
        assert set(np.unique(np.asarray(image))) <= {0, 255}


@quick
@given(labels=hnp.arrays(np.uint16, SIDES, elements=st.sampled_from([0, 1, 2, 300, 65534, 65535])))
def test_labels_round_trip(tmp_path: Path, labels: np.ndarray) -> None:
    write_labels(tmp_path / "l.png", labels)
    assert np.array_equal(read_labels(tmp_path / "l.png", labels.shape), labels)
    tifffile.imwrite(tmp_path / "l.tif", labels, photometric="minisblack")
    assert np.array_equal(read_labels(tmp_path / "l.tif"), labels)


MASK = np.zeros((6, 9), np.bool_)
MASK[1:4, 2:7] = True


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
@pytest.mark.parametrize("dress", ["0/255", "0/1", "1-bit", "rgb", "rgba", "palette", "label"])
def test_every_dress(tmp_path: Path, dress: str, suffix: str) -> None:
    grey = Image.fromarray(MASK.astype(np.uint8) * 255)
    if dress == "0/255":
        image = grey
    elif dress == "0/1":
        image = Image.fromarray(MASK.astype(np.uint8))
    elif dress == "1-bit":
        image = grey.convert("1")
    elif dress == "rgb":
        image = Image.fromarray(np.dstack([MASK * 200, MASK * 0, MASK * 0]).astype(np.uint8))
    elif dress == "rgba":
        alpha = np.full(MASK.shape, 255)
        layers = [MASK * 200, MASK * 0, MASK * 0, alpha]
        image = Image.fromarray(np.dstack(layers).astype(np.uint8))
    elif dress == "palette":  # VOC: class 1 is red, class 0 is not black
        image = Image.fromarray(MASK.astype(np.uint8))
        image.putpalette([10, 20, 30, 200, 0, 0])
    else:
        image = Image.fromarray(MASK.astype(np.uint8) * 7)
    image.save(tmp_path / f"m{suffix}")
    assert np.array_equal(read_mask(tmp_path / f"m{suffix}", (6, 9)), MASK)


def test_black_and_white_palette_in_any_order(tmp_path: Path) -> None:
    image = Image.fromarray(np.where(MASK, 0, 1).astype(np.uint8))
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.save(tmp_path / "m.png")
    assert np.array_equal(read_mask(tmp_path / "m.png"), MASK)


def test_cut_out_by_transparency(tmp_path: Path) -> None:
    white = np.full((6, 9), 255)
    pixels = np.dstack([white, white, white, MASK * 255]).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "m.png")
    assert np.array_equal(read_mask(tmp_path / "m.png"), MASK)


def test_unsure_is_no_lesion_but_16_bit_white_is(tmp_path: Path) -> None:
    labels = MASK.astype(np.uint16) * 3
    labels[5, 8] = 65535
    write_labels(tmp_path / "l.png", labels)
    assert np.array_equal(read_mask(tmp_path / "l.png"), MASK)
    write_labels(tmp_path / "w.png", MASK.astype(np.uint16) * 65535)
    assert np.array_equal(read_mask(tmp_path / "w.png"), MASK)


def test_jpeg_noise_is_no_lesion(tmp_path: Path) -> None:
    big = np.kron(MASK, np.ones((16, 16), np.bool_))
    Image.fromarray(big.astype(np.uint8) * 255).save(tmp_path / "m.jpg", quality=60)
    assert (read_mask(tmp_path / "m.jpg") ^ big).mean() < 0.01
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "empty.jpg")
    assert not read_mask(tmp_path / "empty.jpg").any()


def test_other_size_names_both_sizes(tmp_path: Path) -> None:
    write_mask(tmp_path / "m.png", MASK)
    with pytest.raises(InputError, match=r"m\.png is 9 × 6 px.*20 × 10 px"):
        read_mask(tmp_path / "m.png", (10, 20))
    with pytest.raises(InputError, match="turned by 90°"):
        read_mask(tmp_path / "m.png", (9, 6))


def test_labels_refuse_colour_and_floats(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "c.png")
    tifffile.imwrite(tmp_path / "f.tif", np.zeros((4, 4), np.float32))
    for name in ("c.png", "f.tif"):
        with pytest.raises(InputError, match="not a label image"):
            read_labels(tmp_path / name)


def test_not_a_mask(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_text("hello")
    with pytest.raises(InputError, match="not an image"):
        read_mask(tmp_path / "m.png")
