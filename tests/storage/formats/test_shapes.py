"""What other tools draw: rectangles, circles, lines, masks, layers, boxes, bridges."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from plantseg_gui.storage.formats.annotation import Annotation, Entry, ReadOptions
from plantseg_gui.storage.formats.polygons import join, trace
from plantseg_gui.storage.formats.raster import Budget, Ring, TooMuch, fill
from plantseg_gui.storage.formats.registry import read_all
from tests.storage.formats.helpers import UNSURE, label_images, ring


def drawn(data: dict[str, Any], folder: Path, options: ReadOptions | None = None) -> Annotation:
    file = folder / "a.json"
    file.write_text(json.dumps(data))
    (found,) = read_all(file, options=options)
    assert isinstance(found, Entry)
    return found.annotation()


def labelme(*shapes: dict[str, Any]) -> dict[str, Any]:
    full = [{"label": "rust", "group_id": None, **shape} for shape in shapes]
    return {"shapes": full, "imagePath": "..\\a.jpg", "imageWidth": 20, "imageHeight": 10}


def test_shapes_of_labelme(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.array([[1, 0], [0, 1]], np.uint8)).save(buffer, format="PNG")
    mask = base64.b64encode(buffer.getvalue()).decode()
    annotation = drawn(
        labelme(
            {"shape_type": "rectangle", "points": [[3, 2], [1, 1]]},
            {"shape_type": "circle", "points": [[6.5, 5.5], [6.5, 7]]},
            {"shape_type": "linestrip", "points": [[10, 0], [10, 2], [12, 2]]},
            {"shape_type": "point", "points": [[15.5, 5.5]]},
            {"shape_type": "mask", "points": [[18, 8], [19, 9]], "mask": mask},
            {"shape_type": "mask", "points": [[19, 0], [20, 1]], "mask": mask},
            {"shape_type": "polygon", "points": [[0, 9]], "label": "Unsure"},
            {"shape_type": "cuboid", "points": [[0, 9]]},
            {"points": [[0, 0], [20, 0], [20, 10]], "label": "leaf"},
        ),
        tmp_path,
    )
    expected = np.zeros((10, 20), np.uint16)
    expected[1, 1:3] = 1
    expected[4:7, 5:8] = 2
    expected[0:3, 10] = expected[2, 10:13] = 3
    expected[5, 15] = 4
    expected[8, 18] = expected[9, 19] = 5
    expected[0, 19] = 6
    expected[9, 0] = UNSURE
    np.testing.assert_array_equal(annotation.labels, expected)
    assert annotation.name == "a.jpg"
    notes = " ".join(annotation.notes)
    assert all(word in notes for word in ("one pixel wide", "single pixels", "cuboid", "no lesion"))


def test_groups_classes_and_overlap(tmp_path: Path) -> None:
    square = [[0, 0], [4, 0], [4, 4], [0, 4]]
    data = labelme(
        {"points": square, "group_id": 1},
        {"points": [[8, 0], [9, 0], [9, 1], [8, 1]], "group_id": 1},
        {"points": [[2, 2], [6, 2], [6, 6], [2, 6]], "label": "leaf"},
        {"points": [[12, 0], [13, 0], [13, 1], [12, 1]], "label": "glare"},
    )
    options = ReadOptions(unsure=frozenset({"GLARE"}), lesions=frozenset({"Leaf"}))
    annotation = drawn(data, tmp_path, options)
    assert annotation.labels[0, 0] == annotation.labels[0, 8] == 1
    assert annotation.labels[3, 3] == 2
    assert annotation.labels[0, 12] == UNSURE
    assert any("4 px belonged" in note for note in annotation.notes)


def test_layers_of_isat(tmp_path: Path) -> None:
    def found(category: str, layer: float, low: int, high: int) -> dict[str, Any]:
        square = [[low, low], [high, low], [high, high], [low, high]]
        return {"category": category, "group": 1, "layer": layer, "segmentation": square}

    info = {"description": "ISAT", "name": "b.jpg", "width": 10, "height": 10}
    objects = [found("__background__", 2.0, 3, 5), found("spot", 1.0, 1, 7)]
    annotation = drawn({"info": info, "objects": objects}, tmp_path)
    assert annotation.labels[1, 1] == 1
    assert annotation.labels[3, 3] == 0
    assert annotation.name == "b.jpg"


def test_yolo_boxes_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "labels" / "train"
    folder.mkdir(parents=True)
    (tmp_path / "data.yaml").write_text("names: ['rust', \"unsure\"]\ntrain: images\n")
    (folder / "a.b.txt").write_text(
        "0 0.5 0.5 0.2 0.4\n1 0 0 0.1 0 0.1 0.1 0 0.1\n\n0 1 2 3 4 5 6 7\n"
    )
    (entry,) = read_all(tmp_path)
    assert isinstance(entry, Entry)
    assert entry.name == "train/a.b"
    annotation = entry.decode(10, 10)
    expected = np.zeros((10, 10), np.uint16)
    expected[3:7, 4:6] = 1
    expected[0, 0] = UNSURE
    np.testing.assert_array_equal(annotation.labels, expected)
    assert any("rectangles" in note for note in annotation.notes)


@pytest.mark.parametrize(
    "content",
    [
        "names:\n  0: a\n  1: unsure\n",
        "names:\n- a\n- 'unsure'\n",
        "names: {0: a, 1: unsure}\nnc: 2\n",
    ],
)
def test_yolo_class_names(tmp_path: Path, content: str) -> None:
    from plantseg_gui.storage.formats.yolo import class_names

    (tmp_path / "data.yaml").write_text(content)
    assert class_names(tmp_path) == {0: "a", 1: "unsure"}


@settings(max_examples=60)
@given(labels=label_images())
def test_outlines_suit_opencv_and_pillow(labels: np.ndarray) -> None:
    """Readers that cut the coordinates off and paint outline and inside see the same pixels."""
    for value, pieces in trace(labels).items():
        seen = np.zeros(labels.shape, np.uint8)
        for piece in pieces:
            part = np.zeros_like(seen)
            cv2.fillPoly(part, [piece.joined.astype(np.int32)], 1)
            seen |= part
        np.testing.assert_array_equal(seen == 1, labels == value)


def test_many_nested_holes() -> None:
    labels = np.ones((3, 4001), np.uint16)
    labels[1, 1::2] = 0
    (piece,) = trace(labels)[1]
    assert len(piece.holes) == 2000
    patch = fill([join([piece])], 4001, 3, Budget())
    assert patch is not None
    np.testing.assert_array_equal(patch.mask, labels == 1)


def test_budget() -> None:
    points: Ring = np.array([[0, 0], [9, 0], [9, 9]], np.float64)
    with pytest.raises(TooMuch):
        fill([points], 10, 10, Budget(crossings=5))
    with pytest.raises(TooMuch):
        fill([points], 10, 10, Budget(pixels=5))
    assert fill([points + 100], 10, 10, Budget()) is None


def test_palettes_of_others(tmp_path: Path) -> None:
    indices = ring().astype(np.uint8)
    indices[ring() == UNSURE] = 255
    image = Image.fromarray(indices)
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255] + [9, 90, 20] * 252)
    image.save(tmp_path / "a_mask.png")
    (entry,) = read_all(tmp_path)
    assert isinstance(entry, Entry)
    np.testing.assert_array_equal(entry.annotation().labels, ring())
    Image.fromarray((indices == 1).astype(np.uint8) * 255).save(tmp_path / "a_mask.png")
    (entry,) = read_all(tmp_path)
    assert isinstance(entry, Entry)
    np.testing.assert_array_equal(entry.annotation().labels, ring() == 1)
    Image.fromarray(indices).save(tmp_path / "a_mask.png")
    (entry,) = read_all(tmp_path)
    assert isinstance(entry, Entry)
    np.testing.assert_array_equal(entry.annotation().labels, ring())
