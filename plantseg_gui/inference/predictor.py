"""A loaded model made usable: photo in, prediction out; numpy on both sides."""

import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress, no_progress
from plantseg_gui.core.doubt import doubt_of
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.memory_limits import MemoryLimits
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import (
    HalfArray,
    Prediction,
    RgbArray,
    TileMode,
    Uncertainty,
)
from plantseg_gui.inference.analysis import Analysis, OnTile, analyse, check_photo, lay_out
from plantseg_gui.inference.attention import attention_maps, channel_weights
from plantseg_gui.inference.boxes import join_boxes
from plantseg_gui.inference.calibration import presence_probability
from plantseg_gui.inference.descriptor import describe, encoder_name
from plantseg_gui.inference.device import DevicePolicy, pick_device
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.ladder import no_uncertainty
from plantseg_gui.inference.photo_features import PhotoFeatures, gather_features
from plantseg_gui.inference.postprocess import lesion_labels
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.selection import leaf_at_network_scale, scored_tiles
from plantseg_gui.inference.signature import signature
from plantseg_gui.inference.stitch import blend, covered
from plantseg_gui.inference.tta import VIEWS
from plantseg_gui.inference.uncertainty import free_energy, processed_tiles, tta_variance
from plantseg_gui.nn.checkpoint import LoadedModel

OUTSIDE = (
    "This photo is unlike those that {} learned from: it was looked at as {} does, from which that "
    "version was made."
)
_AFFINITY_STRIDE = 4
_NEIGHBOURS = 8

Notify = Callable[[str], None]


class Predictor:
    """Runs one model. Give it one photo at a time; it uses threads of its own for the tiles.

    Building it folds and casts the weights and checks the number format: about half a second.

    Args:
        model: As `nn.checkpoint.load_model` gives it.
        policy: As `pick_device` gives it; None = "auto".
        limits: Of memory; None = those of the environment.

    Attributes:
        meta: The model's description.
    """

    def __init__(
        self,
        model: LoadedModel,
        policy: DevicePolicy | None = None,
        *,
        limits: MemoryLimits | None = None,
    ) -> None:
        self.meta: ModelMeta = model.meta
        self._scope, self._outside_model = model.scope, model.outside
        self._outside: Predictor | None = None
        self._limits = limits
        self._encoder = encoder_name(model.network)
        self._policy = policy if policy is not None else pick_device("auto")
        self._engine = TileEngine(model, self._policy, limits)

    @property
    def device_label(self) -> str:
        """What is really used now, for instance "cpu, bf16, 2 threads"."""
        return self._engine.label

    def predict(
        self,
        image: RgbArray,
        *,
        mode: TileMode = TileMode.ADAPTIVE,
        threshold: float | None = None,
        token: CancelToken | None = None,
        on_tile: OnTile | None = None,
        progress: Progress = no_progress,
        notify: Notify | None = None,
        scale_factor: float = 1.0,
    ) -> Prediction:
        """Find the lesions of one photo.

        The same photo and model give the same bits, whatever the order in which tiles finish. A
        photo outside the model's scope is looked at with the weights for such photos.

        Args:
            image: [H, W, 3] uint8 RGB, any size.
            mode: Which tiles are processed.
            threshold: None = the model's.
            token: Looked at before every tile.
            on_tile: Given every tile's own output, in the calling thread, most suspicious first.
            progress: Told after every tile; the total may grow.
            notify: Told in a sentence when something had to be changed on the way.
            scale_factor: Network px per design px: 2 for tiny lesions.

        Raises:
            Cancelled: the token was cancelled.
            InputError: not an RGB photo.
            MemoryLimitError, DeviceError, NumericError: no fallback is left.
        """
        start = time.perf_counter()
        check_photo(image)
        other = self._for_others(image)
        if other is not None:
            found = other.predict(
                image,
                mode=mode,
                threshold=threshold,
                token=token,
                on_tile=on_tile,
                progress=progress,
                notify=notify,
                scale_factor=scale_factor,
            )
            told = (*found.warnings, OUTSIDE.format(self.meta.name, other.meta.name))
            return replace(found, model=self.meta.name, warnings=told)
        report = Reporter(notify)
        for sentence in self._engine.start_notes:
            report(sentence)
        self._engine.start_notes.clear()
        limit = self.meta.threshold if threshold is None else float(threshold)
        analysis = analyse(
            self._engine,
            self.meta,
            image,
            mode=TileMode(mode),
            threshold=limit,
            scale_factor=scale_factor,
            token=token if token is not None else CancelToken(),
            on_tile=on_tile,
            progress=progress,
            report=report,
        )
        height, width = image.shape[:2]
        grid, outputs = analysis.scene.grid, analysis.outputs
        probability = analysis.blended()
        seen = covered(outputs, grid)
        leaf = None
        if analysis.leaf.mask is not None:
            leaf = leaf_at_network_scale(analysis.leaf.mask, grid.height, grid.width)
        affinity = stitch_affinity(analysis)
        boxes = join_boxes(outputs, grid, height, width)
        labels = lesion_labels(probability, height, width, limit, affinity=affinity, boxes=boxes)
        prediction = Prediction(
            model=self.meta.name,
            height=height,
            width=width,
            probability=probability,
            attention=attention_maps(outputs, grid),
            affinity=affinity,
            boxes=boxes,
            labels=labels,
            leaf=analysis.leaf,
            threshold=limit,
            disease_probability=presence_probability(
                max(o.region for o in outputs.values()), self.meta
            ),
            tiles_total=analysis.scene.full_tiles,
            tiles_processed=len(outputs),
            seconds=time.perf_counter() - start,
            mode=analysis.mode,
            device=self._engine.label,
            warnings=tuple(report.sentences),
            leaf_covered=bool(seen.all() if leaf is None else seen[leaf].all()),
            scale=scale_factor,
            model_threshold=self.meta.threshold,
            channels=channel_weights(outputs),
            doubt=doubt_of(probability, analysis.leaf.mask),
            descriptor=describe(outputs, grid, leaf, self._encoder),
            tiles=scored_tiles(analysis.scene.scores, grid, set(outputs), height, width),
        )
        give_up(prediction)
        return prediction

    def uncertainty(
        self,
        image: RgbArray,
        prediction: Prediction,
        token: CancelToken | None = None,
        progress: Progress = no_progress,
        *,
        views: int = len(VIEWS),
        notify: Notify | None = None,
    ) -> Uncertainty:
        """The second pass, over the tiles that the prediction processed.

        Args:
            image: The photo that was predicted.
            prediction: Its prediction by this model.
            token: Looked at before every tile.
            progress: Told after every tile.
            views: Flips and rotations, 2 to 8.
            notify: See `predict`.

        Raises:
            Cancelled: the token was cancelled.
            InputError: the prediction is another model's.
            ValueError: the prediction is of another photo size or scale.
            MemoryLimitError, DeviceError, NumericError: no fallback is left, or safe mode is on.
        """
        check_photo(image)
        if prediction.model != self.meta.name:
            raise InputError(
                f"The lesions were found by the model {prediction.model};"
                f" {self.meta.name} is loaded now.",
                "Find the lesions again, then ask for the uncertainty.",
            )
        other = self._for_others(image)
        if other is not None:
            as_made = replace(prediction, model=other.meta.name)
            return other.uncertainty(image, as_made, token, progress, views=views, notify=notify)
        if self._engine.safe_mode:
            raise no_uncertainty()
        views = min(max(views, 2), len(VIEWS))
        scene = lay_out(image, prediction.mode, self._engine, prediction.scale)
        grid = scene.grid
        if prediction.probability.shape != (grid.height, grid.width):
            raise ValueError(
                f"The prediction is {prediction.probability.shape} network px;"
                f" this photo gives {(grid.height, grid.width)}."
            )
        variance = tta_variance(
            self._engine,
            scene.padded,
            grid,
            processed_tiles(prediction.probability, grid, prediction.tiles_processed),
            self.meta,
            views=views,
            token=token if token is not None else CancelToken(),
            progress=progress,
            report=Reporter(notify),
        )
        result = Uncertainty(variance=variance, energy=free_energy(prediction.probability))
        give_up(result)
        return result

    def photo_features(
        self,
        image: RgbArray,
        *,
        scale_factor: float = 1.0,
        token: CancelToken | None = None,
        progress: Progress = no_progress,
        notify: Notify | None = None,
    ) -> PhotoFeatures:
        """The features of a whole photo, for scribbles: one run over all its tiles.

        Args:
            image: [H, W, 3] uint8 RGB.
            scale_factor: See `predict`; that of the prediction which the scribbles correct.
            token: Looked at before every tile.
            progress: Told after every tile.
            notify: See `predict`.

        Raises:
            Cancelled: the token was cancelled.
            InputError: not an RGB photo.
            MemoryLimitError, DeviceError, NumericError: no fallback is left.
        """
        check_photo(image)
        other = self._for_others(image)
        if other is not None:
            found = other.photo_features(
                image, scale_factor=scale_factor, token=token, progress=progress, notify=notify
            )
            return replace(found, model=self.meta.name)
        found = gather_features(
            self._engine,
            self.meta,
            image,
            scale_factor=scale_factor,
            token=token if token is not None else CancelToken(),
            progress=progress,
            report=Reporter(notify),
        )
        give_up(found)
        return found

    def _for_others(self, image: RgbArray) -> "Predictor | None":
        """The predictor for photos outside the scope, if this is one."""
        scope, model = self._scope, self._outside_model
        if scope is None or model is None or scope.holds(signature(model.network, image)):
            return None
        if self._outside is None:
            self._outside = Predictor(model, self._policy, limits=self._limits)
        return self._outside


def stitch_affinity(analysis: Analysis) -> HalfArray:
    """Affinity of the whole photo, [8, h/4, w/4] float16; 0 where there is none."""
    outputs, grid = analysis.outputs, analysis.scene.grid
    have = {i: o.affinity for i, o in outputs.items() if o.affinity is not None}
    stitched = blend(have, grid, have.__getitem__, stride=_AFFINITY_STRIDE, channels=_NEIGHBOURS)
    return stitched.astype(np.float16)


def give_up(result: Any) -> None:
    """Make a result's arrays read-only: from here on other threads may hold them."""
    if isinstance(result, np.ndarray):
        result.flags.writeable = False
    elif isinstance(result, tuple):
        for item in result:
            give_up(item)
    elif is_dataclass(result):
        for field in fields(result):
            give_up(getattr(result, field.name))
