"""Encoded crops of the training photos, drawn once and shown several times.

A crop is cut, turned and recoloured before it is encoded; what is kept are the encoder's features
in float16 (400 kB per crop of 256² for Lite2) with the labels. Where crops are placed decides how
fast a few photos teach: on lesions, on what the base model gets wrong, and some anywhere.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from plantseg_gui.nn.losses.targets import LesionBoxes, LossTargets, tile_boxes
from plantseg_gui.training.augment import augment, sample_rng
from plantseg_gui.training.crops import Crop, CropPlace, cut, keep_inside
from plantseg_gui.training.photo_cache import TrainPhoto
from plantseg_gui.training.photo_maps import FrozenEncoder
from plantseg_gui.training.recipe import Recipe

ENCODE_BATCH = 8
MAX_CACHE_BYTES = 500 << 20
_PLACES, _VIEWS, _ORDER = 11, 12, 13


@dataclass(frozen=True)
class CachePhoto:
    """A training photo with what the base model got wrong.

    Attributes:
        photo: The photo.
        mistakes: [n, 2] int32, pixels (y, x) of the kept photo where the base model errs.
    """

    photo: TrainPhoto
    mistakes: npt.NDArray[np.int32]


@dataclass
class FeatureBatch:
    """Some encoded crops.

    Attributes:
        features: Per stride, [B, C, h, w] float16.
        targets: Truth for the loss.
        complete: [B] bool, False where parts of the crop were never looked at by a person.
    """

    features: list[Tensor]
    targets: LossTargets
    complete: Tensor

    def to(self, device: torch.device) -> "FeatureBatch":
        """The same on a device."""
        if device.type == "cpu":
            return self
        return FeatureBatch(
            [f.to(device, non_blocking=True) for f in self.features],
            self.targets.to(device),
            self.complete.to(device),
        )

    def first(self, count: int) -> "FeatureBatch":
        """The first crops of them."""
        targets = self.targets
        return FeatureBatch(
            [f[:count] for f in self.features],
            LossTargets(
                targets.mask[:count],
                targets.instances[:count],
                targets.valid[:count],
                targets.boxes[:count] if targets.boxes is not None else None,
            ),
            self.complete[:count],
        )

    def windows(self, share: float) -> "FeatureBatch":
        """A part of each crop, drawn by torch's generator: as much to learn from for less work.

        What makes a window worth its place is lesion: half of its chance follows the lesion pixels
        that it shows. The encoder has seen the whole crop, so nothing is missing around a window.

        Args:
            share: Side of a window as a share of the crop's; rounded to the coarsest stride.
        """
        mask = self.targets.mask
        cells = self.features[-1].shape[-1]
        side = max(1, round(share * cells))
        step = mask.shape[-1] // cells
        lesion = functional.avg_pool2d(mask * self.targets.valid, side * step, step)
        chances = lesion.flatten(1) / lesion.flatten(1).sum(1, keepdim=True).clamp_min(1e-6)
        chances = chances + 1 / chances.shape[1]
        places = torch.multinomial(chances, 1)[:, 0]
        row = lesion.shape[-1]
        corners = [(int(p) // row, int(p) % row) for p in places]

        def cut(maps: Tensor) -> Tensor:
            unit = maps.shape[-1] // cells
            return torch.stack(
                [
                    one[..., y * unit : (y + side) * unit, x * unit : (x + side) * unit]
                    for one, (y, x) in zip(maps, corners, strict=True)
                ]
            )

        targets = self.targets
        return FeatureBatch(
            [cut(f) for f in self.features],
            LossTargets(cut(mask), cut(targets.instances), cut(targets.valid)),
            self.complete,
        )


class FeatureCache:
    """All encoded crops of a run."""

    def __init__(self, count: int, features: list[Tensor], tile_px: int) -> None:
        """Room for `count` crops.

        Args:
            count: Crops that will be put in.
            features: Of any crops, for their shapes.
            tile_px: Side of a crop.
        """
        # Made once: lists that are joined at the end would need the memory twice.
        self._features = [torch.empty((count, *f.shape[1:]), dtype=f.dtype) for f in features]
        self._mask = torch.zeros((count, tile_px, tile_px), dtype=torch.uint8)
        self._instances = torch.zeros((count, tile_px, tile_px), dtype=torch.int32)
        self._valid = torch.zeros((count, tile_px, tile_px), dtype=torch.uint8)
        self._boxes: list[LesionBoxes] = []
        self._complete: list[bool] = []
        self._owner: list[int] = []

    def put(self, features: list[Tensor], crops: Sequence[Crop], owner: Sequence[int]) -> None:
        """Put encoded crops behind those that are there."""
        first = len(self._owner)
        for own, new in zip(self._features, features, strict=True):
            own[first : first + len(crops)] = new
        for place, crop in enumerate(crops, first):
            self._mask[place] = torch.from_numpy(crop.mask)
            self._instances[place] = torch.from_numpy(crop.instances.astype(np.int32))
            self._valid[place] = torch.from_numpy(crop.valid)
            self._boxes.append(tile_boxes(crop.instances, crop.valid > 0))
            self._complete.append(crop.complete)
        self._owner += owner

    @property
    def owner(self) -> npt.NDArray[np.int64]:
        """[n], index of the photo that each crop comes from."""
        return np.array(self._owner, np.int64)

    @property
    def lesion_share(self) -> float:
        """Lesion pixels among the labelled ones."""
        valid = self._valid > 0
        labelled = int(valid.sum())
        return int(((self._mask > 0) & valid).sum()) / labelled if labelled else 0.1

    def __len__(self) -> int:
        return len(self._owner)

    @property
    def view_bytes(self) -> int:
        """Memory of one crop."""
        labels = (self._mask, self._instances, self._valid)
        return sum(t[0].numel() * t.element_size() for t in (*self._features, *labels))

    def batch(self, chosen: npt.NDArray[np.int64]) -> FeatureBatch:
        """The crops of these numbers."""
        index = torch.from_numpy(chosen)
        targets = LossTargets(
            self._mask[index].unsqueeze(1).float(),
            self._instances[index],
            self._valid[index].unsqueeze(1).float(),
            [self._boxes[i] for i in chosen],
        )
        return FeatureBatch(
            [f[index] for f in self._features],
            targets,
            torch.tensor([self._complete[i] for i in chosen]),
        )

    def feed(self, seed: int, without: Collection[int] = ()) -> Callable[[int, int], FeatureBatch]:
        """A source of batches: all crops in a new order each round.

        Args:
            seed: Of the order.
            without: Leave these photos out.
        """
        allowed = np.flatnonzero(~np.isin(self.owner, list(without)))

        def get(first: int, size: int) -> FeatureBatch:
            chosen = []
            for number in range(first, first + size):
                turn, place = divmod(number, len(allowed))
                order = sample_rng(seed, _ORDER, turn).permutation(len(allowed))
                chosen.append(allowed[order[place]])
            return self.batch(np.array(chosen, np.int64))

        return get


def views_wanted(updates: int, recipe: Recipe, photos: int) -> int:
    """How many crops to cache for a run of so many updates."""
    shown = updates * recipe.batch
    return max(recipe.views_per_place * photos * 4, round(shown / recipe.reuse))


def build_cache(
    photos: Sequence[CachePhoto],
    encoder: FrozenEncoder,
    count: int,
    recipe: Recipe,
    tile_px: int,
    *,
    between: Callable[[int, int], None] = lambda done, total: None,
) -> FeatureCache:
    """Draw and encode crops.

    Args:
        photos: Every photo gets the same share of the crops.
        encoder: Frozen.
        count: Crops wanted; no more than `MAX_CACHE_BYTES` hold.
        recipe: Shares, scales, colours.
        tile_px: Side of a crop.
        between: Told (done, total) after each batch; may raise to stop.
    """
    cache: FeatureCache | None = None
    number = 0
    while number < count:
        fresh, owner = [], []
        for _ in range(min(ENCODE_BATCH, count - number)):
            which = number % len(photos)
            fresh.append(draw_view(photos[which], which, number // len(photos), recipe, tile_px))
            owner.append(which)
            number += 1
        features = encoder(np.stack([c.image for c in fresh]))
        if cache is None:
            size = sum(f[0].numel() * 2 for f in features) + tile_px * tile_px * 6
            count = max(ENCODE_BATCH, min(count, MAX_CACHE_BYTES // size))
            cache = FeatureCache(max(count, number), features, tile_px)
        cache.put(features, fresh, owner)
        between(number, count)
    assert cache is not None
    return cache


def draw_view(item: CachePhoto, which: int, number: int, recipe: Recipe, tile_px: int) -> Crop:
    """View `number` of a photo: views 0 and 1 show one place, 2 and 3 the next, and so on."""
    place_number = number // recipe.views_per_place
    at = sample_rng(recipe.seed, _PLACES + 100 * which, place_number)
    kind = at.random()
    if kind < recipe.lesion_share and item.photo.diseased:
        centre = _on_lesion(item.photo, at)
    elif kind < recipe.lesion_share + recipe.mistake_share and len(item.mistakes):
        centre = item.mistakes[int(at.integers(len(item.mistakes)))]
    else:
        centre = _anywhere(item.photo, at)
    rng = sample_rng(recipe.seed, _VIEWS + 100 * which, number)
    height, width = item.photo.mask.shape
    scale = rng.uniform(recipe.scale_low, recipe.scale_high)
    side = tile_px * max(height, width) / (item.photo.network_long * scale)
    y, x = centre + rng.uniform(-0.35, 0.35, 2) * side
    place = CropPlace(keep_inside(float(y), side, height), keep_inside(float(x), side, width), side)
    crop = cut(item.photo, place, tile_px)
    return augment(crop, rng, recipe.augment_strength)


def _on_lesion(photo: TrainPhoto, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    lesion = int(rng.choice(len(photo.lesion_weights), p=photo.lesion_weights))
    points = photo.lesion_points[lesion]
    return np.asarray(points[rng.integers(len(points))], np.int32)


def _anywhere(photo: TrainPhoto, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Any pixel whose label counts."""
    height, width = photo.mask.shape
    if photo.valid is not None:
        labelled = np.flatnonzero(photo.valid)
        if len(labelled):
            y, x = divmod(int(labelled[rng.integers(len(labelled))]), width)
            return np.array([y, x], np.int32)
    return np.array([rng.integers(height), rng.integers(width)], np.int32)
