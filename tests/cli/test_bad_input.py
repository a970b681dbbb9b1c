"""Section 6 of the first issue: each bad input is handled right, or gets one clear line.

Every test runs the real command in this process with a real (tiny) model.
"""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from plantseg_gui.__main__ import main
from plantseg_gui.storage.images import read_photo
from tests.cli.conftest import leaf_pixels, one_line_about, read_result, save_photo
from tests.helpers.bad_files import write_deep, write_png_bomb, write_turned
from tests.helpers.powers import no_power_over_permissions

# --- photos that cannot be read: one line, the rest goes on, exit code 1


def not_an_image(path: Path) -> None:
    path.write_text("this is a shopping list\n", encoding="utf-8")


def truncated(path: Path) -> None:
    whole = save_photo(path, 400, 500).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def truncated_in_its_header(path: Path) -> None:
    path.write_bytes(save_photo(path).read_bytes()[:40])


def empty(path: Path) -> None:
    path.touch()


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("gone.jpg"))


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    "spoil",
    [not_an_image, truncated, truncated_in_its_header, empty, a_link_to_nothing, a_link_to_itself],
)
def test_unreadable_photo_is_one_line_and_the_rest_goes_on(
    spoil, predict, photos, tmp_path, capsys
):
    save_photo(photos / "a.jpg")
    spoil(photos / "bad.jpg")
    save_photo(photos / "c.jpg")
    assert predict(photos) == 1
    one_line_about(capsys, "bad.jpg")
    results = sorted(p.name for p in (tmp_path / "out").glob("*"))
    assert results == ["a.json", "a_mask.png", "c.json", "c_mask.png"]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_truncated_in_other_formats(suffix, predict, photos, tmp_path, capsys):
    whole = save_photo(photos / f"bad{suffix}", 200, 200).read_bytes()
    (photos / f"bad{suffix}").write_bytes(whole[: len(whole) // 2])
    save_photo(photos / "good.png")
    assert predict(photos) == 1
    one_line_about(capsys, f"bad{suffix}")
    assert (tmp_path / "out/good.json").exists()


def test_folder_named_like_a_photo_is_walked_as_a_folder(predict, photos, tmp_path):
    save_photo(photos / "album.jpg" / "a.jpg")
    assert predict(photos) == 0
    assert (tmp_path / "out/album.jpg/a.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_file_without_permission(predict, photos, capsys, tmp_path):
    save_photo(photos / "a.jpg").chmod(0)
    save_photo(photos / "b.jpg")
    with no_power_over_permissions():
        assert predict(photos) == 1
    one_line_about(capsys, "a.jpg")
    assert (tmp_path / "out/b.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_folder_without_permission(predict, photos, capsys, tmp_path):
    save_photo(photos / "locked" / "a.jpg")
    save_photo(photos / "open" / "b.jpg")
    (photos / "locked").chmod(0)
    try:
        with no_power_over_permissions():
            assert predict(photos) == 1
    finally:
        (photos / "locked").chmod(0o700)
    one_line_about(capsys, "locked")
    assert (tmp_path / "out/open/b.json").exists()


def test_missing_photo(predict, photos, capsys, tmp_path):
    assert predict(photos / "gone.jpg", save_photo(photos / "a.jpg")) == 1
    one_line_about(capsys, "gone.jpg", "does not exist")
    assert (tmp_path / "out/a.json").exists()


def test_nothing_but_bad_files(predict, photos, capsys):
    not_an_image(photos / "bad.jpg")
    assert predict(photos) == 1
    one_line_about(capsys, "bad.jpg")


def test_empty_folder(predict, photos, capsys):
    assert predict(photos) == 1
    one_line_about(capsys, str(photos), "holds no photo")


def test_30000_by_30000_is_refused_before_it_is_decoded(predict, photos, tmp_path, capsys):
    import resource

    write_png_bomb(photos / "bomb.png")
    save_photo(photos / "good.png")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert predict(photos) == 1
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 600
    one_line_about(capsys, "bomb.png", "30000")
    assert (tmp_path / "out/good.json").exists()


# --- photos of unusual kinds: handled right


def test_one_pixel(predict, photos, tmp_path):
    Image.new("RGB", (1, 1), (60, 130, 50)).save(photos / "dot.png")
    assert predict(photos) == 0
    result = read_result(tmp_path / "out/dot.json")
    assert (result["width"], result["height"]) == (1, 1)
    assert result["severity_percent"] is None
    assert result["reason"]
    assert cv2.imread(str(tmp_path / "out/dot_mask.png"), cv2.IMREAD_UNCHANGED).shape == (1, 1)


@pytest.mark.parametrize("size", [(1, 700), (700, 1), (3, 5)])
def test_thin_and_tiny(size, predict, photos, tmp_path):
    Image.new("RGB", size, (60, 130, 50)).save(photos / "thin.png")
    assert predict(photos) == 0
    mask = cv2.imread(str(tmp_path / "out/thin_mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (size[1], size[0])


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("cmyk.jpg", "CMYK"),
        ("cmyk.tif", "CMYK"),
        ("palette.png", "P"),
        ("palette.tif", "P"),
        ("grey.jpg", "L"),
        ("grey.png", "L"),
        ("bits.png", "1"),
        ("alpha.png", "RGBA"),
        ("alpha.webp", "RGBA"),
        ("grey_alpha.png", "LA"),
        ("ycc.tif", "YCbCr"),
    ],
)
def test_unusual_colour_modes(name, mode, predict, photos, tmp_path):
    Image.fromarray(leaf_pixels()).convert(mode).save(photos / name)
    assert predict(photos) == 0
    result = read_result(tmp_path / "out" / f"{Path(name).stem}.json")
    assert (result["width"], result["height"]) == (128, 96)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_16_bit_is_the_same_photo_as_8_bit(name, predict, photos, tmp_path):
    pixels = leaf_pixels()
    write_deep(photos / name, pixels)
    Image.fromarray(pixels).save(photos / "plain.png")
    assert np.abs(read_photo(photos / name).astype(int) - pixels).max() <= 1
    assert predict(photos) == 0
    deep = cv2.imread(str(tmp_path / "out/deep_mask.png"), cv2.IMREAD_UNCHANGED)
    plain = cv2.imread(str(tmp_path / "out/plain_mask.png"), cv2.IMREAD_UNCHANGED)
    assert (deep == plain).mean() > 0.98


def test_exif_orientation_is_applied(predict, photos, tmp_path):
    write_turned(photos / "turned.jpg", leaf_pixels(90, 150))
    assert predict(photos) == 0
    result = read_result(tmp_path / "out/turned.json")
    assert (result["width"], result["height"]) == (90, 150)
    mask = cv2.imread(str(tmp_path / "out/turned_mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (150, 90)


def test_png_with_damaged_pixels_is_not_taken_for_a_photo(predict, photos, capsys):
    save_photo(photos / "a.png")
    content = bytearray((photos / "a.png").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (photos / "a.png").write_bytes(content)
    assert predict(photos) == 1
    assert "damaged" in one_line_about(capsys, "a.png")


def test_only_the_first_page_of_a_tiff_is_said(predict, photos, tmp_path, capsys):
    pages = np.full((2, 64, 64, 3), 120, np.uint8)
    tifffile.imwrite(photos / "a.tif", pages, photometric="rgb")
    assert predict(photos) == 0
    one_line_about(capsys, "first page")
    assert "first page" in read_result(tmp_path / "out/a.json")["warnings"][0]


# --- masks


def test_mask_of_another_size(tiny_model, photos, tmp_path, capsys):
    masks = tmp_path / "masks"
    masks.mkdir()
    for name, size in (("a", (128, 96)), ("bad", (96, 128))):
        save_photo(photos / f"{name}.jpg")
        Image.new("L", size, 255).save(masks / f"{name}.png")
    out = tmp_path / "figures.json"
    folders = ["--images", str(photos), "--masks", str(masks)]
    code = main(["evaluate", *folders, "--out", str(out), "--model", str(tiny_model)])
    assert code == 1
    one_line_about(capsys, "bad.png", "96", "128")
    figures = read_result(out)
    assert figures["n"] == 1
    assert [failed["image"] for failed in figures["failed"]] == ["bad.jpg"]


# --- options


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--maps", "mask,lief"], "lief"),
        (["--threshold", "1.5"], "1.5"),
        (["--threads", "0"], "'0'"),
        (["--mode", "whole"], "whole"),
        (["--device", "tpu"], "tpu"),
    ],
)
def test_wrong_option_names_the_value(options, word, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    assert main(["predict", str(photos), "--out", str(tmp_path / "out"), *options]) == 2
    assert word in capsys.readouterr().err


def test_no_photo_at_all(tmp_path, capsys):
    assert main(["predict", "--out", str(tmp_path / "out")]) == 2
    one_line_about(capsys, "No photo was given")


# --- places to save in


def test_output_folder_is_a_file(predict, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    assert predict(photos) == 2
    one_line_about(capsys, str(tmp_path / "out"))
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("below", [".", "new/folder"])
def test_read_only_output_folder(below, predict, photos, tmp_path, capsys):
    save_photo(photos / "a.jpg")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with no_power_over_permissions():
        assert predict(photos, out=locked / below) == 2
    one_line_about(capsys, str(locked), "another folder")


FULL_DISK = """
import resource, signal, sys
from plantseg_gui.__main__ import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))
sys.exit(main(sys.argv[1:]))
"""


def predict_on_a_full_disk(*arguments) -> subprocess.CompletedProcess:
    """The system refuses every byte past the 400th of a file, as a full disk refuses the next."""
    return subprocess.run(
        [sys.executable, "-c", FULL_DISK, "predict", *map(str, arguments), "--device", "cpu"],
        capture_output=True,
        text=True,
        timeout=180,
        cwd=Path(__file__).parents[2],
        check=False,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a process's files")
def test_full_disk_is_one_line_and_keeps_what_was_saved(predict, tiny_model, photos, tmp_path):
    for name in ("a", "b", "c"):
        save_photo(photos / f"{name}.jpg", 200, 300)
    assert predict(photos / "a.jpg") == 0
    saved = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    done = predict_on_a_full_disk(photos, "--out", tmp_path / "out", "--model", tiny_model)
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert "a_mask.png could not be saved: the disk is full" in errors[0]
    assert errors[1:] == ["plantseg: note: stopped; 2 more photos were not looked at."]
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == saved


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a process's files")
def test_full_disk_half_way_through_a_photo_leaves_it_for_the_next_run(
    predict, tiny_model, photos, tmp_path
):
    save_photo(photos / "a.jpg")
    out = tmp_path / "out"
    # Just the mask fits; the probabilities do not.
    options = ["--threshold", "0.9999999", "--maps", "probability", "--model", tiny_model]
    done = predict_on_a_full_disk(photos, "--out", out, *options)
    assert "a_probability.png could not be saved" in done.stderr
    assert list(out.iterdir()) == []
    assert predict(photos) == 0
