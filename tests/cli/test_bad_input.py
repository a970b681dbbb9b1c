"""Section 6 of the first issue: each bad input is handled right, or gets one clear line.

Every test runs the real command in this process with a real (tiny) model.
"""

import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from plantseg_gui.__main__ import main
from plantseg_gui.storage.images import read_photo
from tests.cli.conftest import leaf_pixels, read_result, save_photo
from tests.helpers.bad_files import write_deep, write_png_bomb, write_turned
from tests.helpers.powers import no_power_over_permissions
from tests.helpers.tiny_model import write_tiny_model


@pytest.fixture
def predict(tiny_model, tmp_path):
    """Run `predict`; returns the exit code."""

    def run(*paths: Path, model: Path | None = None, out: Path | None = None) -> int:
        given = [str(path) for path in paths]
        options = ["--model", str(model or tiny_model), "--device", "cpu", "--mode", "single"]
        return main(["predict", *given, "--out", str(out or tmp_path / "out"), *options])

    return run


def one_line_about(capsys, *words: str) -> str:
    """The only line on standard error; it holds all the words."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in lines[0]
    return lines[0]


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


@pytest.mark.parametrize(
    "name", ["Blätter 葉 🍂.jpg", "with space.jpg", "a.b.c.jpg", "-dash.jpg", "x" * 200 + ".jpg"]
)
def test_names_of_all_kinds(name, predict, photos, tmp_path, capsys):
    save_photo(photos / name)
    assert predict(photos) == 0
    stem = name.removesuffix(".jpg")
    assert read_result(tmp_path / "out" / f"{stem}.json")["image"] == name
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="Windows, macOS: names are Unicode")
def test_name_that_is_no_unicode(predict, photos, tmp_path):
    name = os.fsdecode(b"caf\xe9.jpg")
    try:
        shutil.copy(save_photo(photos / "a.jpg"), photos / name)
    except OSError:
        name = "café.jpg"  # a file system that wants UTF-8
        shutil.copy(photos / "a.jpg", photos / name)
    assert predict(photos / name) == 0
    result = next((tmp_path / "out").glob("caf*.json"))
    assert read_result(result)["image"].startswith("caf")


def test_line_break_in_a_name_stays_one_line(predict, photos, capsys):
    not_an_image(photos / "two\nlines.jpg")
    assert predict(photos) == 1
    one_line_about(capsys, "two\\nlines.jpg")


def test_name_too_long_for_its_results_stops_only_itself(predict, photos, tmp_path, capsys):
    save_photo(photos / ("y" * 250 + ".jpg"))
    save_photo(photos / "z.jpg")
    assert predict(photos) == 1
    one_line_about(capsys, "y" * 250)
    assert (tmp_path / "out/z.json").exists()


def test_two_files_of_one_stem(predict, photos, tmp_path):
    save_photo(photos / "a.jpg", seed=1)
    save_photo(photos / "a.png", seed=2)
    assert predict(photos) == 0
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["a.jpg.json", "a.jpg_mask.png", "a.png.json", "a.png_mask.png"]


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


# --- model folders: one line, exit code 2, nothing is written


def copied(model: Path, folder: Path) -> Path:
    return Path(shutil.copytree(model, folder))


def set_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        where = config["network"] if key in config["network"] else config
        where[key] = value
    file.write_text(json.dumps(config), encoding="utf-8")


def other_architecture(folder: Path) -> None:
    set_config(folder, fpn_channels=64)


def other_encoder(folder: Path) -> None:
    set_config(folder, encoder="tf_efficientnet_lite1")


def unknown_encoder(folder: Path) -> None:
    set_config(folder, encoder="no_such_encoder")


def encoder_from_a_hub(folder: Path) -> None:
    set_config(folder, encoder="hf-hub:stranger/payload")


def absurd_width(folder: Path) -> None:
    set_config(folder, fpn_channels=10**9)


def threshold_is_text(folder: Path) -> None:
    set_config(folder, threshold="0.5; rm -rf /")


def config_is_no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def config_is_a_list(folder: Path) -> None:
    (folder / "config.json").write_text("[1, 2]", encoding="utf-8")


def config_nests_deep(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 200_000, encoding="utf-8")


def newer_format(folder: Path) -> None:
    set_config(folder, format=99)


def weights_cut_off(folder: Path) -> None:
    file = folder / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def weights_empty(folder: Path) -> None:
    (folder / "weights.safetensors").write_bytes(b"")


def weights_missing(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()


def header_lies_about_its_length(folder: Path) -> None:
    file = folder / "weights.safetensors"
    file.write_bytes(struct.pack("<Q", 2**62) + file.read_bytes()[8:])


def weights_are_not_finite(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    file = folder / "weights.safetensors"
    state = load_file(file)
    key = next(k for k, v in state.items() if v.dtype == np.float16)
    state[key] = np.full_like(state[key], np.nan)
    save_file(state, file)


@pytest.mark.parametrize(
    "spoil",
    [
        other_architecture,
        other_encoder,
        unknown_encoder,
        encoder_from_a_hub,
        absurd_width,
        threshold_is_text,
        config_is_no_json,
        config_is_a_list,
        config_nests_deep,
        newer_format,
        weights_cut_off,
        weights_empty,
        weights_missing,
        header_lies_about_its_length,
        weights_are_not_finite,
    ],
)
def test_spoilt_model_is_one_line_and_exit_code_2(
    spoil, tiny_model, predict, photos, tmp_path, capsys
):
    save_photo(photos / "a.jpg")
    model = copied(tiny_model, tmp_path / "spoilt")
    spoil(model)
    assert predict(photos, model=model) == 2
    one_line_about(capsys)
    assert list((tmp_path / "out").iterdir()) == []


class Payload:
    """What a hostile pickle would run."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json"])
def test_hostile_pickle_is_never_run(name, tiny_model, predict, photos, tmp_path, capsys):
    marker = tmp_path / "pwned"
    model = copied(tiny_model, tmp_path / "hostile")
    (model / name).write_bytes(pickle.dumps(Payload(marker)))
    save_photo(photos / "a.jpg")
    assert predict(photos, model=model) == 2
    one_line_about(capsys)
    assert not marker.exists()


def test_weights_of_another_architecture_say_so(tiny_model, predict, photos, tmp_path, capsys):
    other = write_tiny_model(tmp_path / "other", fpn_channels=64)
    model = copied(tiny_model, tmp_path / "mixed")
    shutil.copy(other / "weights.safetensors", model)
    save_photo(photos / "a.jpg")
    assert predict(photos, model=model) == 2
    one_line_about(capsys, "architecture")


def test_unknown_model_name(predict, photos, capsys):
    save_photo(photos / "a.jpg")
    assert predict(photos, model=Path("no-such-model")) == 2
    one_line_about(capsys, "no-such-model")


def test_graphics_card_that_is_not_there(tiny_model, photos, tmp_path, capsys):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    save_photo(photos / "a.jpg")
    arguments = ["--out", str(tmp_path / "out"), "--model", str(tiny_model), "--device", "cuda"]
    assert main(["predict", str(photos), *arguments]) == 2
    one_line_about(capsys, "CUDA", "cpu")


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on a process's files")
def test_full_disk_is_one_line_and_keeps_what_was_saved(predict, tiny_model, photos, tmp_path):
    """The system refuses every byte past the 400th of a file, as a full disk refuses the next."""
    for name in ("a", "b", "c"):
        save_photo(photos / f"{name}.jpg", 200, 300)
    assert predict(photos / "a.jpg") == 0
    saved = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    arguments = [str(photos), "--out", str(tmp_path / "out"), "--model", str(tiny_model)]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, "predict", *arguments, "--device", "cpu"],
        capture_output=True,
        text=True,
        timeout=180,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert "a_mask.png could not be saved: the disk is full" in errors[0]
    assert errors[1:] == ["plantseg: note: stopped; 2 more photos were not looked at."]
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == saved
