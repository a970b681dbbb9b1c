"""Cellpose: `<photo>_seg.npy`, a pickled dictionary, beside each photo."""

import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from plantseg_gui.core.labels import MAX_LESION_ID, UNSURE
from plantseg_gui.core.results import LabelArray
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.storage.formats.annotation import (
    Annotation,
    Entry,
    Found,
    ReadOptions,
    WriteOptions,
    Written,
    has_unsure,
    lesion_ids,
)
from plantseg_gui.storage.formats.canvas import Canvas, check_same_size
from plantseg_gui.storage.formats.files import broken, photo_name, read_limited
from plantseg_gui.storage.formats.npy_pickle import load_dict
from plantseg_gui.storage.formats.photo_links import link_to_photo
from plantseg_gui.storage.formats.targets import Targets
from plantseg_gui.storage.image_open import check_size
from plantseg_gui.storage.pixels import AnyArray

ENDING = "_seg.npy"
# Cellpose packs the photo and its flows into the file: 30 bytes a pixel and more.
MAX_BYTES = 384 << 20
# A key of our own: Cellpose passes over it.
_UNSURE_KEY = "plantseg_unsure"


def read(path: Path, beside: PurePosixPath, options: ReadOptions) -> Found:
    """The photo of a `_seg.npy` file; nothing in it is executed.

    Args:
        path: The file.
        beside: Its folder, relative to the folder that was chosen.
        options: Not used: Cellpose has no classes.

    Raises:
        InputError: no readable file of Cellpose, or one with instructions to run.
    """
    del options
    content = load_dict(read_limited(path, MAX_BYTES), path)
    masks = content.get("masks")
    if not isinstance(masks, np.ndarray) or masks.dtype.kind not in "biu":
        raise broken(path, "it holds no masks")
    while masks.ndim > 2 and masks.shape[0] == 1:
        masks = masks[0]
    if masks.ndim != 2 or 0 in masks.shape:
        raise broken(path, "its masks are no plane picture (stacks are not read)")
    height, width = (int(n) for n in masks.shape)
    check_size(path, width, height)
    said = PurePosixPath(photo_name(content.get("filename")) or path.name).name
    if not said or said.endswith(ENDING):
        said = path.name.removesuffix(ENDING)
    name = (beside / said).as_posix()
    unsure = content.get(_UNSURE_KEY)
    if (
        not isinstance(unsure, np.ndarray)
        or unsure.shape != (height, width)
        or unsure.dtype != bool
    ):
        unsure = None

    def decode(photo_width: int, photo_height: int) -> Annotation:
        check_same_size(path, name, (width, height), (photo_width, photo_height))
        canvas = Canvas(path, name, width, height)
        _draw(canvas, masks)
        if unsure is not None:
            canvas.labels[unsure & (canvas.labels == 0)] = UNSURE
        return canvas.annotation()

    yield Entry(path, name, width, height, decode)


def write(items: Iterable[Annotation], folder: Path, options: WriteOptions) -> Written:
    """Write a `_seg.npy` file per photo, as Cellpose's own window saves it.

    Raises:
        StorageError: one could not be written.
    """
    files: list[Path] = []
    targets = Targets(folder, ENDING, options)
    notes = targets.notes
    for item in items:
        file = targets(item.name)
        content = _content(item, link_to_photo(file, item.name, options.photos))
        buffer = io.BytesIO()
        np.save(buffer, np.array(content, dtype=object), allow_pickle=True)
        write_bytes(file, buffer.getbuffer())
        files.append(file)
        if has_unsure(item.labels):
            notes.append(
                f"{item.name}: Cellpose does not show unsure pixels and drops them when it saves; "
                "this program reads them again."
            )
    return Written(tuple(files), tuple(notes))


def looks_like(content: bytes) -> bool:
    """Whether a file begins like a .npy file."""
    return content.startswith(b"\x93NUMPY")


def _draw(canvas: Canvas, masks: AnyArray) -> None:
    """Number the masks 1, 2, 3 …; old files count from -1."""
    low, high = int(masks.min()), int(masks.max())
    if low < -1 or high >= 1 << 32:
        canvas.note("Masks with impossible numbers were left out.")
    base = -1 if low == -1 else 0
    values = np.unique(masks)
    values = values[(values > base) & (values < 1 << 32)]
    if len(values) > MAX_LESION_ID:
        canvas.note(f"Only the first {MAX_LESION_ID} of {len(values)} masks were taken over.")
        values = values[:MAX_LESION_ID]
    if not len(values):
        return
    for start in range(0, masks.shape[0], 512):
        rows = masks[start : start + 512]
        place = np.minimum(np.searchsorted(values, rows), len(values) - 1)
        canvas.labels[start : start + 512] = np.where(values[place] == rows, place + 1, 0)


def _content(item: Annotation, filename: str) -> dict[str, Any]:
    """What Cellpose's window reads from a file (cellpose/gui/io.py, `_load_seg`)."""
    ids = lesion_ids(item.labels)
    table = np.zeros(UNSURE + 1, np.uint16)
    table[ids] = np.arange(1, len(ids) + 1)
    masks: LabelArray = table[item.labels]
    hues = np.arange(len(ids)) * 47 % 180
    hsv = np.stack([hues, np.full_like(hues, 200), np.full_like(hues, 255)], axis=1)
    colors = cv2.cvtColor(hsv.astype(np.uint8)[None], cv2.COLOR_HSV2RGB)[0] if ids else hsv
    content: dict[str, Any] = {
        "outlines": masks * _border(masks),
        "colors": colors.astype(np.uint8).reshape(-1, 3),
        "masks": masks,
        "chan_choose": [0, 0],
        "filename": filename,
        "flows": [[], [], [], [], [[]]],
        "ismanual": np.ones(len(ids), np.bool_),
        "manual_changes": [],
        "model_path": 0,
        "flow_threshold": 0.4,
        "cellprob_threshold": 0.0,
        "restore": None,
        "ratio": 1.0,
        "diameter": 30.0,
    }
    if has_unsure(item.labels):
        content[_UNSURE_KEY] = item.labels == UNSURE
    return content


def _border(masks: LabelArray) -> LabelArray:
    """1 at pixels with a neighbour (of 4) of another mask or outside, else 0; [H, W] uint16."""
    padded = np.pad(masks, 1)
    inner = padded[1:-1, 1:-1]
    same = (
        (padded[:-2, 1:-1] == inner)
        & (padded[2:, 1:-1] == inner)
        & (padded[1:-1, :-2] == inner)
        & (padded[1:-1, 2:] == inner)
    )
    return (~same).astype(np.uint16)
