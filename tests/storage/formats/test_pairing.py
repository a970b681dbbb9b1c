"""Annotations and photos: who belongs to whom, and every mismatch by name."""

from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.storage.formats.annotation import Annotation
from plantseg_gui.storage.formats.pairing import PhotoIndex, PhotoRef, Status, pair, preview
from plantseg_gui.storage.formats.registry import read_all, write


def photos(*paths: str, size: tuple[int, int] = (12, 9)) -> list[PhotoRef]:
    return [PhotoRef(str(number), path, *size) for number, path in enumerate(paths)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", ["a.jpg"]),
        ("A.JPG", ["a.jpg"]),
        ("other/a.jpg", ["a.jpg"]),
        ("a", ["a.jpg"]),
        ("a_mask", ["a.jpg"]),
        ("a.png", ["a.jpg"]),
        ("one/b.jpg", ["one/b.jpg"]),
        ("data/Two/b.jpg", ["two/b.jpg"]),
        ("b.jpg", ["one/b.jpg", "two/b.jpg"]),
        ("three/b", ["one/b.jpg", "two/b.jpg"]),
        ("c", ["c.jpg", "c.png"]),
        ("c.png", ["c.png"]),
        ("c.png_mask", ["c.png"]),
        ("honeybee", []),
        ("bee_mask", []),
    ],
)
def test_find(name: str, expected: list[str]) -> None:
    index = PhotoIndex(photos("a.jpg", "one/b.jpg", "two/b.jpg", "c.jpg", "c.png", "honey.jpg"))
    assert [photo.path for photo in index.find(name)] == expected


def test_every_mismatch_is_named(tmp_path: Path) -> None:
    lesion = np.ones((9, 12), np.uint16)
    names = ["a.jpg", "empty.jpg", "b.jpg", "gone.jpg", "x/a.jpg"]
    items = [Annotation(name, lesion * (name != "empty.jpg")) for name in names]
    items += [Annotation("large.jpg", np.ones((12, 9), np.uint16))]
    write("coco", items, tmp_path)
    (tmp_path / "damaged.json").write_text("{")
    known = photos("a.jpg", "empty.jpg", "1/b.jpg", "2/b.jpg", "large.jpg")
    rows = {row.name: row for row in preview(read_all(tmp_path), known)}
    assert {name: row.status for name, row in rows.items()} == {
        "a.jpg": Status.PAIRED,
        "empty.jpg": Status.EMPTY,
        "b.jpg": Status.AMBIGUOUS,
        "gone.jpg": Status.NO_PHOTO,
        "x/a.jpg": Status.TWICE,
        "large.jpg": Status.OTHER_SIZE,
        "": Status.DAMAGED,
    }
    assert rows["a.jpg"].lesions == 1
    assert rows["a.jpg"].usable
    assert "9 × 12 px" in rows["large.jpg"].reason
    assert "12 × 9 px" in rows["large.jpg"].reason
    assert "turned" in rows["large.jpg"].reason
    assert "1/b.jpg, 2/b.jpg" in rows["b.jpg"].reason
    assert all(row.usable != bool(row.reason) for row in rows.values())


def test_sizes_of_yolo_come_from_the_photos(tmp_path: Path) -> None:
    labels = np.zeros((9, 12), np.uint16)
    labels[2:5, 3:8] = 1
    write("yolo", [Annotation("sub/a.jpg", labels)], tmp_path)
    ((row, annotation),) = pair(read_all(tmp_path), photos("sub/a.jpg"))
    assert row.status is Status.PAIRED
    assert annotation is not None
    np.testing.assert_array_equal(annotation.labels, labels)
    (row,) = preview(read_all(tmp_path), photos("sub/a.jpg", size=(0, 0)))
    assert row.status is Status.OTHER_SIZE
