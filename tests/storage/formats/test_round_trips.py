"""Mask → file → mask, property by property."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from plantseg_gui.storage.formats.annotation import Annotation, Entry, WriteOptions
from plantseg_gui.storage.formats.pairing import PhotoRef, preview
from plantseg_gui.storage.formats.registry import FORMATS, detect, read_all, write
from tests.storage.formats.helpers import (
    EXACT,
    UNSURE,
    label_images,
    renumbered,
    ring,
    there_and_back,
)

SPECIAL = {
    "hole": ring(),
    "full": np.ones((7, 5), np.uint16),
    "empty": np.zeros((4, 6), np.uint16),
    "one pixel": np.ones((1, 1), np.uint16),
    "unsure only": np.full((3, 3), UNSURE, np.uint16),
    "checkerboard": (np.indices((6, 6)).sum(0) % 2).astype(np.uint16),
    "touching": np.repeat(np.arange(1, 7, dtype=np.uint16)[None], 4, axis=0),
    "two pieces": np.array([[1, 0, 0, 1], [0, 0, 0, 0], [2, 2, 0, 1]], np.uint16),
    "nested": np.pad(np.pad(np.pad(np.ones((1, 1)), 1), 1, constant_values=1), 1).astype(np.uint16),
}


@pytest.mark.parametrize("key", EXACT)
@pytest.mark.parametrize("case", SPECIAL)
def test_special(key: str, case: str, tmp_path: Path) -> None:
    labels = SPECIAL[case]
    back = there_and_back(key, labels, tmp_path)
    np.testing.assert_array_equal(back.labels, labels)
    assert back.labels.dtype == np.uint16


@pytest.mark.parametrize("key", EXACT)
@settings(max_examples=25)
@given(labels=label_images())
def test_any(key: str, labels: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = there_and_back(key, labels, Path(folder))
    np.testing.assert_array_equal(back.labels, labels)


@settings(max_examples=25)
@given(labels=label_images())
def test_black_and_white(labels: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = write("png-binary", [Annotation("a.jpg", labels)], Path(folder))
        (entry,) = read_all(Path(folder), "png-binary")
        assert isinstance(entry, Entry)
        back = entry.annotation()
    np.testing.assert_array_equal(back.labels > 0, (labels > 0) & (labels != UNSURE))
    assert any("unsure" in note for note in written.notes) == bool((labels == UNSURE).any())


@pytest.mark.parametrize("key", EXACT)
def test_blobs(key: str, tmp_path: Path) -> None:
    """Lesions as in a photo: 200 smooth blobs of all sizes, with holes, numbers with gaps."""
    import cv2

    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.random((300, 400)).astype(np.float32), (0, 0), 3)
    _, pieces = cv2.connectedComponents((noise > 0.51).astype(np.uint8))
    labels = (pieces * 3).astype(np.uint16)
    labels[100:120, 50:90] = UNSURE
    back = there_and_back(key, labels, tmp_path)
    np.testing.assert_array_equal(renumbered(back.labels), renumbered(labels))
    assert len(np.unique(labels)) > 50


@pytest.mark.parametrize("key", FORMATS)
def test_unsure_is_never_dropped_silently(key: str, tmp_path: Path) -> None:
    labels = ring()
    written = write(key, [Annotation("sub/photo 1.jpg", labels)], tmp_path)
    assert all(file.is_file() for file in written.files)
    if key not in ("hdf5", "png-palette"):
        assert any("nsure" in note for note in written.notes)


@pytest.mark.parametrize("key", FORMATS)
def test_several_photos_and_detection(key: str, tmp_path: Path) -> None:
    items = [
        Annotation("a.jpg", ring()),
        Annotation("blätter/b 1.JPG", np.zeros((5, 4), np.uint16)),
        Annotation("blätter/c.png", np.ones((3, 8), np.uint16)),
    ]
    written = write(key, items, tmp_path)
    assert len(written.files) >= (3 if FORMATS[key].per_photo else 1)
    asked = detect(tmp_path)
    assert asked == key or {asked, key} <= {"png-labels", "png-palette", "png-binary"}
    names = sorted(entry.name for entry in read_all(tmp_path))
    assert len(names) == 3
    assert names[0].startswith("a")
    assert names[1].startswith(("blätter/b 1", "blätter/b 1.JPG"))


def test_too_many_lesions_for_a_palette(tmp_path: Path) -> None:
    labels = np.arange(1, 301, dtype=np.uint16).reshape(15, 20)
    written = write("png-palette", [Annotation("a.jpg", labels)], tmp_path)
    assert "254" in written.notes[0]
    (entry,) = read_all(tmp_path)
    assert isinstance(entry, Entry)
    assert entry.annotation().labels.all()


def test_labelme_file(tmp_path: Path) -> None:
    write(
        "labelme",
        [Annotation("sub/a.jpg", ring())],
        tmp_path / "out",
        WriteOptions(photos=tmp_path / "photos"),
    )
    data = json.loads((tmp_path / "out/sub/a.json").read_text(encoding="utf-8"))
    assert data["imagePath"] == "../../photos/sub/a.jpg"
    assert data["imageData"] is None
    kinds = {shape["shape_type"] for shape in data["shapes"]}
    assert kinds == {"mask", "polygon"}
    assert {shape["label"] for shape in data["shapes"]} == {"lesion", "unsure"}


@pytest.mark.parametrize("key", [key for key, form in FORMATS.items() if form.per_photo])
@pytest.mark.parametrize("known", [True, False])
def test_photos_of_one_name(key: str, known: bool, tmp_path: Path) -> None:
    """`a.jpg` and `a.png` do not replace each other, and find back to their photos."""
    names = ("a.jpg", "a.png", "A.PNG", "b/a.jpg", "../../c.jpg", "/etc/d.jpg")
    items = [Annotation(name, np.ones((2, n + 1), np.uint16)) for n, name in enumerate(names)]
    written = write(key, items, tmp_path / "out", WriteOptions(names=names if known else ()))
    files = [file for file in written.files if file.name != "data.yaml"]
    assert len(set(files)) == len(names)
    assert all(file.resolve().is_relative_to(tmp_path / "out") for file in files)
    assert any("shares its name" in note for note in written.notes)
    photos = [PhotoRef(name, name, n + 1, 2) for n, name in enumerate(names[:4]) if n != 2]
    rows = preview(read_all(tmp_path / "out", key), photos)
    paired = {row.photo.path for row in rows if row.photo is not None and row.usable}
    if known:
        assert paired == {"a.jpg", "a.png", "b/a.jpg"}
