"""Choosing a crop of a photo and cutting it at the network's scale."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.training.photo_cache import TrainPhoto, Uint8

# So much of what a tile shows of the photo must be labelled for it to count as looked at.
COMPLETE_SHARE = 0.98


@dataclass
class Crop:
    """One training tile.

    Attributes:
        image: [T, T, 3] uint8 RGB.
        mask: [T, T] uint8, 0 or 1.
        instances: [T, T] int32, 0 = no lesion.
        valid: [T, T] uint8, 0 where the loss must not look (padding, unsure, never looked at).
        complete: Whether all of the photo that the tile shows was looked at by a person, so that
            a lesion that is not in the labels is not there.
    """

    image: Uint8
    mask: Uint8
    instances: npt.NDArray[np.int32]
    valid: Uint8
    complete: bool = True


@dataclass(frozen=True)
class CropPlace:
    """Where a crop lies: centre in pixels of the kept photo, and its side in those pixels."""

    y: float
    x: float
    side: float


def choose_place(
    photo: TrainPhoto,
    rng: np.random.Generator,
    *,
    tile_px: int,
    on_lesion: bool,
    scale: tuple[float, float],
) -> CropPlace:
    """Draw a crop of the photo.

    Args:
        photo: To cut from.
        rng: The sample's own random state.
        tile_px: Side in network px.
        on_lesion: Place it on a lesion, if the photo has any; else anywhere.
        scale: The photo's scale is drawn uniformly from this range, in multiples of N.
    """
    height, width = photo.mask.shape
    pixel = photo.network_long * rng.uniform(*scale) / max(height, width)
    side = tile_px / pixel
    if on_lesion and photo.diseased:
        lesion = int(rng.choice(len(photo.lesion_weights), p=photo.lesion_weights))
        y, x = photo.lesion_points[lesion, rng.integers(photo.lesion_points.shape[1])]
        # Not dead centre: the network must not learn that lesions sit in the middle.
        y, x = y + rng.uniform(-0.4, 0.4) * side, x + rng.uniform(-0.4, 0.4) * side
    else:
        y, x = rng.uniform(0, height), rng.uniform(0, width)
    return CropPlace(keep_inside(float(y), side, height), keep_inside(float(x), side, width), side)


def keep_inside(centre: float, side: float, length: int) -> float:
    """A centre moved so that the crop stays in the photo, or centred when it does not fit."""
    if side >= length:
        return length / 2
    return float(np.clip(centre, side / 2, length - side / 2))


def cut(photo: TrainPhoto, place: CropPlace, tile_px: int) -> Crop:
    """Cut a crop and bring it to `tile_px` by area averaging; what lies outside is mirrored.

    Args:
        photo: To cut from.
        place: From `choose_place`.
        tile_px: Side of the result.
    """
    height, width = photo.mask.shape
    side = max(1, round(place.side))
    top, left = round(place.y - place.side / 2), round(place.x - place.side / 2)
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(height, top + side), min(width, left + side)
    pads = (y0 - top, top + side - y1, x0 - left, left + side - x1)
    image = _resize(_pad(photo.image[y0:y1, x0:x1], pads), tile_px)
    mask = (_resize(_pad(photo.mask[y0:y1, x0:x1], pads), tile_px) >= 128).astype(np.uint8)
    complete = True
    if photo.valid is not None:
        shown = photo.valid[y0:y1, x0:x1]
        complete = bool(np.count_nonzero(shown) >= COMPLETE_SHARE * shown.size)
        seen = _pad(shown, pads, fill=True)
        valid = (_nearest(seen, tile_px) > 0).astype(np.uint8)
    elif any(pads):
        seen = _pad(np.full((y1 - y0, x1 - x0), 255, np.uint8), pads, fill=True)
        valid = (_nearest(seen, tile_px) > 0).astype(np.uint8)
    else:
        valid = np.ones((tile_px, tile_px), np.uint8)
    if photo.labels is not None:
        ids = _nearest(_pad(photo.labels[y0:y1, x0:x1], pads), tile_px).astype(np.int32)
        instances = np.where(mask > 0, ids, 0).astype(np.int32)
    else:
        instances = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)[1]
    return Crop(image, mask, instances, valid, complete)


def _pad(
    array: npt.NDArray[Any], pads: tuple[int, int, int, int], *, fill: bool = False
) -> npt.NDArray[Any]:
    if not any(pads):
        return array
    if fill:
        return cv2.copyMakeBorder(array, *pads, cv2.BORDER_CONSTANT, value=0)
    # numpy mirrors as often as needed; cv2 refuses a border wider than the picture.
    spec = [pads[:2], pads[2:]] + [(0, 0)] * (array.ndim - 2)
    return np.pad(array, spec, mode="symmetric")


def _resize(array: npt.NDArray[Any], tile_px: int) -> Uint8:
    if array.shape[0] == tile_px and array.shape[1] == tile_px:
        return np.ascontiguousarray(array).astype(np.uint8, copy=False)
    flag = cv2.INTER_AREA if array.shape[0] > tile_px else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(np.ascontiguousarray(array), (tile_px, tile_px), interpolation=flag), np.uint8
    )


def _nearest(array: npt.NDArray[Any], tile_px: int) -> npt.NDArray[Any]:
    return cv2.resize(
        np.ascontiguousarray(array), (tile_px, tile_px), interpolation=cv2.INTER_NEAREST
    )
