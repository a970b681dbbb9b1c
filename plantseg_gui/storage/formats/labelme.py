"""labelme: one JSON file beside each photo.

Lesions without holes are polygons, which labelme can edit; those with holes are masks of labelme's
own kind, which keep them exactly. Pieces of one lesion carry the same group number. The photo is
not packed into the file.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.results import LabelArray
from plantseg_gui.storage.formats.annotation import (
    LESION_NAME,
    UNSURE_NAME,
    Annotation,
    Found,
    ReadOptions,
    WriteOptions,
    Written,
)
from plantseg_gui.storage.formats.files import write_json_file
from plantseg_gui.storage.formats.photo_links import link_to_photo
from plantseg_gui.storage.formats.polygons import Outline, trace
from plantseg_gui.storage.formats.shapes import mask_text, read_entry
from plantseg_gui.storage.formats.targets import Targets

_VERSION = "5.5.0"


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photo of a labelme file; see `shapes.read_entry`."""
    yield read_entry(path, beside, options)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write a JSON file per photo.

    Raises:
        StorageError: one could not be written.
    """
    files: list[Path] = []
    targets = Targets(folder, ".json", options)
    unsure = False
    for item in items:
        file = targets(item.name)
        shapes: list[dict[str, Any]] = []
        for value, outlines in trace(item.labels).items():
            unsure |= value == UNSURE
            shapes += _shapes(item.labels, value, outlines, options.masks)
        content: dict[str, Any] = {
            "version": _VERSION,
            "flags": {},
            "shapes": shapes,
            "imagePath": link_to_photo(file, item.name, options.photos),
            "imageData": None,
            "imageHeight": item.height,
            "imageWidth": item.width,
        }
        write_json_file(file, content)
        files.append(file)
    notes = targets.notes
    if unsure:
        notes.append(f'Unsure pixels have the label "{UNSURE_NAME}".')
    return Written(tuple(files), tuple(notes))


def looks_like(data: object) -> bool:
    """Whether a JSON value is labelme's or X-AnyLabeling's."""
    return isinstance(data, dict) and "shapes" in data


def _shapes(
    labels: LabelArray, value: int, outlines: list[Outline], masks: bool
) -> list[dict[str, Any]]:
    """The shapes of one lesion: one mask, or a polygon for each piece."""
    if masks or any(outline.holes for outline in outlines):
        corners = np.concatenate([outline.outer for outline in outlines])
        (x0, y0), (x1, y1) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
        mask = labels[int(y0) : int(y1), int(x0) : int(x1)] == value
        corner_points = [[float(x0), float(y0)], [float(x1 - 1), float(y1 - 1)]]
        return [_shape(value, None, "mask", corner_points, mask_text(mask))]
    group = value if len(outlines) > 1 and value != UNSURE else None
    return [_shape(value, group, "polygon", o.outer.tolist(), None) for o in outlines]


def _shape(
    value: int, group: int | None, kind: str, points: list[list[float]], mask: str | None
) -> dict[str, Any]:
    return {
        "label": UNSURE_NAME if value == UNSURE else LESION_NAME,
        "points": points,
        "group_id": group,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": mask,
    }
