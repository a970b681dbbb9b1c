"""Photos and masks decoded once, before training, and kept in memory at a useful size.

A crop is cut at no more than 1.6 × the network's scale, so nothing larger is kept. 900 photos of
the shipped model's data take about 3 GB.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.cancel import Progress, no_progress
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.scale import network_size
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_mask

Uint8 = npt.NDArray[np.uint8]
THUMB_PX = 256
PIXELS_PER_LESION = 24


@dataclass(frozen=True)
class PhotoFiles:
    """One photo with its mask, as files.

    Attributes:
        source: Data set that it belongs to, for balanced sampling.
        name: For messages.
        image: Photo.
        mask: 8-bit mask of the photo's size; nonzero = lesion.
    """

    source: str
    name: str
    image: Path
    mask: Path


@dataclass(frozen=True)
class TrainPhoto:
    """One decoded photo, reduced by area averaging to at most `keep` × its network scale.

    Attributes:
        source: See `PhotoFiles`.
        name: See `PhotoFiles`.
        image: [h, w, 3] uint8 RGB.
        mask: [h, w] uint8, share of lesion in the pixel × 255.
        network_long: Long side in network px (N) at factor 1.
        labels: [h, w] uint16 exact lesion instances, or None: connected components serve.
        valid: [h, w] uint8, 255 where the label counts, or None: everywhere.
        thumb: [th, tw, 3] uint8, long side 256 px, for the tile scorer.
        thumb_mask: [th, tw] uint8, share of lesion × 255.
        lesion_points: [n, k, 2] int32, k pixels (y, x) in each of the n lesions.
        lesion_weights: [n] float64 summing to 1, by the square root of the area, so that small
            lesions are not forgotten.
    """

    source: str
    name: str
    image: Uint8
    mask: Uint8
    network_long: float
    labels: npt.NDArray[np.uint16] | None
    valid: Uint8 | None
    thumb: Uint8
    thumb_mask: Uint8
    lesion_points: npt.NDArray[np.int32]
    lesion_weights: npt.NDArray[np.float64]

    @property
    def diseased(self) -> bool:
        """Whether it has any lesion to centre a crop on."""
        return len(self.lesion_weights) > 0

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        extra = sum(a.nbytes for a in (self.labels, self.valid) if a is not None)
        return self.image.nbytes + self.mask.nbytes + self.thumb.nbytes * 2 + extra


def make_photo(
    source: str,
    name: str,
    image: Uint8,
    mask: npt.NDArray[np.bool_] | None,
    *,
    labels: npt.NDArray[np.uint16] | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
    keep: float = 1.6,
) -> TrainPhoto:
    """Reduce a photo and index its lesions.

    Args:
        source: For balanced sampling.
        name: For messages.
        image: [H, W, 3] uint8 RGB.
        mask: [H, W] bool, or None when `labels` is given.
        labels: [H, W] uint16 lesion instances; UNSURE pixels are left out of the loss.
        valid: [H, W] bool, False where nobody has looked (left out of the loss).
        keep: Largest scale, in multiples of the network's, at which crops will be cut.

    Raises:
        ValueError: neither mask nor labels, or shapes that differ.
    """
    if labels is not None:
        unsure = labels == UNSURE
        mask = (labels > 0) & ~unsure
        if unsure.any():
            valid = ~unsure if valid is None else valid & ~unsure
    if mask is None or mask.shape != image.shape[:2]:
        raise ValueError(f"{name}: the mask does not fit the photo")
    height, width = mask.shape
    long_side = max(height, width)
    network_long = float(max(network_size(height, width)))
    share = min(1.0, keep * network_long / long_side)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    soft = mask.astype(np.uint8) * np.uint8(255)
    small_image = _reduce(image, size)
    small_mask = _reduce(soft, size)
    small_labels = None if labels is None else cv2.resize(labels, size, interpolation=0)
    small_valid = None
    if valid is not None:
        small_valid = cv2.resize(valid.astype(np.uint8) * np.uint8(255), size, interpolation=0)
    points, weights = _index_lesions(small_mask, small_valid)
    thumb_share = THUMB_PX / long_side
    thumb_size = (max(1, round(width * thumb_share)), max(1, round(height * thumb_share)))
    return TrainPhoto(
        source,
        name,
        small_image,
        small_mask,
        network_long,
        small_labels,
        small_valid,
        _reduce(image, thumb_size),
        _reduce(soft, thumb_size),
        points,
        weights,
    )


def _reduce(array: Uint8, size: tuple[int, int]) -> Uint8:
    if size == (array.shape[1], array.shape[0]):
        return np.ascontiguousarray(array)
    shrinks = size[0] <= array.shape[1]
    flag = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(array, size, interpolation=flag), dtype=np.uint8)


def _index_lesions(
    mask: Uint8, valid: Uint8 | None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Some pixels of every lesion, and how likely a crop is placed on it."""
    counted = mask >= 128
    if valid is not None:
        counted &= valid > 0
    count, ids = cv2.connectedComponents(counted.astype(np.uint8), connectivity=8)
    if count <= 1:
        return np.zeros((0, PIXELS_PER_LESION, 2), np.int32), np.zeros(0)
    rows, columns = np.nonzero(ids)
    lesion = ids[rows, columns]
    order = np.argsort(lesion, kind="stable")
    areas = np.bincount(lesion, minlength=count)[1:]
    starts = np.concatenate([[0], np.cumsum(areas)[:-1]])
    # Evenly spread picks along the raster order of each lesion's pixels.
    picks = starts[:, None] + (
        (np.arange(PIXELS_PER_LESION) + 0.5) / PIXELS_PER_LESION * areas[:, None]
    ).astype(np.int64)
    chosen = order[picks]
    points = np.stack([rows[chosen], columns[chosen]], axis=-1).astype(np.int32)
    weights = np.sqrt(areas.astype(np.float64))
    return points, weights / weights.sum()


def load_photos(
    files: Sequence[PhotoFiles],
    *,
    keep: float = 1.6,
    workers: int = 2,
    progress: Progress = no_progress,
    on_bad: Callable[[PhotoFiles, AppError], None] | None = None,
) -> list[TrainPhoto]:
    """Decode all photos, in the order of `files`.

    Args:
        files: What to read.
        keep: See `make_photo`.
        workers: Threads.
        progress: Told after each photo.
        on_bad: Told of a photo that cannot be used, which is then left out; None raises.

    Raises:
        InputError: a photo cannot be used (without `on_bad`), or none is left.
    """

    def one(item: PhotoFiles) -> TrainPhoto | tuple[PhotoFiles, AppError]:
        try:
            image = read_photo(item.image)
            mask = read_mask(item.mask, expected_shape=(image.shape[0], image.shape[1]))
        except AppError as error:
            return item, error
        return make_photo(item.source, item.name, image, mask, keep=keep)

    photos: list[TrainPhoto] = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for done, result in enumerate(pool.map(one, files), start=1):
            progress(done, len(files), "reading photos")
            if isinstance(result, TrainPhoto):
                photos.append(result)
            elif on_bad is None:
                raise result[1]
            else:
                on_bad(*result)
    if not photos:
        raise InputError("None of the photos can be used for training.", "Check the folders.")
    return photos
