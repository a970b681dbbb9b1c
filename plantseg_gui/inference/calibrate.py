"""Fitting a model's calibration and thresholds on photos with masks (specification 3 and 7).

Use the `dev` photos: what training has seen is too easy, and `val` only yields figures. Photos are
taken one at a time and only counts are kept, so memory does not grow with them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress, no_progress
from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import BoolArray, FloatArray, RgbArray, TileMode
from plantseg_gui.inference.analysis import Analysis, analyse
from plantseg_gui.inference.calibration_fit import (
    LogitHistogram,
    best_threshold,
    fit_pixels,
    fit_presence,
    scorer_threshold,
)
from plantseg_gui.inference.device import DevicePolicy, pick_device
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.stitch import blend
from plantseg_gui.nn.checkpoint import LoadedModel, load_model

# A photo counts as diseased from this many lesion px at network scale, as in training.
PRESENT_PX = 16


@dataclass(frozen=True)
class CalibrationItem:
    """One photo with its truth.

    Attributes:
        source: Data set that it belongs to; every source has the same weight.
        image: [H, W, 3] uint8.
        mask: [H, W] bool, lesion.
    """

    source: str
    image: RgbArray
    mask: BoolArray


def calibrate(
    model_folder: Path,
    items: Iterable[CalibrationItem],
    *,
    policy: DevicePolicy | None = None,
    token: CancelToken | None = None,
    progress: Progress = no_progress,
    total: int = 0,
) -> ModelMeta:
    """Fit a model folder's calibration; the folder is not changed.

    Args:
        model_folder: Holds weights.safetensors and config.json.
        items: Photos with masks; a generator keeps memory small.
        policy: Device; None = "auto".
        token: Looked at before every tile.
        progress: Told after every photo.
        total: Photos, for the progress; 0 = unknown.

    Returns:
        The model's description with temperature, bias, presence calibration, threshold and scorer
        threshold fitted, and the figures under `figures["calibration"]`.

    Raises:
        InputError: no photos, a mask of another size, or no usable model.
        Cancelled: the token was cancelled.
    """
    model = load_model(model_folder)
    return calibrate_model(model, items, policy=policy, token=token, progress=progress, total=total)


def calibrate_model(
    model: LoadedModel,
    items: Iterable[CalibrationItem],
    *,
    policy: DevicePolicy | None = None,
    token: CancelToken | None = None,
    progress: Progress = no_progress,
    total: int = 0,
) -> ModelMeta:
    """As `calibrate`, for a model in memory."""
    engine = TileEngine(model, policy if policy is not None else pick_device("auto"))
    gathered = _Gathered()
    for count, item in enumerate(items, start=1):
        gathered.add(item, engine, model.meta, token if token is not None else CancelToken())
        progress(count, max(count, total), "Calibrating")
    if not gathered.regions:
        raise InputError("There are no photos to calibrate on.", "Give photos with masks.")
    return gathered.fitted(model.meta)


class _Gathered:
    """What is kept of the photos."""

    def __init__(self) -> None:
        self.sources: dict[str, LogitHistogram] = defaultdict(LogitHistogram)
        self.regions: list[tuple[float, bool]] = []
        self.scores: Counter[float] = Counter()

    def add(
        self, item: CalibrationItem, engine: TileEngine, meta: ModelMeta, token: CancelToken
    ) -> None:
        height, width = item.image.shape[:2]
        if item.mask.shape != (height, width):
            raise InputError(
                f"A mask of {item.source} is {item.mask.shape[1]}×{item.mask.shape[0]} px,"
                f" its photo {width}×{height} px.",
                "Use masks of the photos' own size.",
            )
        done = analyse(
            engine,
            meta,
            item.image,
            mode=TileMode.FULL,
            threshold=meta.threshold,
            scale_factor=1.0,
            token=token,
            on_tile=None,
            progress=no_progress,
            report=Reporter(),
        )
        logits = blend(done.outputs, done.scene.grid, lambda i: done.outputs[i].logits)
        small = cv2.resize(
            item.mask.astype(np.float32), logits.shape[::-1], interpolation=cv2.INTER_AREA
        )
        lesion = np.asarray(small >= 0.5)
        shrink = logits.shape[0] > height
        how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
        self.sources[item.source].add(
            cv2.resize(logits, (width, height), interpolation=how), item.mask
        )
        highest = max(o.region for o in done.outputs.values())
        self.regions.append((highest, int(lesion.sum()) >= PRESENT_PX))
        self.scores.update(_pixels_by_score(done, lesion))

    def fitted(self, meta: ModelMeta) -> ModelMeta:
        pixels = fit_pixels(self.sources)
        threshold, f1 = best_threshold(self.sources, pixels)
        logits = np.array([logit for logit, _ in self.regions])
        present = np.array([p for _, p in self.regions])
        presence = fit_presence(logits, present)
        figures = {
            "photos": len(self.regions),
            "photos_healthy": int((~present).sum()),
            "f1": {source: round(value, 4) for source, value in sorted(f1.items())},
        }
        return replace(
            meta,
            temperature=pixels.temperature,
            bias=pixels.bias,
            threshold=threshold,
            presence_temperature=presence.temperature,
            presence_bias=presence.bias,
            scorer_threshold=scorer_threshold(self.scores, meta.scorer_threshold),
            figures={**meta.figures, "calibration": figures},
        )


def _pixels_by_score(done: Analysis, lesion: BoolArray) -> dict[float, float]:
    """Best tile score over a lesion pixel → number of such pixels of one photo."""
    grid, scores = done.scene.grid, done.scene.scores
    best: FloatArray = np.zeros(lesion.shape, np.float32)
    for index in np.argsort(scores, kind="stable"):
        best[grid.valid(int(index)).slices] = scores[index]  # the highest is written last
    values, counts = np.unique(best[lesion], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))
