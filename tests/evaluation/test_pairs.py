from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.evaluation.pairs import match_folders, read_index


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


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "lacks the columns"),
        (b"source,stem\na,b\n", "split"),
        (b"source,stem,split\na,b\n", "too few columns"),
        (b"\xff\xfe\x00bad", "not a CSV file"),
        (b"source,stem,split\na,b,train\n", "train"),
    ],
)
def test_bad_index_is_said(content, word, tmp_path):
    index = tmp_path / "index.csv"
    index.write_bytes(content)
    with pytest.raises(InputError, match=word):
        read_index(index, [], "val")


def test_unknown_source_names_the_known_ones(tmp_path):
    (tmp_path / "index.csv").write_text("source,stem,split\ncoffee,1,val\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"tea.*coffee"):
        read_index(tmp_path / "index.csv", ["tea"], "val")


def test_shared_data(shared_data):
    matching = read_index(shared_data / "index.csv", ["coffee"], "val")
    assert len(matching.pairs) == 50
    assert all(pair.leaf is not None for pair in matching.pairs)
    assert matching.images_without_mask == ()
