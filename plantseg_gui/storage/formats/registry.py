"""The table of formats, and reading and writing through it.

Reading: `read_all(path)` gives an `Entry` for each photo in a file, or in all files of a folder;
`pairing.pair` puts them to photos. Writing: `write(key, items, folder)`.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from plantseg_gui.core.errors import InputError, MemoryLimitError
from plantseg_gui.storage.formats import (
    anylabeling,
    cellpose,
    coco,
    hdf5,
    isat,
    labelme,
    png,
    yolo,
)
from plantseg_gui.storage.formats.annotation import (
    Annotation,
    Failure,
    Found,
    ReadOptions,
    WriteOptions,
    Written,
)
from plantseg_gui.storage.formats.files import broken, read_json, read_limited
from plantseg_gui.storage.image_open import open_file
from plantseg_gui.storage.images import PHOTO_SUFFIXES
from plantseg_gui.storage.project_files import PROJECT_FOLDER

MAX_FILES = 100_000

Reader = Callable[[Path, PurePosixPath, ReadOptions], Found]
Writer = Callable[[Iterable[Annotation], Path, WriteOptions], Written]


@dataclass(frozen=True)
class Format:
    """A format for annotations.

    Attributes:
        key: For settings and the command line.
        label: For people.
        endings: Of its files, lower case.
        per_photo: A file per photo; else one for all.
        keeps: What gets through: a short text for a dialog.
        read: Reader of one file, or None: another line of the table reads it.
        write: Writer.
    """

    key: str
    label: str
    endings: tuple[str, ...]
    per_photo: bool
    keeps: str
    read: Reader
    write: Writer


_PICTURES = tuple(sorted(PHOTO_SUFFIXES))

FORMATS: dict[str, Format] = {
    f.key: f
    for f in (
        Format(
            "png-labels", "PNG, 16-bit lesion numbers", _PICTURES, True,
            "everything", png.read, png.write_numbers,
        ),
        Format(
            "png-palette", "PNG, palette", _PICTURES, True,
            "up to 254 lesions, unsure pixels", png.read, png.write_palette,
        ),
        Format(
            "png-binary", "PNG, black and white", _PICTURES, True,
            "diseased or not; neither single lesions nor unsure pixels",
            png.read, png.write_binary,
        ),
        Format(
            "coco", "COCO instances (JSON)", (".json",), False,
            "everything", coco.read, coco.write,
        ),
        Format(
            "yolo", "YOLO segmentation (TXT)", (".txt",), True,
            "everything; holes as cuts", yolo.read, yolo.write,
        ),
        Format(
            "labelme", "labelme (JSON)", (".json",), True,
            "everything", labelme.read, labelme.write,
        ),
        Format(
            "anylabeling", "X-AnyLabeling (JSON)", (".json",), True,
            "everything; holes as cuts", anylabeling.read, anylabeling.write,
        ),
        Format(
            "isat", "ISAT (JSON)", (".json",), True,
            "everything; holes as cuts", isat.read, isat.write,
        ),
        Format(
            "cellpose", "Cellpose (_seg.npy)", (".npy",), True,
            "everything; Cellpose does not show unsure pixels", cellpose.read, cellpose.write,
        ),
        Format(
            "hdf5", "Exchange file (HDF5)", (".h5", ".hdf5"), False,
            "everything", hdf5.read, hdf5.write,
        ),
    )
}  # fmt: skip
_NOT_ANNOTATIONS = frozenset({"classes.txt", "train.txt", "val.txt", "test.txt", "readme.txt"})


def detect(path: Path) -> str:
    """The key of the format of a file, by its content; for a folder, of its first known file.

    Raises:
        InputError: nothing that can be read as annotations.
    """
    if path.is_dir():
        for file in _files(path):
            try:
                return detect(file)
            except InputError:
                continue
        raise InputError(
            f"{path} holds no annotations that this program can read.",
            "Choose a folder of masks or of files of labelme, YOLO, ISAT, Cellpose or COCO.",
        )
    ending = path.suffix.lower()
    if ending == ".json":
        return _detect_json(path)
    if ending == ".txt":
        return _detect_text(path)
    with open_file(path) as handle:
        head = handle.read(512)
    if cellpose.looks_like(head):
        return "cellpose"
    if head.startswith(hdf5.MAGIC) or ending in FORMATS["hdf5"].endings:
        return "hdf5"
    if ending in PHOTO_SUFFIXES:
        return "png-labels"
    raise broken(path, "it is none of the known kinds of annotations")


def read_all(path: Path, key: str = "", options: ReadOptions | None = None) -> Found:
    """The photos' annotations in a file, or in all files of a folder and below it.

    A file that cannot be used becomes a `Failure`; the others go on.

    Args:
        path: File or folder.
        key: Of `FORMATS`; "" finds out for each file.
        options: What the classes are.

    Raises:
        InputError: unknown key; or a folder without files of this format.
    """
    if key and key not in FORMATS:
        raise InputError(f"{key!r} is no known format.", f"Use one of: {', '.join(FORMATS)}.")
    options = options or ReadOptions()
    if not path.is_dir():
        yield from _read_file(path, PurePosixPath(), key, options)
        return
    endings = FORMATS[key].endings if key else ()
    files = _files(path, endings)
    if not files:
        raise InputError(
            f"{path} holds no files of the format {FORMATS[key].label if key else 'wanted'}.",
            "Choose another folder or format.",
        )
    for file in files:
        beside = PurePosixPath(file.parent.relative_to(path).as_posix())
        yield from _read_file(file, beside, key, options)


def write(
    key: str, items: Iterable[Annotation], folder: Path, options: WriteOptions | None = None
) -> Written:
    """Write annotations; only one photo's labels are in memory at a time.

    Args:
        key: Of `FORMATS`.
        items: Photos with the names that the files shall carry.
        folder: Made when it is not there; existing files of the same names are replaced.
        options: How to write.

    Raises:
        InputError: unknown key.
        StorageError: a file could not be written; those before it are complete.
    """
    if key not in FORMATS:
        raise InputError(f"{key!r} is no known format.", f"Use one of: {', '.join(FORMATS)}.")
    return FORMATS[key].write(items, folder, options or WriteOptions())


def _read_file(path: Path, beside: PurePosixPath, key: str, options: ReadOptions) -> Found:
    try:
        yield from FORMATS[key or detect(path)].read(path, beside, options)
    except InputError as error:
        yield Failure(path, "", error)
    except (MemoryLimitError, MemoryError):
        yield Failure(path, "", broken(path, "it does not fit into memory"))


def _files(folder: Path, endings: tuple[str, ...] = ()) -> list[Path]:
    """Files that may hold annotations, in the order of names; linked folders are not entered.

    Beside files of other kinds pictures are photos, not masks.
    """
    known = set(endings) or {ending for f in FORMATS.values() for ending in f.endings}
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f != PROJECT_FOLDER and not f.startswith("."))
        for name in sorted(names):
            usable = not name.startswith(".") and name.lower() not in _NOT_ANNOTATIONS
            if usable and os.path.splitext(name)[1].lower() in known:
                found.append(Path(place, name))
        if len(found) >= MAX_FILES:
            break
    others = [file for file in found if file.suffix.lower() not in PHOTO_SUFFIXES]
    return (others or found)[:MAX_FILES]


def _detect_json(path: Path) -> str:
    data = read_json(path)
    for key, module in (("coco", coco), ("isat", isat), ("anylabeling", anylabeling)):
        if module.looks_like(data):
            return key
    if labelme.looks_like(data):
        return "labelme"
    raise broken(path, "it is none of the known kinds of annotations")


def _detect_text(path: Path) -> str:
    if path.is_file() and path.stat().st_size == 0:
        return "yolo"
    if yolo.looks_like(read_limited(path, yolo.MAX_TXT_BYTES)[:4096]):
        return "yolo"
    raise broken(path, "it is none of the known kinds of annotations")
