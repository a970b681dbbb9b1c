"""COCO files as pycocotools reads them."""

import contextlib
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from plantseg_gui.storage.formats import rle
from plantseg_gui.storage.formats.annotation import Annotation, Entry, WriteOptions
from plantseg_gui.storage.formats.raster import Budget, Patch
from plantseg_gui.storage.formats.registry import read_all, write
from tests.storage.formats.helpers import UNSURE, label_images, ring


def opened(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


@pytest.mark.parametrize("polygons", [False, True])
@settings(max_examples=30)
@given(labels=label_images())
def test_pycocotools_sees_the_same(polygons: bool, labels: np.ndarray) -> None:
    with tempfile.TemporaryDirectory() as folder:
        items = [Annotation("a.jpg", labels), Annotation("b.jpg", ring())]
        write("coco", items, Path(folder), WriteOptions(polygons=polygons))
        coco = opened(Path(folder) / "annotations.json")
    for number, item in enumerate(items, start=1):
        seen = np.zeros_like(item.labels)
        lesion = 0
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=[number])):
            mask = coco.annToMask(annotation).astype(bool)
            assert mask.sum() == annotation["area"]
            x, y, w, h = annotation["bbox"]
            rows, columns = np.nonzero(mask)
            assert (columns.min(), rows.min()) == (x, y)
            assert (columns.max() + 1, rows.max() + 1) == (x + w, y + h)
            lesion += annotation["category_id"] == 1
            seen[mask] = lesion if annotation["category_id"] == 1 else UNSURE
        np.testing.assert_array_equal(seen, item.labels)


@settings(max_examples=60)
@given(labels=label_images())
def test_run_lengths_agree_with_pycocotools(labels: np.ndarray) -> None:
    mask = labels == 1
    height, width = mask.shape
    theirs = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    ours = rle.encode(Patch(0, 0, mask), width, height)
    assert ours["counts"] == theirs["counts"].decode()
    for counts in (ours["counts"], _plain(mask)):
        patch = rle.decode(counts, width, height, Budget())
        drawn = np.zeros_like(mask)
        if patch is not None:
            drawn[patch.slices] = patch.mask
        np.testing.assert_array_equal(drawn, mask)


def _plain(mask: np.ndarray) -> list[int]:
    flat = np.concatenate([[0], mask.T.reshape(-1).astype(int)])
    turns = np.flatnonzero(np.diff(flat))
    return np.diff([0, *turns, mask.size]).tolist()


@pytest.mark.parametrize(
    "counts", ["", "111111", "\u00ff", [5], [-1, 101], [1e9], ["x"], [10**30], None, "`" * 40]
)
def test_bad_run_lengths(counts: object) -> None:
    with pytest.raises(rle.BadRuns):
        rle.decode(counts, 10, 10, Budget())


def test_files_of_others(tmp_path: Path) -> None:
    """Classes, crowds, boxes, several polygons, and what cannot be used."""
    square = [1, 1, 4, 1, 4, 4, 1, 4]
    data = {
        "images": [{"id": "7", "file_name": "x\\a.jpg", "width": 10, "height": 8}, 3, {}],
        "categories": [{"id": 1, "name": "Rust"}, {"id": 2, "name": "Leaf"}, {"id": 3}],
        "annotations": [
            {"image_id": 7, "category_id": 2, "segmentation": [[0, 0, 9, 0, 9, 9]]},
            {"image_id": "7", "category_id": 1, "segmentation": [square, [6, 1, 8, 1, 8, 3, 6, 3]]},
            {"image_id": 7, "category_id": 9, "segmentation": [[5.2, 6.3]]},
            {"image_id": 7, "category_id": 1, "segmentation": [[float("nan"), 1, 2, 2, 3, 3]]},
            {"image_id": 7, "category_id": 1, "segmentation": [[-50, 5, 2, 5, 2, 500, -50, 500]]},
            {"image_id": 7, "category_id": 1, "bbox": [1, 1, 2, 2]},
            {"image_id": 7, "category_id": 1, "segmentation": {"size": [8, 10], "counts": "zz"}},
            {"image_id": 7, "segmentation": {"size": [9, 10], "counts": [90]}},
            "nothing",
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(data))
    found = list(read_all(tmp_path / "coco.json"))
    assert len(found) == 3
    assert isinstance(found[0], Entry)
    assert found[0].name == "x/a.jpg"
    annotation = found[0].annotation()
    expected = np.zeros((8, 10), np.uint16)
    expected[1:4, 1:4] = expected[1:3, 6:8] = 1
    expected[6, 5] = 2
    expected[5:, :2] = 3
    np.testing.assert_array_equal(annotation.labels, expected)
    notes = " ".join(annotation.notes)
    for word in ("no lesion", "finite", "border", "box", "another size", "damaged run"):
        assert word in notes
