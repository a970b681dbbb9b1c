"""X-AnyLabeling: labelme's file with further fields, but without masks.

Holes are joined to the outline by bridges; pieces of one lesion carry the same group number.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from plantseg_gui.core.labels import UNSURE
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
from plantseg_gui.storage.formats.shapes import read_entry
from plantseg_gui.storage.formats.targets import Targets

_VERSION = "3.0.0"
_OWN_FIELDS = ("difficult", "kie_linking", "attributes", "score")


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photo of an X-AnyLabeling file; see `shapes.read_entry`."""
    yield read_entry(path, beside, options)


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
        shapes = [
            _shape(outline, value if len(pieces) > 1 and value != UNSURE else None)
            for value, pieces in outlines.items()
            for outline in pieces
        ]
        content = {
            "version": _VERSION,
            "flags": {},
            "checked": False,
            "shapes": shapes,
            "description": "",
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
    if holes:
        notes.append("X-AnyLabeling has no holes: they are joined to the outline by a cut.")
    return Written(tuple(files), tuple(notes))


def looks_like(data: object) -> bool:
    """Whether a JSON value is X-AnyLabeling's rather than labelme's."""
    if not isinstance(data, dict) or not isinstance(data.get("shapes"), list):
        return False
    shapes = [shape for shape in data["shapes"][:20] if isinstance(shape, dict)]
    return "checked" in data or any(field in shape for shape in shapes for field in _OWN_FIELDS)


def _shape(outline: Outline, group: int | None) -> dict[str, Any]:
    return {
        "label": UNSURE_NAME if outline.label == UNSURE else LESION_NAME,
        "score": None,
        "points": outline.joined.tolist(),
        "group_id": group,
        "description": "",
        "difficult": False,
        "shape_type": "polygon",
        "flags": {},
        "attributes": {},
        "kie_linking": [],
    }
