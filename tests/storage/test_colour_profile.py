import io

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from plantseg_gui.storage import colour_profile as module
from plantseg_gui.storage.colour_profile import PLAIN, colour_profile, colour_space
from plantseg_gui.storage.images import read_photo, read_photo_info, thumbnail
from plantseg_gui.storage.photo_facts import read_photo_facts
from tests.helpers.icc import ADOBE, grey_profile, ink_profile, rgb_profile, srgb_profile

RGB = np.random.default_rng(5).integers(30, 226, (20, 30, 3), np.uint8)


def to_srgb(rgb: np.ndarray, gamma: float = 2.2) -> np.ndarray:
    """The textbook way from Adobe RGB (D50-adapted primaries) to sRGB, in floats."""
    from tests.helpers.icc import SRGB

    xyz = (rgb / 255.0) ** gamma @ np.array(ADOBE)
    linear = np.clip(xyz @ np.linalg.inv(np.array(SRGB)), 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * coded).astype(np.uint8)


def pillow_srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
def test_other_primaries_become_srgb(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    smooth = np.dstack([np.tile(np.linspace(40, 210, 64), (64, 1))] * 3)
    smooth[..., 1] = smooth[..., 0].T
    smooth = smooth.astype(np.uint8)
    options = {".webp": {"lossless": True, "exact": True}, ".jpg": {"quality": 98}}.get(suffix, {})
    Image.fromarray(smooth).save(path, icc_profile=rgb_profile("Wide camera"), **options)
    before = path.read_bytes()
    # The textbook and LittleCMS's tables differ by their rounding.
    difference = np.abs(read_photo(path).astype(int) - to_srgb(smooth))
    assert difference.mean() < 2
    if suffix != ".jpg":
        assert difference.max() <= 3
    assert np.abs(to_srgb(smooth).astype(int) - smooth).max() > 15
    assert np.abs(thumbnail(path, 64).astype(int) - read_photo(path)).mean() < 3
    assert read_photo_facts(path).colours == "Wide camera, converted to sRGB"
    assert read_photo_info(path).note == ""
    assert path.read_bytes() == before


@pytest.mark.parametrize("profile", [pillow_srgb(), srgb_profile()])
def test_srgb_is_not_touched(tmp_path, profile):
    path = tmp_path / "x.png"
    Image.fromarray(RGB).save(path, icc_profile=profile)
    assert np.array_equal(read_photo(path), RGB)
    found = colour_profile(profile, "RGB")
    assert found.transform is None
    assert found.note == ""
    assert "sRGB" in found.text
    assert "converted" not in found.text
    # The very array: no copy of a large photo.
    assert found.apply(RGB) is RGB


def test_no_profile_asks_littlecms_nothing(monkeypatch):
    monkeypatch.setattr(module, "_build", lambda *_: pytest.fail("looked at"))
    assert colour_profile(None, "RGB") is PLAIN
    assert colour_profile(b"", "RGB") is PLAIN
    assert PLAIN.apply(RGB) is RGB
    assert PLAIN.text == ""


def test_a_transform_is_built_once_per_profile(tmp_path):
    module._build.cache_clear()
    for i in range(4):
        Image.fromarray(RGB).save(tmp_path / f"{i}.png", icc_profile=rgb_profile("Once"))
        read_photo(tmp_path / f"{i}.png")
    assert module._build.cache_info().misses == 1


@pytest.mark.parametrize(
    "profile",
    [b"no profile at all", rgb_profile()[:200], rgb_profile()[:120] + bytes(500), b"\0" * 4000],
)
def test_a_broken_profile_is_told_and_the_pixels_stay(tmp_path, profile):
    path = tmp_path / "x.png"
    Image.fromarray(RGB).save(path, icc_profile=profile)
    assert np.array_equal(read_photo(path), RGB)
    facts = read_photo_facts(path)
    assert len(facts.notes) == 1
    assert "used as they are" in facts.notes[0]
    assert facts.colours.endswith("not used")
    assert read_photo_info(path).note == facts.notes[0]


def test_a_profile_of_another_kind_is_told(tmp_path):
    Image.fromarray(RGB).save(tmp_path / "g.png", icc_profile=grey_profile("Scanner grey"))
    assert np.array_equal(read_photo(tmp_path / "g.png"), RGB)
    (note,) = read_photo_facts(tmp_path / "g.png").notes
    assert "Scanner grey" in note
    assert "grey pictures" in note
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert "kind" in colour_profile(lab, "RGB").note
    assert "larger" in colour_profile(bytes(9 << 20), "RGB").note


def test_grey_pictures_follow_their_curve(tmp_path):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(grey).save(tmp_path / "g.png", icc_profile=grey_profile(gamma=1.0))
    photo = read_photo(tmp_path / "g.png")
    assert np.array_equal(photo[..., 0], photo[..., 2])
    # Linear 50 % is 188 in sRGB.
    assert abs(int(photo[8, 0, 0]) - 188) <= 2
    assert (photo[0, 0, 0], photo[15, 15, 0]) == (0, 255)


def test_a_grey_picture_with_the_profile_of_its_colour_original(tmp_path):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(grey).save(tmp_path / "g.png", icc_profile=rgb_profile(gamma=1.0))
    photo = read_photo(tmp_path / "g.png")
    assert abs(int(photo[8, 0, 1]) - 188) <= 2
    assert np.ptp(photo.astype(int), axis=2).max() <= 1
    assert read_photo_facts(tmp_path / "g.png").notes == ()


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".lzw.tif"])
def test_inks_go_through_their_profile(tmp_path, suffix):
    inks = np.zeros((32, 32, 4), np.uint8)
    inks[:, 16:] = 255
    path = tmp_path / f"c{suffix}"
    options = {"compression": "tiff_lzw"} if "lzw" in suffix else {}
    if suffix == ".jpg":
        options = {"quality": 98}
    Image.fromarray(inks, mode="CMYK").save(path, icc_profile=ink_profile(), **options)
    photo = read_photo(path)
    assert photo[:, :12].min() > 245
    assert photo[:, 20:].max() < 12
    assert np.ptp(photo.astype(int), axis=2).max() <= 3
    assert read_photo_facts(path).colours == "Test inks, converted to sRGB"


def test_inks_without_a_usable_profile_are_mixed_as_before(tmp_path):
    inks = np.zeros((8, 8, 4), np.uint8)
    inks[..., 0] = 255
    Image.fromarray(inks, mode="CMYK").save(tmp_path / "c.tif", icc_profile=rgb_profile())
    assert tuple(read_photo(tmp_path / "c.tif")[0, 0]) == (0, 255, 255)
    assert "ink" in read_photo_facts(tmp_path / "c.tif").notes[0]


def test_sixteen_bits_are_converted_after_the_reduction(tmp_path):
    deep = RGB.astype(np.uint16) * 257
    deep[0, 0] = 65535
    path = tmp_path / "d.tif"
    extra = [(34675, 7, len(rgb_profile()), rgb_profile(), True)]
    tifffile.imwrite(path, deep, photometric="rgb", extratags=extra)
    difference = np.abs(read_photo(path).astype(int) - to_srgb(deep // 257))
    assert difference.max() <= 3


def test_a_tall_picture_is_converted_block_by_block(monkeypatch):
    profile = colour_profile(rgb_profile(), "RGB")
    whole = profile.apply(RGB)
    monkeypatch.setattr(module, "_BLOCK_PX", 90)
    assert np.array_equal(profile.apply(RGB), whole)
    monkeypatch.setattr(module, "_BLOCK_PX", 1)
    assert np.array_equal(profile.apply(RGB), whole)


def test_orientation_and_profile_together(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(tmp_path / "x.png", icc_profile=rgb_profile(), exif=exif)
    turned = np.rot90(to_srgb(RGB), -1)
    assert np.abs(read_photo(tmp_path / "x.png").astype(int) - turned).max() <= 3


@pytest.mark.parametrize(
    ("mode", "space"),
    [("RGB", "RGB"), ("P", "RGB"), ("RGBA", "RGB"), ("CMYK", "CMYK"), ("1", "GRAY")]
    + [(m, "GRAY") for m in ("L", "LA", "I;16", "F")],
)
def test_spaces(mode, space):
    assert colour_space(mode) == space


@settings(max_examples=60, deadline=None)
@given(
    place=st.integers(0, len(rgb_profile()) - 1),
    value=st.integers(0, 255),
    cut=st.integers(0, 600),
    space=st.sampled_from(["RGB", "GRAY", "CMYK"]),
)
def test_hostile_profiles_never_raise(place, value, cut, space):
    data = bytearray(rgb_profile())
    data[place] = value
    found = colour_profile(bytes(data[: len(data) - cut]), space)
    pixels = np.zeros((2, 2, 4 if space == "CMYK" else 3), np.uint8)
    assert found.apply(pixels).shape == (2, 2, 3)


def test_profile_survives_pillow(tmp_path):
    # The builder's own profiles are read by LittleCMS without complaint.
    for data in (rgb_profile(), srgb_profile(), grey_profile(), ink_profile()):
        assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(data))).strip()
