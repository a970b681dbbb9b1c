"""YOLO segmentation (ultralytics): `labels/<photo>.txt`, a polygon per line, and `data.yaml`.

A line is one lesion: holes and pieces are joined by bridges, as ultralytics' own converter does
it. The bridge to a hole lies in the lesion and changes nothing; the one between two pieces is
drawn by ultralytics one pixel wide, and read back here without a trace. The files do not say the
photo's size, so it must be known.
"""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.storage.atomic import write_text
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
from plantseg_gui.storage.formats.canvas import Canvas
from plantseg_gui.storage.formats.files import broken, read_limited
from plantseg_gui.storage.formats.polygons import Outline, join, trace
from plantseg_gui.storage.formats.raster import Ring
from plantseg_gui.storage.formats.targets import Targets

MAX_TXT_BYTES = 64 << 20
_MAX_LINES = 70_000
_NAMES_FILES = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt", "obj.names")


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The lines of one photo.

    Args:
        path: Text file.
        beside: Its folder, relative to the folder that was chosen; "labels" in it does not count.
        options: What the classes are; their names are taken from `data.yaml` or `classes.txt` in
            the file's folder or the three above it.

    Raises:
        InputError: not readable, or no text.
    """
    data = read_limited_or_empty(path)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise broken(path, "it is no text") from error
    parts = [part for part in beside.parts if part != "labels"]
    name = PurePosixPath(*parts, path.stem).as_posix()
    names = class_names(path.parent)

    def decode(photo_width: int, photo_height: int) -> Annotation:
        canvas = Canvas(path, name, photo_width, photo_height)
        size = np.array([photo_width, photo_height], np.float64)
        for line in lines[:_MAX_LINES]:
            if line.strip():
                _draw(canvas, line, size, names, options)
        if len(lines) > _MAX_LINES:
            canvas.note(f"Only the first {_MAX_LINES} lines were read.")
        return canvas.annotation()

    yield Entry(path, name, 0, 0, decode)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write a text file per photo below `labels`, and `data.yaml`.

    Raises:
        StorageError: one could not be written.
    """
    files: list[Path] = []
    targets = Targets(folder / "labels", ".txt", options)
    notes = targets.notes
    unsure = holes = False
    for item in items:
        outlines = trace(item.labels)
        lines = []
        for value, pieces in outlines.items():
            unsure |= value == UNSURE
            holes |= any(piece.holes for piece in pieces)
            if len(pieces) > 1 and value != UNSURE:
                notes.append(
                    f"{item.name}: lesion {value} has {len(pieces)} pieces; they are joined by "
                    "lines, which YOLO draws one pixel wide."
                )
            lines += [_line(value, ring, item) for ring in _rings(value, pieces)]
        files.append(targets(item.name))
        write_text(files[-1], "".join(f"{line}\n" for line in lines))
    files.append(folder / "data.yaml")
    write_text(files[-1], _data_yaml(unsure, options.photos))
    if unsure:
        notes.insert(0, f'YOLO cannot pass over pixels: unsure ones are class 1 "{UNSURE_NAME}".')
    if holes:
        notes.insert(0, "YOLO has no holes: they are joined to the outline by a cut.")
    return Written(tuple(files), tuple(notes))


def looks_like(content: bytes) -> bool:
    """Whether the beginning of a text file looks like YOLO's."""
    lines = content.decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line.strip()), "").split()[:6]
    return len(first) >= 5 and all(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", n) for n in first)


def class_names(folder: Path) -> dict[int, str]:
    """Class number → name, from the nearest file that lists them; empty when there is none."""
    for place in [folder, *folder.parents][:4]:
        for file in _NAMES_FILES:
            if (place / file).is_file():
                try:
                    content = read_limited(place / file, 1 << 20).decode("utf-8", "replace")
                except InputError:
                    continue
                return _yaml_names(content) if file.endswith("ml") else _plain_names(content)
    return {}


def read_limited_or_empty(path: Path) -> bytes:
    """A file's content; an empty file, YOLO's "nothing here", is no error. Raises InputError."""
    try:
        if path.is_file() and path.stat().st_size == 0:
            return b""
    except OSError as error:
        raise broken(path, error.strerror or "it cannot be read") from error
    return read_limited(path, MAX_TXT_BYTES)


def _draw(
    canvas: Canvas, line: str, size: Ring, names: dict[int, str], options: ReadOptions
) -> None:
    try:
        numbers = np.array(line.split(), np.float64)
    except ValueError:
        canvas.skip("lines that are no numbers")
        return
    count = len(numbers) - 1
    if not bool(np.isfinite(numbers).all()) or count < 4 or abs(numbers[0]) > 1e6:
        canvas.skip("lines of impossible numbers")
        return
    name = names.get(int(numbers[0]))
    meaning = Meaning.LESION if name is None else options.meaning(name)
    if count in (4, 5):
        canvas.note("Lines with a box only were taken over as rectangles.")
        (x, y), (w, h) = numbers[1:3], numbers[3:5] / 2
        ring = np.array([[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h]])
    elif count % 2:
        canvas.skip("lines of an odd number of coordinates")
        return
    else:
        ring = numbers[1:].reshape(-1, 2)
    canvas.polygon([ring * size], meaning)


def _rings(value: int, pieces: list[Outline]) -> list[Ring]:
    """One polygon for a lesion; one for each piece of the unsure pixels, which are no object."""
    return [piece.joined for piece in pieces] if value == UNSURE else [join(pieces)]


def _line(value: int, ring: Ring, item: Annotation) -> str:
    # 8 digits: a millionth of a pixel also in the largest photos.
    numbers = (ring / np.array([item.width, item.height])).reshape(-1)
    return f"{int(value == UNSURE)} " + " ".join(f"{n:.8f}" for n in numbers)


def _data_yaml(unsure: bool, photos: Path | None) -> str:
    names = [LESION_NAME, UNSURE_NAME] if unsure else [LESION_NAME]
    lines = ["# Put the photos into the folder images, beside labels."]
    if photos is not None:
        lines.append(f"# They come from: {str(photos)!r}")
    lines += ["path: .", "train: images", "val: images", "names:"]
    return "\n".join([*lines, *(f"  {number}: {name}" for number, name in enumerate(names)), ""])


def _plain_names(content: str) -> dict[int, str]:
    return {number: line.strip() for number, line in enumerate(content.splitlines())}


def _yaml_names(content: str) -> dict[int, str]:
    """The `names` of a data file: a list in one line, or entries below, with numbers or dashes."""
    inline = re.search(r"^names\s*:\s*[\[{]([^\]}]*)[\]}]", content, re.MULTILINE)
    if inline:
        parts = [part.strip() for part in inline.group(1).split(",")]
        return dict(_numbered(number, part) for number, part in enumerate(parts) if part)
    block = re.search(
        r"^names\s*:[^\n]*\n((?:[ \t]*(?:-|\d+\s*:)[^\n]*\n?)*)", content, re.MULTILINE
    )
    lines = block.group(1).splitlines() if block else []
    return dict(_numbered(number, line.strip()) for number, line in enumerate(lines))


def _numbered(number: int, part: str) -> tuple[int, str]:
    """Number and name in "3: rust", "- rust" or "rust"."""
    own = re.match(r"(\d{1,6})\s*:\s*(.*)", part)
    if own:
        number, part = int(own.group(1)), own.group(2)
    return number, part.removeprefix("-").strip().strip("'\"")
