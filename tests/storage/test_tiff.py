import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.images import read_photo, read_photo_info
from plantseg_gui.storage.pixels import orient

RGB = np.random.default_rng(7).integers(0, 256, (40, 56, 3), np.uint8)
GREY = RGB[..., 0]


def near(photo: np.ndarray, expected: np.ndarray, limit: float = 1) -> bool:
    if expected.ndim == 2:
        expected = np.dstack([expected] * 3)
    return photo.shape == expected.shape and np.abs(photo.astype(int) - expected).max() <= limit


@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
@pytest.mark.parametrize("colour", [True, False])
def test_depths(tmp_path: Path, colour, kind, byteorder, compression, tile) -> None:
    pixels = RGB if colour else GREY
    scaled = {"u1": pixels, "u2": pixels.astype("u2") * 257, "f4": pixels.astype("f4") / 255}[kind]
    tifffile.imwrite(
        tmp_path / "x.tif",
        scaled,
        photometric="rgb" if colour else "minisblack",
        compression=compression,
        byteorder=byteorder,
        tile=tile,
    )
    assert near(read_photo(tmp_path / "x.tif"), pixels)


def test_twelve_bits_planar_and_alpha(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "t.tif", RGB.astype("u2") * 16, photometric="rgb")
    assert near(read_photo(tmp_path / "t.tif"), RGB)
    planes = np.moveaxis(RGB, 2, 0)
    tifffile.imwrite(tmp_path / "p.tif", planes, photometric="rgb", planarconfig="separate")
    assert near(read_photo(tmp_path / "p.tif"), RGB)
    rgba = np.dstack([RGB, np.full(GREY.shape, 255, np.uint8)])
    rgba[:10, :, 3] = 0
    tifffile.imwrite(tmp_path / "a.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    photo = read_photo(tmp_path / "a.tif")
    assert (photo[:10] == 255).all()
    assert near(photo[10:], RGB[10:])


def test_white_is_zero_palette_and_cmyk(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "w.tif", 255 - GREY, photometric="miniswhite")
    assert near(read_photo(tmp_path / "w.tif"), GREY)
    image = Image.fromarray(RGB).quantize(32)
    image.save(tmp_path / "p.tif")
    assert near(read_photo(tmp_path / "p.tif"), np.asarray(image.convert("RGB")))
    inks = Image.fromarray(RGB).convert("CMYK")
    inks.save(tmp_path / "c.tif")
    assert near(read_photo(tmp_path / "c.tif"), np.asarray(inks.convert("RGB")))


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_compressions_and_orientation(tmp_path: Path, compression, orientation) -> None:
    smooth = np.asarray(Image.fromarray(RGB).resize((7, 5)).resize((56, 40)))
    path = tmp_path / "x.tif"
    Image.fromarray(smooth).save(path, compression=compression, tiffinfo={274: orientation})
    expected = orient(smooth, orientation)
    assert near(read_photo(path), expected, 12 if compression == "jpeg" else 0)
    info = read_photo_info(path)
    assert (info.height, info.width) == expected.shape[:2]


def test_first_page_is_read_and_said(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", np.stack([GREY, 255 - GREY]), photometric="minisblack")
    assert near(read_photo(tmp_path / "x.tif"), GREY)
    assert "first page" in read_photo_info(tmp_path / "x.tif").note


def test_volume_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "v.tif", np.zeros((16, 64, 64), np.uint8), volumetric=True)
    with pytest.raises(InputError, match="not a photo"):
        read_photo(tmp_path / "v.tif")


def tiff_of(width: int, height: int, packed: bytes, compression: int = 8) -> bytes:
    """A grey TIFF with one strip, by hand."""
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, len(packed)),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", *entry) for entry in entries
    )
    return b"II*\0" + struct.pack("<I", 8 + len(packed)) + packed + directory + bytes(4)


def test_handmade_tiff_is_readable(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(tiff_of(56, 40, zlib.compress(GREY.tobytes())))
    assert near(read_photo(tmp_path / "x.tif"), GREY)


def test_huge_tiff_is_refused_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "x.tif").write_bytes(tiff_of(30_000, 30_000, b"abc"))
    with pytest.raises(InputError, match="30000 × 30000 px is 900 megapixels"):
        read_photo(tmp_path / "x.tif")


def test_unpacking_bomb_is_refused(tmp_path: Path) -> None:
    bomb = zlib.compress(bytes(300 << 20), 9)
    (tmp_path / "x.tif").write_bytes(tiff_of(1000, 1000, bomb))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="unpacks to more"):
            read_photo(tmp_path / "x.tif")
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


def test_missing_data_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, RGB, photometric="rgb")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged"):
        read_photo(path)
