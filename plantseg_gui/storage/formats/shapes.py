"""The shapes of labelme and X-AnyLabeling, whose JSON files differ in a few fields only."""

import base64
import binascii
import io
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from plantseg_gui.core.results import BoolArray
from plantseg_gui.storage.formats.annotation import Annotation, Entry, Meaning, ReadOptions
from plantseg_gui.storage.formats.canvas import Canvas, check_same_size
from plantseg_gui.storage.formats.files import broken, photo_name, read_json, text, whole
from plantseg_gui.storage.formats.raster import Patch, Ring, TooMuch, as_ring, disc, lines
from plantseg_gui.storage.image_open import DECODE_FAULTS, max_pixels

_POLYGONS = ("polygon", "rotation", "oriented_rectangle", "quadrilateral", "rectangle")


def read_entry(path: Path, beside: PurePosixPath, options: ReadOptions) -> Entry:
    """A file of labelme or X-AnyLabeling.

    Args:
        path: JSON file of one photo.
        beside: Its folder, relative to the folder that was chosen.
        options: What the classes are.

    Raises:
        InputError: no readable file of this kind.
    """
    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("shapes"), list):
        raise broken(path, "it has no list of shapes")
    name = photo_name(data.get("imagePath"), beside) or (beside / path.stem).as_posix()
    width, height = whole(data.get("imageWidth"), 1), whole(data.get("imageHeight"), 1)
    shapes = data["shapes"]

    def decode(photo_width: int, photo_height: int) -> Annotation:
        if width and height:
            check_same_size(path, name, (width, height), (photo_width, photo_height))
        canvas = Canvas(path, name, photo_width, photo_height)
        for shape in shapes:
            if isinstance(shape, dict):
                _draw(canvas, shape, options)
            else:
                canvas.skip("no shape")
        return canvas.annotation()

    return Entry(path, name, width or 0, height or 0, decode)


def mask_text(mask: BoolArray) -> str:
    """[h, w] bool as labelme keeps masks: a PNG of 0 and 1 in base 64."""
    buffer = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8)).save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _draw(canvas: Canvas, shape: dict[str, Any], options: ReadOptions) -> None:
    """Draw one shape; what cannot be used becomes a note."""
    meaning = options.meaning(text(shape.get("label")))
    group = _group(shape, meaning)
    kind = text(shape.get("shape_type")) or "polygon"
    points = as_ring(shape.get("points"))
    if meaning is Meaning.LEFT_OUT:
        canvas.patch(None, meaning)
    elif canvas.full:
        canvas.too_much()
    elif points is None:
        canvas.skip("points that are no finite numbers")
    elif kind in _POLYGONS:
        canvas.polygon([_box(points) if len(points) == 2 else points], meaning, group)
    else:
        try:
            _draw_other(canvas, shape, kind, points, meaning)
        except TooMuch:
            canvas.too_much()


def _draw_other(
    canvas: Canvas, shape: dict[str, Any], kind: str, points: Ring, meaning: Meaning
) -> None:
    group = _group(shape, meaning)
    size, budget = (canvas.width, canvas.height), canvas.budget
    if kind == "mask":
        canvas.patch(_mask(canvas, shape, points), meaning, group)
    elif kind == "circle" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        x, y = (float(v) for v in points[0])
        canvas.patch(disc(x, y, radius, *size, budget), meaning, group)
    elif kind in ("line", "linestrip"):
        canvas.note("Lines were taken over one pixel wide.")
        canvas.patch(lines([points], *size, budget), meaning, group)
    elif kind in ("point", "points"):
        canvas.note("Points were taken over as single pixels.")
        single = [point[None] for point in points[:10_000]]
        canvas.patch(lines(single, *size, budget, closed=True), meaning, group)
    else:
        canvas.skip(f"of the unknown shape {kind[:40]!r}")


def _mask(canvas: Canvas, shape: dict[str, Any], points: Ring) -> Patch | None:
    """A shape's own mask, cut to the photo; None when it lies outside or cannot be used."""
    data = shape.get("mask")
    try:
        raw = base64.b64decode(data if isinstance(data, str) else b"", validate=True)
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
            if image.width * image.height > max_pixels():
                raise ValueError("too large")
            canvas.budget.take(pixels=image.width * image.height)
            mask = np.asarray(image.convert("L") if image.mode == "P" else image)
    except (*DECODE_FAULTS, binascii.Error, MemoryError):
        canvas.skip("a damaged mask")
        return None
    mask = mask != 0 if mask.ndim == 2 else (mask != 0).any(axis=2)
    x, y = (int(v) for v in np.clip(np.rint(points[0]), -(10**7), 10**7))
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(canvas.width, x + mask.shape[1]), min(canvas.height, y + mask.shape[0])
    if x1 <= x0 or y1 <= y0:
        return None
    return Patch(x0, y0, mask[y0 - y : y1 - y, x0 - x : x1 - x])


def _group(shape: dict[str, Any], meaning: Meaning) -> tuple[str, str] | None:
    """Shapes of one class and group number are one lesion, as labelme has it."""
    number = shape.get("group_id")
    return None if number is None else (meaning.value + text(shape.get("label")), text(number))


def _box(corners: Ring) -> Ring:
    """Two opposite corners [2, 2] as a rectangle [4, 2]."""
    (x0, y0), (x1, y1) = corners
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
