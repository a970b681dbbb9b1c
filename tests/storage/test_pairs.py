from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.pairs import match_folders, read_index


def touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def partners(matching) -> dict[str, str]:
    return {pair.name: pair.mask.name for pair in matching.pairs}


def test_stem_decides_and_folders_correspond(tmp_path):
    touch(tmp_path / "i/a.jpg", tmp_path / "i/sub/a.jpg", tmp_path / "m/a.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m")
    assert partners(matching) == {"a.jpg": "a.png"}
    assert matching.images_without_mask == ("sub/a.jpg",)


def test_two_photos_of_one_stem_need_the_extension(tmp_path):
    touch(tmp_path / "i/a.jpg", tmp_path / "i/a.png", tmp_path / "m/a.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m")
    assert matching.pairs == ()
    assert matching.images_without_mask == ("a.jpg", "a.png")
    assert matching.masks_without_image == ("a.png",)
    touch(tmp_path / "m/a.jpg.png", tmp_path / "m/a.png_mask.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m")
    assert partners(matching) == {"a.jpg": "a.jpg.png", "a.png": "a.png_mask.png"}


def test_other_files_and_hidden_ones_do_not_count(tmp_path):
    touch(tmp_path / "i/a.jpg", tmp_path / "i/notes.txt", tmp_path / "i/._a.jpg")
    touch(tmp_path / "m/a.png", tmp_path / "m/a.json", tmp_path / "m/.tmp/a.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m")
    assert partners(matching) == {"a.jpg": "a.png"}
    assert matching.masks_without_image == ()


def test_leaf_masks_join(tmp_path):
    touch(tmp_path / "i/a.jpg", tmp_path / "i/b.jpg")
    touch(tmp_path / "m/a.png", tmp_path / "m/b.png", tmp_path / "l/a.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m", tmp_path / "l")
    assert [pair.leaf is not None for pair in matching.pairs] == [True, False]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    (tmp_path / "i").mkdir()
    with pytest.raises(InputError, match="m cannot be opened"):
        match_folders(tmp_path / "i", tmp_path / "m")


def test_index_finds_any_photo_format_and_names_what_is_missing(tmp_path):
    touch(tmp_path / "tea/images/a.JPG", tmp_path / "tea/masks/a.tif", tmp_path / "tea/leaf/a.png")
    touch(tmp_path / "tea/images/b.jpg", tmp_path / "tea/masks/c.png")
    lines = ["source,stem,split", *(f"tea,{stem},val" for stem in "abc")]
    (tmp_path / "index.csv").write_text("\n".join(lines), encoding="utf-8")
    matching = read_index(tmp_path / "index.csv", [], "val")
    assert [(p.name, p.image.name, p.mask.name, p.source) for p in matching.pairs] == [
        ("tea/a", "a.JPG", "a.tif", "tea")
    ]
    assert matching.pairs[0].leaf == tmp_path / "tea/leaf/a.png"
    assert matching.left_out() == [
        "tea/b has no mask and is left out.",
        "tea/c is in the list but was not found: left out.",
    ]
    matching.check()


def test_no_pair_at_all_is_refused(tmp_path):
    touch(tmp_path / "i/a.jpg", tmp_path / "m/b.png")
    matching = match_folders(tmp_path / "i", tmp_path / "m")
    assert matching.left_out() == [
        "a.jpg has no mask and is left out.",
        "The mask b.png has no photo and is left out.",
    ]
    with pytest.raises(InputError, match="same name"):
        matching.check()


def test_shared_data(shared_data):
    matching = read_index(shared_data / "index.csv", ["coffee"], "val")
    assert len(matching.pairs) == 50
    assert all(pair.leaf is not None for pair in matching.pairs)
    assert matching.images_without_mask == ()
