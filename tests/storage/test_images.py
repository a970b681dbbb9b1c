import os
import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage import image_open, images
from plantseg_gui.storage.images import (
    is_photo_name,
    read_photo,
    read_photo_info,
    thumbnail,
    write_png,
)
from plantseg_gui.storage.pixels import orient
from tests.helpers.bad_files import write_png_bomb

quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
RGB = np.random.default_rng(5).integers(0, 256, (20, 30, 3), np.uint8)
SMOOTH = cv2.resize(np.random.default_rng(1).integers(40, 220, (4, 5, 3), np.uint8), (200, 160))


@quick
@given(
    pixels=hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4]))
    )
)
def test_png_round_trip(tmp_path: Path, pixels: np.ndarray) -> None:
    pixels[..., 3:] = 255
    write_png(tmp_path / "x.png", pixels)
    assert np.array_equal(read_photo(tmp_path / "x.png"), pixels[..., :3])


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".tif"])
def test_lossless_formats(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    path = tmp_path / f"x{suffix}"
    Image.fromarray(RGB).save(path, **options)
    photo = read_photo(path)
    assert photo.flags.c_contiguous
    assert np.array_equal(photo, RGB)
    assert read_photo_info(path).format == Image.registered_extensions()[suffix]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"x{suffix}"
    Image.fromarray(SMOOTH).save(path, exif=exif, quality=95)
    before = path.read_bytes()
    photo, expected = read_photo(path), orient(SMOOTH, orientation)
    info = read_photo_info(path)
    assert (info.height, info.width) == photo.shape[:2] == expected.shape[:2]
    assert np.abs(photo.astype(int) - expected).mean() < 3
    assert path.read_bytes() == before
    small = thumbnail(path, 40)
    assert max(small.shape[:2]) == 40
    shrunk = cv2.resize(expected, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - shrunk).mean() < 5


def test_palette_grey_one_bit_cmyk(tmp_path: Path) -> None:
    grey = Image.fromarray(RGB[..., 0])
    Image.fromarray(SMOOTH).quantize(64).save(tmp_path / "p.png")
    grey.save(tmp_path / "l.png")
    grey.convert("1").save(tmp_path / "b.png")
    Image.fromarray(SMOOTH).convert("CMYK").save(tmp_path / "c.jpg", quality=95)
    assert np.abs(read_photo(tmp_path / "p.png").astype(int) - SMOOTH).mean() < 12
    assert np.array_equal(read_photo(tmp_path / "l.png"), np.dstack([RGB[..., 0]] * 3))
    assert set(np.unique(read_photo(tmp_path / "b.png"))) == {0, 255}
    assert np.abs(read_photo(tmp_path / "c.jpg").astype(int) - SMOOTH).mean() < 4


def test_transparent_is_white(tmp_path: Path) -> None:
    rgba = np.dstack([RGB, np.zeros(RGB.shape[:2], np.uint8)])
    rgba[:10, :, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    assert np.array_equal(photo[:10], RGB[:10])
    assert (photo[10:] == 255).all()
    image = Image.fromarray(RGB[..., 0]).convert("P")
    image.save(tmp_path / "p.png", transparency=int(RGB[0, 0, 0]))
    assert (read_photo(tmp_path / "p.png")[0, 0] == 255).all()


def test_sixteen_bit_png(tmp_path: Path) -> None:
    deep = RGB[..., 0].astype(np.uint16) * 257
    deep[0, 0] = 65535
    write_png(tmp_path / "g.png", deep)
    assert np.array_equal(
        read_photo(tmp_path / "g.png")[..., 1].ravel()[1:], RGB[..., 0].ravel()[1:]
    )
    cv2.imwrite(str(tmp_path / "c.png"), (RGB[..., ::-1].astype(np.uint16)) * 257)
    assert np.array_equal(read_photo(tmp_path / "c.png"), RGB)


@pytest.mark.parametrize("colour", [False, True])
def test_twelve_bit_png_is_not_black(tmp_path: Path, colour: bool) -> None:
    twelve = RGB.astype(np.uint16) * 16
    cv2.imwrite(str(tmp_path / "t.png"), twelve[..., ::-1] if colour else twelve[..., 0])
    expected = RGB if colour else np.dstack([RGB[..., 0]] * 3)
    assert np.abs(read_photo(tmp_path / "t.png").astype(int) - expected).max() <= 1


def test_really_dark_eight_bit_png_stays_dark(tmp_path: Path) -> None:
    write_png(tmp_path / "d.png", RGB // 32)
    assert np.array_equal(read_photo(tmp_path / "d.png"), RGB // 32)


def test_one_pixel_and_odd_names(tmp_path: Path) -> None:
    for name in ("ä ö.png", "叶子.png", "a'b.png", "%s{}.png"):
        write_png(tmp_path / name, RGB[:1, :1])
        assert read_photo(tmp_path / name).shape == (1, 1, 3)
        assert thumbnail(tmp_path / name, 64).shape == (1, 1, 3)
    write_png(tmp_path / "line.png", np.repeat(RGB[:1], 40, axis=1))
    assert thumbnail(tmp_path / "line.png", 100).shape == (1, 100, 3)


def test_jpeg_called_png(tmp_path: Path) -> None:
    Image.fromarray(SMOOTH).save(tmp_path / "x.png", format="JPEG")
    assert read_photo_info(tmp_path / "x.png").format == "JPEG"
    assert read_photo(tmp_path / "x.png").shape == SMOOTH.shape


BAD = {
    "not an image": lambda p: p.write_bytes(b"this is text, whatever the name says"),
    "is empty": lambda p: p.write_bytes(b""),
    "is a folder": lambda p: p.mkdir(),
    "does not exist": lambda p: None,
    "not a regular file": lambda p: os.mkfifo(p),
    "cannot be read": lambda p: p.symlink_to(p),
}


@pytest.mark.parametrize("words", BAD)
@pytest.mark.parametrize("read", [read_photo, read_photo_info, lambda p: thumbnail(p, 64)])
def test_bad_files_get_one_line(tmp_path: Path, words: str, read) -> None:
    path = tmp_path / "bäd.jpg"
    BAD[words](path)
    with pytest.raises(InputError, match=words) as caught:
        read(path)
    assert "bäd.jpg" in caught.value.what
    assert caught.value.do


def test_gif_is_not_on_the_list(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "x.jpg", format="GIF")
    with pytest.raises(InputError, match=r"Use JPEG, PNG, TIFF"):
        read_photo(tmp_path / "x.jpg")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp"])
def test_truncated(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    Image.fromarray(SMOOTH).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match=r"damaged|not an image") as caught:
        read_photo(path)
    assert path.name in caught.value.what


def test_huge_picture_is_refused_before_decoding(tmp_path: Path) -> None:
    bomb = write_png_bomb(tmp_path / "bomb.png")
    read_photo_info(write_png_bomb(tmp_path / "small.png", 10))
    for read in (read_photo, read_photo_info, lambda p: thumbnail(p, 64)):
        start = time.perf_counter()
        with pytest.raises(InputError, match=r"bomb\.png is too large.*120"):
            read(bomb)
        assert time.perf_counter() - start < 0.5


def test_limit_can_be_raised_and_nonsense_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_png(tmp_path / "x.png", RGB)
    monkeypatch.setenv(image_open.MAX_MEGAPIXELS_VARIABLE, "0.0005")
    with pytest.raises(InputError, match="too large"):
        read_photo(tmp_path / "x.png")
    monkeypatch.setenv(image_open.MAX_MEGAPIXELS_VARIABLE, "0.001")
    assert read_photo(tmp_path / "x.png").shape == RGB.shape
    for nonsense in ("", "-3", "many", "nan"):
        monkeypatch.setenv(image_open.MAX_MEGAPIXELS_VARIABLE, nonsense)
        assert image_open.max_pixels() == 120_000_000


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_exif_does_not_hide_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    Image.fromarray(SMOOTH).save(path, exif=b"Exif\0\0II*\0\xff\xff\xff\x7fgarbage")
    assert read_photo(path).shape == SMOOTH.shape


def test_names() -> None:
    for name in ("a.jpg", "a.JPEG", "ä.Tif", "a.b.webp", "a.png"):
        assert is_photo_name(name)
    for name in ("a.txt", ".a.jpg", "._a.jpg", "jpg", "a.jpg.tmp", "a.gif"):
        assert not is_photo_name(name)
    assert ".jpg" in images.PHOTO_SUFFIXES


def test_png_refuses_other_arrays(tmp_path: Path) -> None:
    for array in (np.zeros((2, 2)), np.zeros((2, 2, 2), np.uint8), np.zeros((0, 2), np.uint8)):
        with pytest.raises(ValueError, match="a PNG needs"):
            write_png(tmp_path / "x.png", array)


def test_png_with_a_lying_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 5000, 5000, 8, 2, 0, 0, 0))
    data = header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(InputError, match="damaged"):
        read_photo(tmp_path / "x.png")
