"""File names of all kinds: each photo gets its results, or one clear line (issue, section 6)."""

import os
import shutil
import sys

import pytest

from tests.cli.conftest import one_line_about, read_result, save_photo


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
    (photos / "two\nlines.jpg").write_text("this is a shopping list\n", encoding="utf-8")
    assert predict(photos) == 1
    one_line_about(capsys, "two\\nlines.jpg")


def test_name_too_long_for_its_results_stops_only_itself(predict, photos, tmp_path, capsys):
    save_photo(photos / ("y" * 250 + ".jpg"))
    save_photo(photos / "z.jpg")
    assert predict(photos) == 1
    assert "shorter name" in one_line_about(capsys, "y" * 250)
    assert (tmp_path / "out/z.json").exists()


def test_name_too_long_for_one_of_its_results_leaves_none_of_them(predict, photos, tmp_path):
    save_photo(photos / ("y" * 240 + ".jpg"))  # its mask's name would just fit
    assert predict(photos, "--maps", "probability") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_two_files_of_one_stem(predict, photos, tmp_path):
    save_photo(photos / "a.jpg", seed=1)
    save_photo(photos / "a.png", seed=2)
    assert predict(photos) == 0
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["a.jpg.json", "a.jpg_mask.png", "a.png.json", "a.png_mask.png"]
