"""Fitting a model's calibration and thresholds on photos with masks (specification 3 and 7).

Use the `dev` photos: what training has seen is too easy, and `val` only yields figures.

Temperature and bias are fitted on the tiles' own logits, each pixel weighted by its tile's share in
the blend: so the blended probability has, over the photos, the lesions' share as its mean. Then the
threshold is chosen on the masks that these probabilities give. The network sees each photo once:
its tiles' logits wait in a temporary folder (about 10 MB a photo), so memory does not grow.
"""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from plantseg_gui.core.cancel import CancelToken, Progress, no_progress
from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.core.results import BoolArray, FloatArray, RgbArray, TileMode
from plantseg_gui.inference.analysis import Analysis, analyse
from plantseg_gui.inference.calibration import to_probability
from plantseg_gui.inference.calibration_fit import (
    LogitHistogram,
    fit_pixels,
    fit_presence,
    scorer_threshold,
)
from plantseg_gui.inference.device import DevicePolicy, pick_device
from plantseg_gui.inference.engine import TileEngine
from plantseg_gui.inference.report import Reporter
from plantseg_gui.inference.stitch import blend, shares
from plantseg_gui.inference.threshold_sweep import SweepPhoto, sweep
from plantseg_gui.inference.tiles import TileGrid
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
        progress: Told after every photo, of the network and of the choice of the threshold.
        total: Photos, for the progress; 0 = unknown.

    Returns:
        The model's description with temperature, bias, presence calibration, threshold and scorer
        threshold fitted, and the figures under `figures["calibration"]`.

    Raises:
        InputError: no photos, a mask of another size, or no usable model.
        StorageError: no room for temporary files.
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
    token = token if token is not None else CancelToken()
    with tempfile.TemporaryDirectory(prefix="plantseg-calibrate-") as folder:
        gathered = _Gathered(Path(folder), token)
        for count, item in enumerate(items, start=1):
            gathered.add(item, engine, model.meta)
            progress(count, max(count, total), "Calibrating")
        if not gathered.kept:
            raise InputError("There are no photos to calibrate on.", "Give photos with masks.")
        return gathered.fitted(model.meta, progress)


class _Kept(NamedTuple):
    """A photo that the network has seen; its tiles' logits and its mask wait in a file."""

    source: str
    grid: TileGrid
    file: Path


class _Gathered:
    """What is kept of the photos: counts in memory, maps in a temporary folder."""

    def __init__(self, folder: Path, token: CancelToken) -> None:
        self._folder = folder
        self._token = token
        self.kept: list[_Kept] = []
        self.sources: dict[str, LogitHistogram] = defaultdict(LogitHistogram)
        self.regions: list[tuple[float, bool]] = []
        self.scores: Counter[float] = Counter()

    def add(self, item: CalibrationItem, engine: TileEngine, meta: ModelMeta) -> None:
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
            token=self._token,
            on_tile=None,
            progress=no_progress,
            report=Reporter(),
        )
        grid = done.scene.grid
        share: FloatArray = np.asarray(
            cv2.resize(
                item.mask.astype(np.float32),
                (grid.width, grid.height),
                interpolation=cv2.INTER_AREA,
            )
        )
        for index, weight in shares(done.outputs, grid):
            rect = grid.valid(index)
            logits = done.outputs[index].logits[: rect.height, : rect.width]
            self.sources[item.source].add(logits, share[rect.slices], weight)
        lesion = np.asarray(share >= 0.5)
        highest = max(o.region for o in done.outputs.values())
        self.regions.append((highest, int(lesion.sum()) >= PRESENT_PX))
        self.scores.update(_pixels_by_score(done, lesion))
        self._keep(item, done)

    def _keep(self, item: CalibrationItem, done: Analysis) -> None:
        file = self._folder / f"{len(self.kept)}.npz"
        logits = np.stack([done.outputs[i].logits for i in sorted(done.outputs)])
        try:
            np.savez(file, logits=logits, mask=item.mask)
        except OSError as error:
            raise StorageError(
                f"{self._folder} has no room for the photos' maps: {error.strerror or error}.",
                "Make room there, or set TMPDIR to another folder.",
            ) from error
        self.kept.append(_Kept(item.source, done.scene.grid, file))

    def _photos(self, meta: ModelMeta, progress: Progress) -> Iterator[SweepPhoto]:
        """All photos, their maps blended as a prediction's are."""
        for number, kept in enumerate(self.kept, start=1):
            self._token.raise_if_cancelled()
            with np.load(kept.file) as maps:
                logits, mask = maps["logits"], maps["mask"]
            tiles = {i: to_probability(tile, meta) for i, tile in enumerate(logits)}
            yield SweepPhoto(kept.source, blend(tiles, kept.grid, tiles.__getitem__), mask)
            progress(number, len(self.kept), "Choosing the threshold")

    def fitted(self, meta: ModelMeta, progress: Progress) -> ModelMeta:
        pixels = fit_pixels(self.sources)
        scaled = replace(meta, temperature=pixels.temperature, bias=pixels.bias)
        best = sweep(lambda: self._photos(scaled, progress))
        logits = np.array([logit for logit, _ in self.regions])
        present = np.array([p for _, p in self.regions])
        presence = fit_presence(logits, present)
        figures = {
            "photos": len(self.regions),
            "photos_healthy": int((~present).sum()),
            "f1": {source: round(value, 4) for source, value in sorted(best.f1.items())},
        }
        return replace(
            scaled,
            threshold=best.threshold,
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
