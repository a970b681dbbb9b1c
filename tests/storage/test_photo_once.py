import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.core.errors import InputError, MemoryLimitError
from plantseg_gui.core.photo_hash import photo_hash
from plantseg_gui.storage import image_open, photo_once
from plantseg_gui.storage.images import read_photo, thumbnail
from plantseg_gui.storage.photo_damage import END, HOLE, NOTE, ORDER, damage_note
from plantseg_gui.storage.photo_facts import read_photo_facts
from plantseg_gui.storage.photo_once import (
    read_facts_and_notes,
    read_photo_once,
    read_small_once,
)
from plantseg_gui.storage.project_files import hash_file
from tests.helpers.bad_files import write_png_bomb
from tests.helpers.icc import rgb_profile
from tests.storage.conftest import draw_photo

NOISE = np.random.default_rng(0).integers(0, 256, (160, 240, 3), np.uint8)


def jpeg(rgb: np.ndarray = NOISE, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tif", ".lzw.tif"])
@pytest.mark.parametrize("limit", [256 << 20, 10])
def test_pixels_hash_and_facts_are_those_of_the_file(tmp_path, suffix, limit, monkeypatch):
    monkeypatch.setattr(photo_once, "MAX_IN_MEMORY", limit)
    path = tmp_path / f"x{suffix}"
    options = {"compression": "tiff_lzw"} if "lzw" in suffix else {}
    exif = Image.Exif()
    exif[0x0112] = 6
    if suffix != ".bmp":
        options["exif"] = exif
    Image.fromarray(NOISE).save(path, **options)
    photo = read_photo_once(path)
    assert np.array_equal(photo.pixels, read_photo(path))
    assert photo.sha256 == hash_file(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.facts == read_photo_facts(path)
    assert (photo.facts.height, photo.facts.width) == photo.pixels.shape[:2]
    assert photo.notes == ()
    small = read_small_once(path, 64)
    assert np.array_equal(small.pixels, thumbnail(path, 64))
    assert small.sha256 == photo.sha256
    assert small.look == photo_hash(small.pixels)
    assert (small.size, small.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


def test_twelve_bit_png_is_read_from_the_same_bytes(tmp_path):
    import cv2

    deep = (NOISE.astype(np.uint16) * 16)[..., ::-1]
    cv2.imwrite(str(tmp_path / "t.png"), deep)
    pixels = read_photo_once(tmp_path / "t.png").pixels
    assert np.abs(pixels.astype(int) - NOISE).max() <= 1


def test_the_file_is_opened_once_and_its_replacement_does_not_matter(tmp_path, monkeypatch):
    path = draw_photo(tmp_path / "a.png", 1)
    other = draw_photo(tmp_path / "b.png", 2)
    expected, digest = read_photo(path), hash_file(path)
    real = photo_once.read_photo
    opened = []
    monkeypatch.setattr(
        Path, "open", lambda self, *a, _open=Path.open: (opened.append(self), _open(self, *a))[1]
    )

    def replaced_meanwhile(*args):
        os.replace(other, path)
        return real(*args)

    monkeypatch.setattr(photo_once, "read_photo", replaced_meanwhile)
    photo = read_photo_once(path)
    assert np.array_equal(photo.pixels, expected)
    assert photo.sha256 == digest
    assert opened == [path]


def test_a_large_file_that_changes_meanwhile_is_refused(tmp_path, monkeypatch):
    path = draw_photo(tmp_path / "a.png", 1)
    monkeypatch.setattr(photo_once, "MAX_IN_MEMORY", 10)
    real = photo_once.read_photo

    def changed_meanwhile(*args):
        with path.open("ab") as file:
            file.write(b"more")
        return real(*args)

    monkeypatch.setattr(photo_once, "read_photo", changed_meanwhile)
    with pytest.raises(InputError, match="changed while"):
        read_photo_once(path)


def test_the_limits_hold_before_the_bytes_are_taken(tmp_path, monkeypatch):
    path = draw_photo(tmp_path / "a.png", 1)
    monkeypatch.setattr(photo_once, "_take", lambda *_: pytest.fail("read"))
    monkeypatch.setenv(image_open.MAX_MEGAPIXELS_VARIABLE, "0.0001")
    for read in (read_photo_once, read_facts_and_notes, lambda p: read_small_once(p, 64)):
        with pytest.raises(InputError, match="too large"):
            read(path)
    monkeypatch.delenv(image_open.MAX_MEGAPIXELS_VARIABLE)
    write_png_bomb(tmp_path / "bomb.png")
    with pytest.raises(InputError):
        read_photo_once(tmp_path / "bomb.png")


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\xff\xd8\xff", b"II*\0abc"])
def test_errors_are_those_of_read_photo(tmp_path, content):
    path = tmp_path / "x.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as one:
        read_photo(path)
    with pytest.raises(InputError) as two:
        read_photo_once(path)
    assert str(one.value) == str(two.value)
    with pytest.raises(InputError):
        read_small_once(path, 64)
    with pytest.raises(InputError):
        read_photo_once(tmp_path)


def test_too_little_memory_for_the_bytes(tmp_path, monkeypatch):
    path = draw_photo(tmp_path / "a.png", 1)

    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(photo_once, "_take", no_memory)
    with pytest.raises(MemoryLimitError):
        read_photo_once(path)


def test_notes_of_all_kinds_come_out(tmp_path):
    pages = [Image.fromarray(NOISE), Image.fromarray(NOISE)]
    path = tmp_path / "m.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], icc_profile=rgb_profile()[:150])
    photo = read_photo_once(path)
    assert len(photo.notes) == 2
    assert "first page of 2" in photo.notes[0]
    assert "profile" in photo.notes[1]
    assert read_facts_and_notes(path) == (photo.facts, photo.notes)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("lost", [100, 5000])
def test_a_jpeg_that_is_cut_off_is_refused(tmp_path, options, lost):
    data = jpeg(**options)
    (tmp_path / "x.jpg").write_bytes(data[:-lost])
    with pytest.raises(InputError, match=r"x\.jpg is damaged or cut off"):
        read_photo_once(tmp_path / "x.jpg")


def test_a_jpeg_without_its_end_mark_is_read_and_told(tmp_path):
    path = tmp_path / "x.jpg"
    path.write_bytes(jpeg()[:-2])
    assert END in damage_note(path.read_bytes())
    # Whether the decoder takes it depends on where its buffer ends; here it does.
    assert END in read_photo_once(path).notes[0]


@pytest.mark.parametrize("suffix", [".bmp", ".webp", ".png", ".tif"])
def test_other_files_that_are_cut_off_are_refused(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    Image.fromarray(NOISE).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_photo_once(path)


def test_an_empty_stretch_inside_a_jpeg_is_told(tmp_path):
    data = jpeg(quality=95)
    place = len(data) // 2
    path = tmp_path / "x.jpg"
    path.write_bytes(data[:place] + bytes(512) + data[place + 512 :])
    photo = read_photo_once(path)
    assert photo.pixels.shape == NOISE.shape
    assert photo.notes == (damage_note(path.read_bytes()),)
    assert HOLE in photo.notes[0]
    assert read_facts_and_notes(path)[1] == photo.notes


def test_blocks_out_of_order_are_told():
    data = jpeg(restart_marker_rows=1)
    marks = [i for i in range(len(data)) if data[i] == 0xFF and 0xD0 <= data[i + 1] <= 0xD7]
    assert len(marks) > 5
    assert damage_note(data) == ""
    gone = data[: marks[2]] + data[marks[3] :]
    assert ORDER in damage_note(gone)


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimize": True},
        {"progressive": True},
        {"restart_marker_rows": 2},
        {"optimize": True, "restart_marker_blocks": 50},
        {"quality": 5},
    ],
)
def test_sound_jpegs_are_not_suspected(value, options):
    flat = np.full((1000, 1600, 3), value, np.uint8)
    assert damage_note(jpeg(flat, **options)) == ""
    assert damage_note(jpeg(**options)) == ""
    assert damage_note(jpeg(flat[..., 0], **options)) == ""


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xff\xff", b"\xff\xd8\xff\xda"])
def test_nothing_to_say_about_scraps(data):
    assert damage_note(data) in ("", NOTE.format(END))
    damage_note(data + b"\xff\xc4\x00\x00" * 50)
    assert damage_note(b"RIFF" + data) == ""
