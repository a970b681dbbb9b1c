"""Judge a model on photos with masks: run it on whole photos, count pixels, sum up.

Constant memory: of each photo only its counts and a few numbers are kept.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from plantseg_gui.core.cancel import Cancelled, CancelToken, Deadline, Progress, no_progress
from plantseg_gui.core.errors import AppError, MemoryLimitError
from plantseg_gui.core.labels import UNSURE
from plantseg_gui.core.results import BoolArray, LabelArray, LeafResult, Prediction, TileMode
from plantseg_gui.core.severity import diagnose
from plantseg_gui.core.stall import StallWatch
from plantseg_gui.evaluation.bootstrap import mean_interval, metric_intervals
from plantseg_gui.evaluation.metrics import (
    CountArray,
    count_pixels,
    image_dice,
    jsonable,
    summarise,
    undefined_reason,
)
from plantseg_gui.inference.report import Reporter
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_labels, read_mask
from plantseg_gui.storage.pairs import Pair
from plantseg_gui.storage.patience import patiently

if TYPE_CHECKING:
    from plantseg_gui.inference.predictor import Predictor

OnFailure = Callable[[Pair, AppError], None]
Notify = Callable[[str], None]
STALL_S = 120.0
TIME_LIMIT_MIN = 30.0


@dataclass(frozen=True)
class ImageRecord:
    """What is kept of one photo.

    Attributes:
        name: Of the pair.
        source: Of the pair.
        counts: [4] int64, see `metrics.count_pixels`.
        severity_true: Percent, from the drawn masks; None without a leaf area.
        severity_found: Percent, from the model; None without a leaf area.
        leaf_drawn: The true severity divides by a drawn leaf, not by the found one.
        tiles_total: Tiles of `full`.
        tiles_processed: Tiles looked at.
        seconds: Of the prediction.
        device: What the network ran on.
    """

    name: str
    source: str
    counts: CountArray
    severity_true: float | None
    severity_found: float | None
    leaf_drawn: bool
    tiles_total: int
    tiles_processed: int
    seconds: float
    device: str = ""


class Stopped(StrEnum):
    """Why an evaluation ended before its last photo."""

    TIME = "time limit"
    ASKED = "stopped by a person"


@dataclass
class Evaluation:
    """What came of an evaluation.

    Attributes:
        planned: Photos that were to be judged.
        records: Those that were.
        failed: Name and reason of those that could not be.
        stopped: Why the rest was not looked at; None = all photos were.
    """

    planned: int = 0
    records: list[ImageRecord] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: Stopped | None = None

    @property
    def left(self) -> int:
        """Photos that were not looked at."""
        return self.planned - len(self.records) - len(self.failed)


def evaluate_pairs(
    predictor: "Predictor",
    pairs: Sequence[Pair],
    *,
    mode: TileMode = TileMode.ADAPTIVE,
    threshold: float | None = None,
    scale_factor: float = 1.0,
    token: CancelToken | None = None,
    progress: Progress = no_progress,
    on_failure: OnFailure | None = None,
    time_limit_s: float | None = None,
    notify: Notify = lambda text: None,
    stall_s: float = STALL_S,
) -> Evaluation:
    """Run the model on each photo and compare it with the photo's mask.

    An evaluation that is stopped gives what it has: a photo counts as a whole or not at all.

    Args:
        predictor: The model.
        pairs: Photos and masks.
        mode: Which tiles are looked at.
        threshold: Probability from which a pixel is lesion; None takes the model's own.
        scale_factor: 1, or 2 for tiny lesions.
        token: Ends the evaluation between photos and tiles.
        progress: Called after each photo.
        on_failure: Told of each photo that could not be judged; the others go on.
        time_limit_s: The evaluation ends after so many seconds; None = when it is done.
        notify: Told in a sentence when the way of running had to be changed, and of a standstill.
        stall_s: Seconds without a finished tile that count as a standstill.
    """
    deadline = Deadline(time_limit_s, token)
    result = Evaluation(planned=len(pairs))
    job = _Job(predictor, mode, threshold, scale_factor, deadline, Reporter(notify))
    with closing(StallWatch(lambda s: notify(f"No progress for {s:.0f} s."), stall_s)) as stall:
        for number, pair in enumerate(pairs):
            progress(number, len(pairs), pair.name)
            try:
                deadline.raise_if_cancelled()
                result.records.append(_judge(job, pair, stall))
            except Cancelled:
                result.stopped = Stopped.TIME if deadline.expired else Stopped.ASKED
                return result
            except (AppError, MemoryError) as error:
                told = error if isinstance(error, AppError) else _no_memory(pair)
                result.failed.append((pair.name, str(told)))
                if on_failure is not None:
                    on_failure(pair, told)
            stall.beat()
    progress(len(pairs), len(pairs))
    return result


def report(records: Sequence[ImageRecord], *, seed: int = 0) -> dict[str, Any]:
    """Figures of a set of photos for a JSON file: metrics, intervals and severity error."""
    counts = _stack(records)
    figures = summarise(counts)
    intervals = metric_intervals(counts, seed=seed)
    return {
        "n": len(records),
        **jsonable(figures),
        "reason": undefined_reason(figures),
        "intervals": {name: _pair(interval) for name, interval in intervals.items()},
        "severity": severity_report(records, seed=seed),
    }


def severity_report(records: Sequence[ImageRecord], *, seed: int = 0) -> dict[str, Any]:
    """Error of the severity in percentage points, found minus true.

    Returns:
        n, mean_abs_error with its interval, p95_abs_error, bias; `leaf` tells whether the true
        severity divides by a drawn leaf area or, where there is none, by the found one; `unknown`
        counts the photos without a leaf area.
    """
    known = [r for r in records if r.severity_true is not None and r.severity_found is not None]
    errors = np.array(
        [float(r.severity_found or 0.0) - float(r.severity_true or 0.0) for r in known]
    )
    drawn = sum(r.leaf_drawn for r in known)
    leaf = "drawn" if drawn == len(known) else "found" if drawn == 0 else "mixed"
    result: dict[str, Any] = {"n": len(known), "unknown": len(records) - len(known)}
    if not known:
        return {**result, "mean_abs_error": None, "reason": "no photo with a leaf area"}
    return {
        **result,
        "leaf": leaf,
        "mean_abs_error": round(float(np.abs(errors).mean()), 4),
        "mean_abs_error_interval": _pair(mean_interval(np.abs(errors), seed=seed)),
        "p95_abs_error": round(float(np.quantile(np.abs(errors), 0.95)), 4),
        "bias": round(float(errors.mean()), 4),
    }


def image_rows(records: Sequence[ImageRecord]) -> list[dict[str, Any]]:
    """One JSON object by photo."""
    dice = image_dice(_stack(records))
    return [
        {
            "image": record.name,
            "dice": round(float(value), 6),
            **dict(zip(("tp", "fp", "fn", "tn"), map(int, record.counts), strict=True)),
            "severity_true": _rounded(record.severity_true),
            "severity_found": _rounded(record.severity_found),
            "tiles_total": record.tiles_total,
            "tiles_processed": record.tiles_processed,
            "seconds": round(record.seconds, 3),
            "device": record.device,
        }
        for record, value in zip(records, dice, strict=True)
    ]


class _Job(NamedTuple):
    """What is the same for all photos."""

    predictor: "Predictor"
    mode: TileMode
    threshold: float | None
    scale_factor: float
    token: CancelToken
    report: Reporter

    def wait(self, seconds: float) -> None:
        """Before a busy file is tried again; raises Cancelled."""
        self.token.wait(seconds)
        self.token.raise_if_cancelled()


def _judge(job: _Job, pair: Pair, stall: StallWatch) -> ImageRecord:
    image = patiently(lambda: read_photo(pair.image), job.wait)
    shape = (image.shape[0], image.shape[1])
    truth = patiently(lambda: _read_truth(pair, shape), job.wait)
    leaf = pair.leaf
    drawn = None if leaf is None else patiently(lambda: read_mask(leaf, shape), job.wait)
    prediction = job.predictor.predict(
        image,
        mode=job.mode,
        threshold=job.threshold,
        scale_factor=job.scale_factor,
        token=job.token,
        progress=lambda done, total, text="": stall.beat(),
        notify=job.report,
    )
    judged = truth != UNSURE
    found = diagnose(
        np.where(judged, prediction.labels, truth),
        prediction.leaf,
        prediction.disease_probability,
        leaf_covered=prediction.leaf_covered,
    )
    return ImageRecord(
        name=pair.name,
        source=pair.source,
        counts=count_pixels(prediction.labels > 0, truth > 0, None if judged.all() else judged),
        severity_true=_true_severity(truth, drawn, prediction),
        severity_found=found.severity_pct,
        leaf_drawn=drawn is not None,
        tiles_total=prediction.tiles_total,
        tiles_processed=prediction.tiles_processed,
        seconds=prediction.seconds,
        device=prediction.device,
    )


def _no_memory(pair: Pair) -> AppError:
    return MemoryLimitError(f"{pair.image}: out of memory.", "Make the photo smaller.")


def _read_truth(pair: Pair, shape: tuple[int, int]) -> LabelArray:
    """[H, W] uint16: 0 healthy, UNSURE not to be judged, the rest lesion."""
    if pair.labels:
        return read_labels(pair.mask, shape)
    return read_mask(pair.mask, shape).astype(np.uint16)


def _true_severity(
    truth: LabelArray, drawn: BoolArray | None, prediction: Prediction
) -> float | None:
    leaf = prediction.leaf if drawn is None else LeafResult(drawn if drawn.any() else None)
    return diagnose(truth, leaf, None).severity_pct


def _stack(records: Sequence[ImageRecord]) -> CountArray:
    rows = [record.counts for record in records]
    return np.stack(rows) if rows else np.zeros((0, 4), dtype=np.int64)


def _pair(interval: tuple[float, float]) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 6) for value in interval]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
