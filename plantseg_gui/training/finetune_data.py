"""The photos of a retraining run, with what a person has not looked at left out."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.duplicates import DuplicateIndex, Fingerprint
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.photo_hash import photo_hash
from plantseg_gui.core.scale import network_size
from plantseg_gui.storage.image_open import is_tiff, open_image
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_labels, read_mask
from plantseg_gui.training.job import JobPhoto
from plantseg_gui.training.photo_cache import TrainPhoto, make_photo

# Where a person touched a photo without checking it in full, this much around is taken to be
# looked at: half of the network's tile.
TOUCHED_CELL_PX = 128
_SOURCE = "own"
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo that can be trained on or judged by.

    Attributes:
        photo_id: Its name in events.
        approved: Whether a person checked the whole leaf.
        photo: Pixels, labels and where they count.
        keep_out: Whether it belongs to the person's own test set.
        group: Photos of one group look alike; empty = alone.
        earlier: Whether an earlier training has learned from it.
    """

    photo_id: str
    approved: bool
    photo: TrainPhoto
    keep_out: bool = False
    group: str = ""
    earlier: bool = False


def read_photos(
    items: Sequence[JobPhoto],
    keep: float,
    *,
    on_bad: Callable[[str, AppError], None],
    progress: Callable[[int, int], None] = lambda done, total: None,
    token: CancelToken | None = None,
) -> list[LabelledPhoto]:
    """Read all photos in their order; what cannot be used is told and left out.

    Args:
        items: What to read.
        keep: Largest scale at which crops will be cut, in multiples of the network's.
        on_bad: Told (photo id, why).
        progress: Told (done, total) after each photo.
        token: Checked after each photo.

    Raises:
        InputError: none is left.
        Cancelled: the token was cancelled.
    """

    def one(item: JobPhoto) -> LabelledPhoto | AppError:
        try:
            return read_labelled(item, keep)
        except AppError as error:
            return error

    found: list[LabelledPhoto] = []
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="photos") as pool:
        for done, (item, result) in enumerate(
            zip(items, pool.map(one, items), strict=True), start=1
        ):
            if token is not None and token.cancelled:
                pool.shutdown(cancel_futures=True)
                token.raise_if_cancelled()
            if isinstance(result, LabelledPhoto):
                found.append(result)
            else:
                on_bad(item.photo_id, result)
            progress(done, len(items))
    if not found:
        raise InputError(
            "None of the photos can be used for training.", "Correct or approve a photo first."
        )
    return group_alike(found)


def read_labelled(item: JobPhoto, keep: float) -> LabelledPhoto:
    """Read one photo with its labels.

    Raises:
        InputError: a file cannot be read, the sizes differ, or no labelled place is left.
    """
    image = read_photo(item.image)
    shape = (image.shape[0], image.shape[1])
    labels = _label_image(item, shape)
    mask = read_mask(item.labels, shape) if labels is None else None
    valid = None
    if not item.approved:
        if item.touched is None:
            raise InputError(
                f"{item.image.name} is not approved, and which places were corrected is unknown.",
                "Approve it, or correct it again.",
            )
        valid = looked_at(read_mask(item.touched, shape))
        if not valid.any():
            raise InputError(
                f"{item.image.name} is neither approved nor corrected anywhere.",
                "Approve it, or correct a place.",
            )
    photo = make_photo(_SOURCE, item.photo_id, image, mask, labels=labels, valid=valid, keep=keep)
    return LabelledPhoto(
        item.photo_id, item.approved, photo, item.keep_out, item.group, item.earlier
    )


def group_alike(photos: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    """The photos with those that look alike in one group, beside the groups that were given."""
    index = DuplicateIndex()
    names = [f"{number}" for number in range(len(photos))]
    index.add(
        Fingerprint(name, "", photo_hash(p.photo.thumb))
        for name, p in zip(names, photos, strict=True)
    )
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    given: dict[str, str] = {}
    for name, photo in zip(names, photos, strict=True):
        together = [*index.twins(name).alike]
        if photo.group:
            together.append(given.setdefault(photo.group, name))
        for other in together:
            root[find(name)] = find(other)
    size = Counter(find(name) for name in names)
    return [
        replace(photo, group=find(name) if size[find(name)] > 1 else "")
        for name, photo in zip(names, photos, strict=True)
    ]


def looked_at(touched: Bools) -> Bools:
    """The cells of 128 network px in which a person touched anything.

    Args:
        touched: [H, W] bool, photo px.

    Returns:
        [H, W] bool.
    """
    height, width = touched.shape
    scale = max(height, width) / max(network_size(height, width))
    cell = max(1, round(TOUCHED_CELL_PX * scale))
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.zeros((rows * cell, columns * cell), np.bool_)
    padded[:height, :width] = touched
    cells = padded.reshape(rows, cell, columns, cell).any(axis=(1, 3))
    return np.repeat(np.repeat(cells, cell, axis=0), cell, axis=1)[:height, :width]


def _label_image(item: JobPhoto, shape: tuple[int, int]) -> npt.NDArray[np.uint16] | None:
    """Lesion numbers, where the file tells them; None for a plain mask."""
    if item.numbered:
        return read_labels(item.labels, shape)
    if is_tiff(item.labels):
        return None
    with open_image(item.labels) as picture:
        if not picture.mode.startswith("I"):
            return None
    labels = read_labels(item.labels, shape)
    # 0 and 65535 alone: a black-and-white mask that some program saved with 16 bits.
    return labels if bool(((labels > 0) & (labels != UNSURE)).any()) else None
