"""ISAT: one JSON file beside each photo; objects of one group are one lesion.

ISAT has no holes: written ones are joined to the outline by bridges. In files of ISAT itself,
objects of the class "__background__" on a higher layer cut holes.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.storage.formats.annotation import (
    LESION_NAME,
    UNSURE_NAME,
    Annotation,
    Entry,
    Found,
    Meaning,
    ReadOptions,
    WriteOptions,
    Written,
)
from plantseg_gui.storage.formats.canvas import Canvas, check_same_size
from plantseg_gui.storage.formats.files import (
    broken,
    photo_name,
    read_json,
    text,
    whole,
    write_json_file,
)
from plantseg_gui.storage.formats.polygons import Outline, trace
from plantseg_gui.storage.formats.raster import as_ring
from plantseg_gui.storage.formats.targets import Targets

_LAYER = 1.0


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photo of an ISAT file.

    Args:
        path: JSON file of one photo.
        beside: Its folder, relative to the folder that was chosen.
        options: What the classes are.

    Raises:
        InputError: no readable ISAT file.
    """
    data = read_json(path)
    if not looks_like(data) or not isinstance(data["objects"], list):
        raise broken(path, "it has no list of objects")
    info = data["info"]
    name = photo_name(info.get("name"), beside) or (beside / path.stem).as_posix()
    width, height = whole(info.get("width"), 1), whole(info.get("height"), 1)
    objects = [found for found in data["objects"] if isinstance(found, dict)]
    objects.sort(key=_layer)

    def decode(photo_width: int, photo_height: int) -> Annotation:
        if width and height:
            check_same_size(path, name, (width, height), (photo_width, photo_height))
        canvas = Canvas(path, name, photo_width, photo_height)
        for found in objects:
            _draw(canvas, found, options)
        return canvas.annotation()

    yield Entry(path, name, width or 0, height or 0, decode)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write a JSON file per photo.

    Raises:
        StorageError: one could not be written.
    """
    files: list[Path] = []
    targets = Targets(folder, ".json", options)
    unsure = holes = False
    for item in items:
        file = targets(item.name)
        outlines = trace(item.labels)
        unsure |= UNSURE in outlines
        holes |= any(o.holes for pieces in outlines.values() for o in pieces)
        content = {
            "info": {
                "description": "ISAT",
                "folder": str(options.photos or ""),
                "name": PurePosixPath(item.name).name,
                "width": item.width,
                "height": item.height,
                "depth": 3,
                "note": "",
            },
            "objects": [
                _object(outline, group)
                for group, pieces in enumerate(outlines.values(), start=1)
                for outline in pieces
            ],
        }
        write_json_file(file, content)
        files.append(file)
    notes = targets.notes
    if unsure:
        notes.append(f'Unsure pixels are the category "{UNSURE_NAME}".')
    if holes:
        notes.append("ISAT has no holes: they are joined to the outline by a cut.")
    return Written(tuple(files), tuple(notes))


def looks_like(data: object) -> bool:
    """Whether a JSON value is ISAT's."""
    return isinstance(data, dict) and isinstance(data.get("info"), dict) and "objects" in data


def _layer(found: dict[str, Any]) -> float:
    layer = found.get("layer")
    usable = isinstance(layer, int | float) and abs(layer) < 1e9
    return float(layer) if usable and layer is not None else _LAYER


def _draw(canvas: Canvas, found: dict[str, Any], options: ReadOptions) -> None:
    name = text(found.get("category"))
    meaning = options.meaning(name)
    number = whole(found.get("group"), 1)
    group = (name, number) if number is not None and meaning is Meaning.LESION else None
    ring = as_ring(found.get("segmentation"))
    if found.get("shape_type") == "point":
        canvas.skip("points, which have no area")
        return
    canvas.polygon([ring], meaning, group)


def _object(outline: Outline, group: int) -> dict[str, Any]:
    low, high = np.floor(outline.outer.min(axis=0)), np.ceil(outline.outer.max(axis=0))
    x, y = outline.joined[:, 0], outline.joined[:, 1]
    area = abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2))
    return {
        "category": UNSURE_NAME if outline.label == UNSURE else LESION_NAME,
        "group": group,
        "segmentation": outline.joined.tolist(),
        "area": area,
        "layer": _LAYER,
        "bbox": [*low.tolist(), *high.tolist()],
        "iscrowd": False,
        "note": "",
        "shape_type": "polygon",
    }
