"""COCO instances: one JSON file for all photos, an annotation per lesion.

Written with run lengths, which hold holes exactly, or with polygons on request. Unsure pixels are
the class "unsure" with `iscrowd` 1, which training programs pass over. Files of several photos
are read as they are; annotations without outline (boxes) are left out with a note.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from plantseg_gui.core.labels import UNSURE
from plantseg_gui.storage.formats import rle
from plantseg_gui.storage.formats.annotation import (
    LESION_NAME,
    PROGRAM,
    UNSURE_NAME,
    Annotation,
    Entry,
    Failure,
    Found,
    Meaning,
    ReadOptions,
    WriteOptions,
    Written,
    lesion_ids,
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
from plantseg_gui.storage.formats.raster import Patch, TooMuch, as_ring

FILE_NAME = "annotations.json"
_LESION_ID, _UNSURE_ID = 1, 2


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photos of a COCO file.

    Args:
        path: JSON file.
        beside: Not used: COCO names photos by itself.
        options: What the classes are.

    Raises:
        InputError: no readable COCO file.
    """
    del beside
    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("images"), list):
        raise broken(path, "it has no list of images")
    annotations = data.get("annotations")
    if not isinstance(annotations, list):
        raise broken(path, "it has no list of annotations")
    meanings = _meanings(data.get("categories"), options)
    of_image: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for annotation in annotations:
        if isinstance(annotation, dict):
            of_image[text(annotation.get("image_id"))].append(annotation)
    for image in data["images"]:
        yield _entry(path, image, of_image, meanings)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write `annotations.json`.

    Raises:
        StorageError: it could not be written.
    """
    # Here, so that the window does not load scipy when it opens.
    from scipy.ndimage import find_objects

    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    notes: list[str] = []
    for number, item in enumerate(items, start=1):
        images.append(
            {"id": number, "file_name": item.name, "width": item.width, "height": item.height}
        )
        boxes = find_objects(item.labels)
        for value in _values(item):
            box = boxes[value - 1]
            annotations.append(_annotation(item, value, box, number, len(annotations) + 1))
        if options.polygons:
            _use_polygons(item, annotations)
    unsure = any(a["category_id"] == _UNSURE_ID for a in annotations)
    if unsure:
        notes.append(
            f'Unsure pixels are the class "{UNSURE_NAME}" with iscrowd 1, always as run lengths.'
        )
    categories = [{"id": _LESION_ID, "name": LESION_NAME, "supercategory": "leaf"}]
    if unsure:
        categories.append({"id": _UNSURE_ID, "name": UNSURE_NAME, "supercategory": "leaf"})
    file = folder / FILE_NAME
    content = {
        "info": {"description": PROGRAM, "version": "1.0"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    write_json_file(file, content)
    return Written((file,), tuple(notes))


def looks_like(data: object) -> bool:
    """Whether a JSON value is COCO."""
    return isinstance(data, dict) and "images" in data and "annotations" in data


def _values(item: Annotation) -> list[int]:
    values = lesion_ids(item.labels)
    return [*values, UNSURE] if bool((item.labels == UNSURE).any()) else values


def _annotation(
    item: Annotation, value: int, box: tuple[slice, slice], image_id: int, number: int
) -> dict[str, Any]:
    """One lesion, or all unsure pixels, with run lengths."""
    mask = item.labels[box] == value
    rows, columns = box
    height, width = mask.shape
    runs = rle.encode(Patch(columns.start, rows.start, mask), item.width, item.height)
    return {
        "id": number,
        "image_id": image_id,
        "category_id": _UNSURE_ID if value == UNSURE else _LESION_ID,
        "iscrowd": int(value == UNSURE),
        "area": int(mask.sum()),
        "bbox": [float(v) for v in (columns.start, rows.start, width, height)],
        "segmentation": runs,
    }


def _use_polygons(item: Annotation, annotations: list[dict[str, Any]]) -> None:
    """Replace the run lengths of a photo's lesions, the last of the list, by polygons."""
    outlines = trace(item.labels)
    values = _values(item)
    for value, annotation in zip(
        values, annotations[len(annotations) - len(values) :], strict=True
    ):
        if value != UNSURE:
            annotation["segmentation"] = [_flat(piece) for piece in outlines[value]]


def _flat(outline: Outline) -> list[float]:
    return [float(v) for v in outline.joined.reshape(-1)]


def _meanings(categories: object, options: ReadOptions) -> dict[str, Meaning]:
    """Class number, as text → what it is."""
    found = {}
    for category in categories if isinstance(categories, list) else []:
        if isinstance(category, dict):
            found[text(category.get("id"))] = options.meaning(text(category.get("name")))
    return found


def _entry(
    path: Path,
    image: object,
    of_image: dict[str, list[dict[str, Any]]],
    meanings: dict[str, Meaning],
) -> Entry | Failure:
    if not isinstance(image, dict) or not photo_name(image.get("file_name")):
        return Failure(path, "", broken(path, "an entry of its images has no file name"))
    name = photo_name(image["file_name"])
    width, height = whole(image.get("width"), 1), whole(image.get("height"), 1)
    if width is None or height is None:
        return Failure(path, name, broken(path, f"the size of {name} is missing or impossible"))
    own = of_image.get(text(image.get("id")), [])

    def decode(photo_width: int, photo_height: int) -> Annotation:
        check_same_size(path, name, (width, height), (photo_width, photo_height))
        canvas = Canvas(path, name, width, height)
        for annotation in own:
            meaning = meanings.get(text(annotation.get("category_id")), Meaning.LESION)
            _draw(canvas, annotation, meaning)
        return canvas.annotation()

    return Entry(path, name, width, height, decode)


def _draw(canvas: Canvas, annotation: dict[str, Any], meaning: Meaning) -> None:
    """Draw one annotation; what cannot be used becomes a note."""
    shape = annotation.get("segmentation")
    if isinstance(shape, dict):
        _draw_runs(canvas, shape, meaning)
    elif isinstance(shape, list) and shape:
        group = canvas.new_group()
        parts = [shape] if not isinstance(shape[0], list | tuple) else shape
        for part in parts:
            canvas.polygon([as_ring(part)], meaning, group)
    elif annotation.get("bbox"):
        canvas.skip("only a box, no outline")
    else:
        canvas.skip("no outline")


def _draw_runs(canvas: Canvas, shape: dict[str, Any], meaning: Meaning) -> None:
    size = shape.get("size")
    if not isinstance(size, list) or [whole(n) for n in size] != [canvas.height, canvas.width]:
        canvas.skip("run lengths of another size than the photo")
        return
    if canvas.full:
        canvas.too_much()
        return
    try:
        patch = rle.decode(shape.get("counts"), canvas.width, canvas.height, canvas.budget)
    except rle.BadRuns as error:
        canvas.skip(f"damaged run lengths ({error})")
    except TooMuch:
        canvas.too_much()
    else:
        canvas.patch(patch, meaning)
