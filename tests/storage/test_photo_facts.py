import struct
from datetime import datetime, timedelta

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin
from PIL.TiffImagePlugin import IFDRational as Ratio

from plantseg_gui.storage import exif_tags, image_open
from plantseg_gui.storage.exif_tags import MAX_PAGES, TagReader, clean_text
from plantseg_gui.storage.images import read_photo, read_photo_info
from plantseg_gui.storage.photo_facts import PhotoFacts, page_note, read_photo_facts

# As the program does it: broken EXIF data are no matter. pytest makes all warnings errors.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
RGB = np.random.default_rng(5).integers(0, 256, (20, 30, 3), np.uint8)


def camera_exif(**changes) -> Image.Exif:
    """EXIF as a phone writes it; `changes` of single tags by their names here."""
    tags = {
        "make": "NIKON CORPORATION",
        "model": "NIKON D90",
        "original": "2024:05:17 14:03:22",
        "zone": "+02:00",
        "lat_ref": "N",
        "lat": (Ratio(48), Ratio(31), Ratio(1234, 100)),
        "lon_ref": "W",
        "lon": (Ratio(9), Ratio(3), Ratio(0)),
        "alt_ref": b"\0",
        "alt": Ratio(4125, 10),
    } | changes
    exif = Image.Exif()
    places = {
        "make": (None, 271),
        "model": (None, 272),
        "original": (0x8769, 36867),
        "digitized": (0x8769, 36868),
        "zone": (0x8769, 36881),
        "lat_ref": (0x8825, 1),
        "lat": (0x8825, 2),
        "lon_ref": (0x8825, 3),
        "lon": (0x8825, 4),
        "alt_ref": (0x8825, 5),
        "alt": (0x8825, 6),
        "status": (0x8825, 9),
    }
    for name, value in tags.items():
        directory, tag = places[name]
        if value is not None:
            (exif if directory is None else exif.get_ifd(directory))[tag] = value
    return exif


def facts_with(tmp_path, **changes) -> PhotoFacts:
    Image.fromarray(RGB).save(tmp_path / "x.jpg", exif=camera_exif(**changes))
    return read_photo_facts(tmp_path / "x.jpg")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_cameras_facts(tmp_path, suffix):
    path, exif = tmp_path / f"x{suffix}", camera_exif()
    if suffix == ".tif":
        # Pillow leaves the sub-directories of an `exif` out of a TIFF.
        exif = TiffImagePlugin.ImageFileDirectory_v2()
        exif[271], exif[272] = "NIKON CORPORATION", "NIKON D90"
        for pointer in (0x8769, 0x8825):
            exif[pointer] = dict(camera_exif().get_ifd(pointer))
    Image.fromarray(RGB).save(path, **{"tiffinfo" if suffix == ".tif" else "exif": exif})
    before = path.read_bytes()
    facts = read_photo_facts(path)
    assert (facts.width, facts.height, facts.pages) == (30, 20, 1)
    assert facts.captured is not None
    assert facts.captured.replace(tzinfo=None) == datetime(2024, 5, 17, 14, 3, 22)
    assert facts.captured.utcoffset() == timedelta(hours=2)
    assert (facts.camera_make, facts.camera_model) == ("NIKON CORPORATION", "NIKON D90")
    assert facts.camera == "NIKON D90"
    assert facts.latitude == pytest.approx(48 + 31 / 60 + 12.34 / 3600, abs=1e-9)
    assert facts.longitude == pytest.approx(-9.05)
    assert facts.altitude_m == pytest.approx(412.5)
    assert facts.has_place
    assert facts.notes == ()
    assert path.read_bytes() == before


def test_no_pixel_is_decoded(tmp_path, monkeypatch):
    Image.fromarray(RGB).save(tmp_path / "x.jpg", exif=camera_exif())
    tifffile.imwrite(tmp_path / "x.tif", RGB)
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("decoded"))
    monkeypatch.setattr(tifffile.TiffPage, "asarray", lambda *_: pytest.fail("decoded"))
    assert read_photo_facts(tmp_path / "x.jpg").has_place
    assert read_photo_facts(tmp_path / "x.tif").width == 30


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif"])
def test_a_file_without_facts(tmp_path, suffix):
    Image.fromarray(RGB).save(tmp_path / f"x{suffix}")
    facts = read_photo_facts(tmp_path / f"x{suffix}")
    assert facts == PhotoFacts(30, 20, facts.format)
    assert facts.camera == ""


def test_the_place_stays_out_unless_asked_for(tmp_path):
    facts = facts_with(tmp_path)
    bare = facts.without_place()
    assert (bare.latitude, bare.longitude, bare.altitude_m, bare.has_place) == (*[None] * 3, False)
    assert bare.camera == facts.camera
    assert not {"latitude", "longitude", "altitude_m"} & facts.record().keys()
    assert "48." not in str(facts.record())
    asked = facts.record(with_place=True)
    assert asked["latitude"] == facts.latitude
    assert asked["captured"] == "2024-05-17T14:03:22+02:00"


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": (Ratio(48), Ratio(0, 0), Ratio(0))},
        {"lat": (Ratio(1, 0), Ratio(0), Ratio(0))},
        {"lat": (Ratio(91), Ratio(0), Ratio(0))},
        {"lat": (Ratio(48), Ratio(75), Ratio(0))},
        {"lon": (Ratio(181), Ratio(0), Ratio(0))},
        {"lat_ref": "Q"},
        {"lat_ref": None},
        {"lon": None},
        {"lat": (Ratio(0),) * 3, "lon": (Ratio(0),) * 3},
        {"status": "V"},
    ],
)
def test_a_place_that_makes_no_sense_is_none(tmp_path, changes):
    facts = facts_with(tmp_path, **changes)
    assert (facts.latitude, facts.longitude, facts.altitude_m) == (None, None, None)
    assert facts.camera_model == "NIKON D90"


def test_depths_and_heights_that_make_no_sense(tmp_path):
    assert facts_with(tmp_path, alt_ref=b"\1").altitude_m == pytest.approx(-412.5)
    for height in (Ratio(1, 0), Ratio(10**6), None):
        facts = facts_with(tmp_path, alt=height)
        assert facts.altitude_m is None
        assert facts.has_place


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-05-17T14:03:22", 14),
        ("2024:05:17 14:03:22.125", 14),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("2024:13:45 14:03:22", None),
        ("0001:01:01 00:00:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates(tmp_path, text, hour):
    captured = facts_with(tmp_path, original=text, zone=None).captured
    assert (captured.hour if captured else None) == hour
    assert captured is None or captured.tzinfo is None


def test_the_date_of_a_scan_counts_where_there_is_no_other(tmp_path):
    facts = facts_with(tmp_path, original=None, digitized="2020:01:02 03:04:05", zone=None)
    assert facts.captured == datetime(2020, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("zone", ["+99:00", "02:00", "+2", "±02:00", "+ab:cd"])
def test_a_broken_zone_leaves_the_cameras_clock(tmp_path, zone):
    captured = facts_with(tmp_path, zone=zone).captured
    assert captured is not None
    assert captured.tzinfo is None


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("samsung", "SM-G991B", "samsung SM-G991B"),
        ("Apple", None, "Apple"),
        (None, "X100", "X100"),
        ("  \n\t ", "  A\nB\x07C ", "A B C"),
        ("x" * 900, None, "x" * 80),
    ],
)
def test_camera_names(tmp_path, make, model, camera):
    assert facts_with(tmp_path, make=make, model=model).camera == camera


def test_wrong_types_are_none(tmp_path):
    # Make and date as numbers, latitude as text, a pointer that is text.
    body = b"II*\0\x08\0\0\0\x03\0"
    body += entry(271, 4, 1, 7) + entry(0x8769, 2, 4, 0x34333231) + entry(0x8825, 4, 1, 50)
    body += bytes(4) + b"\x02\0" + entry(1, 4, 1, 78) + entry(2, 2, 4, 0x34333231) + bytes(4)
    facts = read_photo_facts(write_exif(tmp_path / "x.jpg", body))
    assert facts == PhotoFacts(30, 20, "JPEG")


def write_exif(path, body: bytes):
    """A JPEG with these bytes as its EXIF data."""
    Image.fromarray(RGB).save(path, exif=b"Exif\0\0" + body)
    return path


def entry(tag, kind, count, value) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0+" + bytes(12),
        # A directory that announces 65535 entries, and one whose pointers lead back to itself.
        b"II*\0\x08\0\0\0\xff\xff",
        b"II*\0\x08\0\0\0\x02\0" + entry(0x8769, 4, 1, 8) + entry(0x8825, 4, 1, 8) + b"\x08\0\0\0",
        # Four billion characters, an offset beyond the end, an unknown type.
        b"II*\0\x08\0\0\0\x03\0"
        + entry(271, 2, 0xFFFFFFFF, 8)
        + entry(272, 2, 100, 0xFFFFFFF0)
        + entry(0x8825, 99, 1, 8),
        # The pointer is a fraction 0/0.
        b"II*\0\x08\0\0\0\x01\0" + entry(0x8825, 5, 1, 30) + bytes(30),
    ],
)
def test_hostile_directories(tmp_path, body):
    facts = read_photo_facts(write_exif(tmp_path / "x.jpg", body))
    assert (facts.width, facts.height) == (30, 20)
    assert facts.captured is None
    assert not facts.has_place


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=300), order=st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b""]))
def test_random_directories_never_raise(data, order):
    reader = TagReader(order + data)
    reader.tags(reader.first, range(0, 65536, 7))
    assert 0 <= reader.pages() <= MAX_PAGES


def test_pages_are_counted_and_told(tmp_path):
    pages = [Image.fromarray(np.full((8, 9), i, np.uint8)) for i in range(5)]
    pages[0].save(tmp_path / "m.tif", save_all=True, append_images=pages[1:])
    facts = read_photo_facts(tmp_path / "m.tif")
    assert facts.pages == 5
    assert facts.notes == ("Only the first page of 5 is used.",)
    assert read_photo_info(tmp_path / "m.tif").note == facts.notes[0]
    assert int(read_photo(tmp_path / "m.tif").max()) == 0
    grey = {"photometric": "minisblack"}
    tifffile.imwrite(tmp_path / "big.tif", np.zeros((3, 16, 16), np.uint8), bigtiff=True, **grey)
    assert read_photo_facts(tmp_path / "big.tif").pages == 3


def test_previews_in_a_tiff_are_no_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / "p.tif") as file:
        file.write(np.zeros((64, 64), np.uint8))
        file.write(np.zeros((32, 32), np.uint8), subfiletype=1)
    facts = read_photo_facts(tmp_path / "p.tif")
    assert facts.pages == 1
    assert facts.notes == ()


def test_a_chain_of_pages_in_a_circle_ends(tmp_path):
    tifffile.imwrite(tmp_path / "c.tif", np.zeros((8, 8), np.uint8))
    data = bytearray((tmp_path / "c.tif").read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    (tmp_path / "c.tif").write_bytes(data)
    assert TagReader(bytes(data)).pages() == 1
    assert read_photo_facts(tmp_path / "c.tif").pages == 1


def test_very_many_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(exif_tags, "MAX_PAGES", 4)
    tifffile.imwrite(tmp_path / "m.tif", np.zeros((9, 8, 8), np.uint8), photometric="minisblack")
    assert read_photo_facts(tmp_path / "m.tif").pages == 4
    assert page_note(MAX_PAGES, "TIFF") == "Only the first page of more than 999 is used."
    assert page_note(1, "TIFF") == ""


def test_animations(tmp_path):
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    for suffix in (".webp", ".png"):
        frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:])
        facts = read_photo_facts(tmp_path / f"a{suffix}")
        assert facts.pages == 2
        assert facts.notes == ("Only the first picture of 2 is used.",)


def test_turned_sizes(tmp_path):
    exif = camera_exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(tmp_path / "x.jpg", exif=exif)
    facts = read_photo_facts(tmp_path / "x.jpg")
    assert (facts.width, facts.height) == (20, 30)


def test_too_large_is_refused_as_ever(tmp_path, monkeypatch):
    Image.fromarray(RGB).save(tmp_path / "x.jpg")
    monkeypatch.setenv(image_open.MAX_MEGAPIXELS_VARIABLE, "0.0001")
    with pytest.raises(image_open.InputError, match="too large"):
        read_photo_facts(tmp_path / "x.jpg")


def test_clean_text():
    assert clean_text(b"abc\0def") == "abc"
    assert clean_text(12) == ""
    assert clean_text("a\u202eb\ufffd") == "a b"
