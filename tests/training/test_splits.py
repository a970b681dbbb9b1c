from pathlib import Path

import pytest

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.splits import dev_choice, split_by_folder, split_by_index


def touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def data_folder(root: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = ["source,stem,split", *(",".join(row) for row in rows)]
    (root / "index.csv").write_text("\n".join(lines), encoding="utf-8")
    for source, stem, _ in rows:
        touch(root / source / "images" / f"{stem}.jpg", root / source / "masks" / f"{stem}.png")
    return root


def test_index_gives_train_and_dev_and_leaves_val_alone(tmp_path):
    rows = [("tea", "1", "train"), ("tea", "2", "dev"), ("tea", "3", "val"), ("rye", "4", "train")]
    train, dev, left_out = split_by_index(data_folder(tmp_path, rows))
    assert [(f.source, f.name) for f in train] == [("tea", "tea/1"), ("rye", "rye/4")]
    assert [f.name for f in dev] == ["tea/2"]
    assert left_out == []
    train, dev, _ = split_by_index(tmp_path, sources=["rye"])
    assert [f.name for f in train] == ["rye/4"]
    assert dev == []


def test_photos_of_the_index_without_a_partner_are_said(tmp_path):
    data_folder(tmp_path, [("tea", "1", "train"), ("tea", "2", "train"), ("tea", "3", "dev")])
    (tmp_path / "tea/masks/2.png").unlink()
    (tmp_path / "tea/images/3.jpg").unlink()
    train, dev, left_out = split_by_index(tmp_path)
    assert [f.name for f in train] == ["tea/1"]
    assert dev == []
    assert [sentence.split(" ", 1)[0] for sentence in left_out] == ["tea/2", "tea/3"]


def test_nothing_to_learn_from_is_refused(tmp_path):
    data_folder(tmp_path, [("tea", "1", "val")])
    with pytest.raises(InputError, match="no photo in the split 'train'"):
        split_by_index(tmp_path)
    data_folder(tmp_path, [("tea", "1", "train")])
    (tmp_path / "tea/masks/1.png").unlink()
    with pytest.raises(InputError, match="same name"):
        split_by_index(tmp_path)


def test_a_tenth_of_a_folder_is_kept_and_stays_when_photos_are_added(tmp_path):
    images, masks = tmp_path / "i", tmp_path / "m"
    for k in range(40):
        touch(images / f"{k}.jpg", masks / f"{k}_mask.png")
    touch(images / "lonely.jpg")
    train, dev, left_out = split_by_folder(images, masks)
    assert len(train) + len(dev) == 40
    assert 1 <= len(dev) <= 10
    assert left_out == ["lonely.jpg has no mask and is left out."]
    for k in range(40, 60):
        touch(images / f"{k}.jpg", masks / f"{k}.png")
    more_train, more_dev, _ = split_by_folder(images, masks)
    assert {f.name for f in dev} <= {f.name for f in more_dev}
    assert {f.name for f in train} <= {f.name for f in more_train}


def test_few_photos_are_all_learned_from(tmp_path):
    for k in range(9):
        touch(tmp_path / f"i/{k}.jpg", tmp_path / f"m/{k}.png")
    train, dev, _ = split_by_folder(tmp_path / "i", tmp_path / "m")
    assert (len(train), len(dev)) == (9, 0)


def test_dev_choice_takes_some_of_each_source_always_the_same(tmp_path):
    rows = [("tea", str(k), "train") for k in range(30)] + [("rye", "1", "train")]
    train, _, _ = split_by_index(data_folder(tmp_path, rows))
    chosen = list(dev_choice(train, 3))
    assert [f.name for f in chosen] == ["rye/1", "tea/0", "tea/10", "tea/20"]
