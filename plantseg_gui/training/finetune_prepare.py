"""Before a retraining: load the base model, read the photos, look where the base model errs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.scope import Vectors
from plantseg_gui.nn.checkpoint import LoadedModel, load_model
from plantseg_gui.storage.images import read_photo
from plantseg_gui.training.feature_cache import CachePhoto
from plantseg_gui.training.finetune_data import LabelledPhoto, read_photos
from plantseg_gui.training.gate import photo_dice
from plantseg_gui.training.gate_split import Split, split_photos
from plantseg_gui.training.job import FinetuneJob
from plantseg_gui.training.own_scope import OwnScope, signatures_of
from plantseg_gui.training.photo_maps import (
    Bools,
    FrozenEncoder,
    PhotoTiles,
    encode_photo,
    lesion_probability,
)
from plantseg_gui.training.precision import Precision
from plantseg_gui.training.recipe import Recipe
from plantseg_gui.training.reminders import Reminders, draw_reminders
from plantseg_gui.training.run_env import RunEnv

MAX_MISTAKES = 4000
# Encoded photos that stay in memory to fit the threshold; 6 MB each for Lite2.
MAX_KEPT = 12


@dataclass
class LookedPhoto:
    """A photo and what the base model makes of it.

    Attributes:
        labelled: The photo.
        base_dice: Of the base model.
        base_mask: [h, w] bool, the base model's mask at network scale.
        signature: [d], see `core.scope`.
        mistakes: [n, 2] int32, see `CachePhoto`.
        tiles: Encoded; None where it is not needed any more.
    """

    labelled: LabelledPhoto
    base_dice: float
    base_mask: Bools
    signature: Vectors
    mistakes: npt.NDArray[np.int32]
    tiles: PhotoTiles | None

    @property
    def photo_id(self) -> str:
        """Its name in events."""
        return self.labelled.photo_id


@dataclass
class Prepared:
    """All that a retraining starts from.

    Attributes:
        base: The model; its network is never changed.
        encoder: Its encoder, quick.
        precision: Of the run.
        training: Photos to learn from.
        held_out: Photos that are kept out; empty below 6 approved ones.
        split: Sides of the gate; its folds count in `training`.
        reminders: What must not be unlearned; None = nothing.
        scope: What the new version will be for.
    """

    base: LoadedModel
    encoder: FrozenEncoder
    precision: Precision
    training: list[LookedPhoto]
    held_out: list[LookedPhoto]
    split: Split
    scope: OwnScope
    reminders: Reminders | None = None

    @property
    def shown(self) -> LookedPhoto:
        """The photo of the previews: a held-out one if there is any, with lesions if possible."""
        choices = self.held_out or self.training
        sick = [p for p in choices if p.labelled.photo.diseased and p.tiles is not None]
        return (sick or choices)[0]

    def cache_photos(self) -> list[CachePhoto]:
        """The training photos as the cache wants them."""
        return [CachePhoto(p.labelled.photo, p.mistakes) for p in self.training]


def prepare(job: FinetuneJob, recipe: Recipe, precision: Precision, env: RunEnv) -> Prepared:
    """Load, read and look.

    Raises:
        InputError: no usable base model, or no usable photo.
        Cancelled: the run should stop.
    """
    env.stage("Loading the model")
    base = load_model(job.base)
    base.network.to(precision.device)
    encoder = FrozenEncoder(base.network, precision)
    outside = None
    if base.outside is not None:
        outside = FrozenEncoder(base.outside.network.to(precision.device), precision)

    def tell_bad(photo_id: str, error: AppError) -> None:
        env.warn(f"{Path(photo_id).name} is left out: {error}")

    photos = read_photos(
        job.photos,
        max(recipe.scale_high, 1.0),
        on_bad=tell_bad,
        progress=lambda done, total: env.stage("Reading photos", done, total),
        token=env.control.token,
    )
    split = split_photos(photos, recipe.held_out_share)
    for sentence in split.left_out:
        env.warn(sentence)
    folded = {split.training[i] for fold in split.folds for i in fold}
    looked: dict[int, LookedPhoto] = {}
    kept = 0
    for number, photo in enumerate(photos):
        env.stage("Looking where the model errs", number, len(photos))
        if number not in split.training and number not in split.held_out:
            continue
        found = _look(photo, base, encoder, outside, env)
        judged = number in split.held_out or number in folded
        kept += not judged
        if not judged and kept > MAX_KEPT:
            found.tiles = None
        looked[number] = found
    env.stage("Looking where the model errs", len(photos), len(photos))
    return Prepared(
        base,
        encoder,
        precision,
        [looked[i] for i in split.training],
        [looked[i] for i in split.held_out],
        split,
        OwnScope(
            base,
            np.array([looked[i].signature for i in split.training]),
            _like(job, base, env),
        ),
        draw_reminders(
            base.network,
            encoder,
            recipe.reminders,
            between=lambda done, total: env.stage("Drawing leaves", done, total),
        )
        if recipe.reminders
        else None,
    )


def _like(job: FinetuneJob, base: LoadedModel, env: RunEnv) -> Vectors:
    """Signatures of further photos; one that cannot be read is said."""
    found: list[Vectors] = []
    for number, path in enumerate(job.like):
        env.stage("Looking at the other photos", number, len(job.like))
        try:
            # One photo at a time: they are whole, and may be large.
            found.extend(signatures_of(base, [read_photo(path)]))
        except AppError as error:
            env.warn(f"{path.name} is not looked at: {error}")
    return np.array(found, np.float32)


def _look(
    photo: LabelledPhoto,
    base: LoadedModel,
    encoder: FrozenEncoder,
    outside: FrozenEncoder | None,
    env: RunEnv,
) -> LookedPhoto:
    tile_px = base.network.config.tile_px
    tiles = shown = encode_photo(encoder, photo.photo, tile_px)
    (look,) = signatures_of(base, [photo.photo.thumb])
    model = base
    if outside and base.scope and base.outside and not base.scope.holds(look):
        # What the base version says about such a photo comes from other weights.
        model = base.outside
        shown = encode_photo(outside, photo.photo, tile_px)
    meta = model.meta
    probability = lesion_probability(
        model.network, shown, encoder.precision, meta, env.control.check
    )
    mask = probability >= meta.threshold
    wrong = (mask != tiles.truth) & tiles.valid
    return LookedPhoto(
        photo,
        photo_dice(mask, tiles),
        mask,
        look,
        mistake_points(wrong, photo.photo.mask.shape[0] / tiles.height),
        tiles,
    )


def mistake_points(wrong: Bools, scale: float) -> npt.NDArray[np.int32]:
    """Some of the wrong pixels, evenly spread, in pixels of the kept photo.

    Args:
        wrong: [h, w] at network scale.
        scale: Kept photo px per network px.
    """
    ys, xs = np.nonzero(wrong)
    if not len(ys):
        return np.zeros((0, 2), np.int32)
    picks = np.linspace(0, len(ys) - 1, min(len(ys), MAX_MISTAKES)).astype(np.int64)
    return np.stack([ys[picks] * scale, xs[picks] * scale], axis=1).astype(np.int32)
