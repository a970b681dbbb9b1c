import os
from pathlib import Path, PurePath

import pytest

from plantseg_gui.cli.photo_batch import collect_photos
from plantseg_gui.core.errors import InputError


def touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def bases(batch) -> list[str]:
    return [photo.base.as_posix() for photo in batch.photos]


def test_folder_is_walked_sorted_and_mirrored(tmp_path):
    folder = tmp_path / "in"
    touch(
        folder / "b.jpg", folder / "a.PNG", folder / "sub" / "deep" / "c.tif", folder / "notes.txt"
    )
    touch(folder / ".hidden.jpg", folder / "._a.jpg", folder / ".cache" / "x.jpg")
    touch(folder / "plantseg_project" / "thumbnails" / "a.png")
    batch = collect_photos([folder], tmp_path / "out")
    assert bases(batch) == ["a", "b", "sub/deep/c"]
    assert batch.problems == ()


def test_one_stem_twice_keeps_the_extension(tmp_path):
    touch(tmp_path / "in/a.jpg", tmp_path / "in/a.png", tmp_path / "in/b.jpg")
    batch = collect_photos([tmp_path / "in"], tmp_path / "out")
    assert bases(batch) == ["a.jpg", "a.png", "b"]


def test_stems_that_differ_in_case_alone_keep_the_extension(tmp_path):
    touch(tmp_path / "in/A.jpg", tmp_path / "in/a.png")
    batch = collect_photos([tmp_path / "in"], tmp_path / "out")
    assert bases(batch) == ["A.jpg", "a.png"]


def test_names_that_differ_in_case_alone_get_a_number_in_the_same_place(tmp_path):
    touch(tmp_path / "in/Leaf.jpg")
    if (tmp_path / "in/leaf.JPG").exists():
        pytest.skip("letter case does not count on this drive")
    touch(tmp_path / "in/leaf.JPG", tmp_path / "in/leaf.jpg")
    batch = collect_photos([tmp_path / "in"], tmp_path / "out")
    assert bases(batch) == ["Leaf.jpg", "leaf.JPG_2", "leaf.jpg_3"]
    assert [p.relative.as_posix() for p in batch.photos] == ["Leaf.jpg", "leaf.JPG", "leaf.jpg"]


def test_name_with_extension_meets_another_stem(tmp_path):
    touch(tmp_path / "in/a.jpg", tmp_path / "in/a.png", tmp_path / "in/a.jpg.png")
    found = bases(collect_photos([tmp_path / "in"], tmp_path / "out"))
    assert len(set(found)) == 3
    assert set(found) == {"a.jpg", "a.png", "a.jpg.png"}


def test_one_stem_in_two_sub_folders_stays_short(tmp_path):
    touch(tmp_path / "in/x/a.jpg", tmp_path / "in/y/a.png")
    assert bases(collect_photos([tmp_path / "in"], tmp_path / "out")) == ["x/a", "y/a"]


def test_one_name_in_two_folders_is_told_apart(tmp_path):
    touch(tmp_path / "one/a.jpg", tmp_path / "two/a.jpg", tmp_path / "two/b.jpg")
    batch = collect_photos([tmp_path / "one", tmp_path / "two"], tmp_path / "out")
    assert bases(batch) == ["one/a", "two/a", "b"]


def test_one_name_in_two_folders_of_one_name_is_told_apart(tmp_path):
    touch(tmp_path / "p/x/a.jpg", tmp_path / "q/x/a.jpg")
    found = bases(collect_photos([tmp_path / "p/x", tmp_path / "q/x"], tmp_path / "out"))
    assert len(set(found)) == 2
    assert all(not PurePath(base).is_absolute() for base in found)


def test_a_photo_given_twice_is_taken_once(tmp_path, monkeypatch):
    touch(tmp_path / "in/a.jpg")
    monkeypatch.chdir(tmp_path)
    batch = collect_photos([Path("in"), tmp_path / "in" / "a.jpg"], tmp_path / "out")
    assert len(batch.photos) == 1


def test_output_folder_inside_the_photos_is_left_out(tmp_path):
    touch(tmp_path / "in/a.jpg", tmp_path / "in/out/a_mask.png")
    batch = collect_photos([tmp_path / "in"], tmp_path / "in" / "out")
    assert bases(batch) == ["a"]


def test_photos_and_results_in_one_folder_are_refused(tmp_path, monkeypatch):
    touch(tmp_path / "in/a.jpg")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="results"):
        collect_photos([tmp_path / "in"], Path("in"))


def test_missing_and_empty_are_problems_and_the_rest_goes_on(tmp_path):
    touch(tmp_path / "in/a.jpg")
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "gone.jpg", tmp_path / "empty", tmp_path / "in"]
    batch = collect_photos(paths, tmp_path / "out")
    assert bases(batch) == ["a"]
    assert "gone.jpg does not exist" in batch.problems[0].what
    assert "holds no photo" in batch.problems[1].what


def test_file_is_taken_whatever_its_name(tmp_path):
    touch(tmp_path / "photo.weird")
    assert bases(collect_photos([tmp_path / "photo.weird"], tmp_path / "out")) == ["photo"]


@pytest.mark.skipif(os.name == "nt", reason="Windows: links need rights")
def test_link_in_a_circle_ends(tmp_path):
    touch(tmp_path / "in/a.jpg")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in", target_is_directory=True)
    assert bases(collect_photos([tmp_path / "in"], tmp_path / "out")) == ["a"]
