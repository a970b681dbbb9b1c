"""Two versions judged on the same photos, one photo after the other.

Photo by photo, so that a comparison that is stopped has both figures of every photo it reached.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from plantseg_gui.core.cancel import CancelToken, Deadline, Progress, no_progress
from plantseg_gui.core.results import TileMode
from plantseg_gui.evaluation.compare import compare_paired
from plantseg_gui.evaluation.metrics import image_dice
from plantseg_gui.evaluation.runner import (
    ImageRecord,
    Notify,
    OnFailure,
    Stopped,
    evaluate_pairs,
    report,
)
from plantseg_gui.storage.pairs import Pair

if TYPE_CHECKING:
    from plantseg_gui.inference.predictor import Predictor

# A photo whose Dice does not change in the second decimal is neither better nor worse.
SAME_WITHIN = 0.005
# A mean change below this is of no use to anybody, however sure it is.
MEAN_SAME_WITHIN = 0.02
# With fewer photos an interval says nothing.
FEW = 3


@dataclass
class Comparison:
    """What came of a comparison.

    Attributes:
        planned: Photos that were to be judged.
        first: Records of the first version.
        second: Of the second one: the same photos in the same order.
        failed: Name and reason of photos that could not be judged by both.
        stopped: Why the rest was not looked at; None = all photos were.
    """

    planned: int
    first: list[ImageRecord] = field(default_factory=list)
    second: list[ImageRecord] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: Stopped | None = None


def judge_both(
    first: "Predictor",
    second: "Predictor",
    pairs: Sequence[Pair],
    *,
    mode: TileMode = TileMode.ADAPTIVE,
    scale_factor: float = 1.0,
    token: CancelToken | None = None,
    time_limit_s: float | None = None,
    progress: Progress = no_progress,
    on_photo: Callable[[dict[str, Any]], None] = lambda row: None,
    on_failure: OnFailure | None = None,
    notify: Notify = lambda text: None,
) -> Comparison:
    """Judge two versions on the same photos, each with its own threshold.

    Args:
        first: The version that is compared with.
        second: The other one.
        pairs: Photos and masks.
        mode: Which tiles are looked at.
        scale_factor: 1, or 2 for tiny lesions.
        token: Ends it between photos and tiles; a photo counts for both versions or not at all.
        time_limit_s: It ends after so many seconds; None = when it is done.
        progress: Called before each photo, and at the end.
        on_photo: Told of each photo that both have judged, as in the rows of `content`.
        on_failure: Told of each photo that could not be judged; the others go on.
        notify: Told in a sentence when the way of running had to be changed.
    """
    deadline = Deadline(time_limit_s, token)
    result = Comparison(planned=len(pairs))
    for number, pair in enumerate(pairs):
        progress(number, len(pairs), pair.name)
        records: list[ImageRecord] = []
        for predictor in (first, second):
            judged = evaluate_pairs(
                predictor,
                [pair],
                mode=mode,
                scale_factor=scale_factor,
                token=deadline,
                on_failure=on_failure,
                notify=notify,
            )
            records += judged.records
            result.failed += judged.failed
            if judged.stopped is not None:
                result.stopped = Stopped.TIME if deadline.expired else Stopped.ASKED
                return result
            if judged.failed:
                break
        if len(records) == 2:
            result.first.append(records[0])
            result.second.append(records[1])
            on_photo(_rows(records[:1], records[1:])[0])
    progress(len(pairs), len(pairs))
    return result


def content(result: Comparison, first: str, second: str, *, seed: int = 0) -> dict[str, Any]:
    """The figures of a comparison, for a JSON file.

    Args:
        result: What was judged.
        first: Name of the version that is compared with.
        second: Name of the other one.
        seed: Of the bootstrap.

    Returns:
        `first` and `second` (each as `evaluate` writes it, with its name), `change` (mean, its
        95 % interval over photos, p value), `better` and `worse` (names of photos), `sentence`,
        and `images` (worst change first).
    """
    rows = sorted(_rows(result.first, result.second), key=lambda row: row["change"])
    better = [row["image"] for row in reversed(rows) if row["change"] > SAME_WITHIN]
    worse = [row["image"] for row in rows if row["change"] < -SAME_WITHIN]
    change = _change(result, seed)
    return {
        "first": {"name": first, **report(result.first, seed=seed)},
        "second": {"name": second, **report(result.second, seed=seed)},
        "n": len(rows),
        "planned": result.planned,
        "partial": result.stopped is not None,
        "stopped": result.stopped,
        "change": change,
        "better": better,
        "worse": worse,
        "sentence": in_words(first, second, change, len(better), len(worse), len(rows)),
        "failed": [{"image": name, "what": what} for name, what in result.failed],
        "images": rows,
    }


def in_words(
    first: str, second: str, change: dict[str, Any], better: int, worse: int, count: int
) -> str:
    """What a comparison says, in one or two sentences."""
    if not count:
        return "No photo was judged by both versions."
    photos = "1 photo" if count == 1 else f"{count} photos"
    tally = f"better on {better} of {photos}, worse on {worse}"
    mean, (low, high) = change["mean"], change["interval"]
    told = f"mean Dice {mean:+.3f}".replace("-", "−")
    if count < FEW:
        return f"{second} is {tally} ({told}). That is too few photos to judge by."
    if low > 0 and mean >= MEAN_SAME_WITHIN:
        return f"{second} is better than {first}: {tally}, {told}."
    if high < 0 and mean <= -MEAN_SAME_WITHIN:
        return f"{second} is worse than {first}: {tally}, {told}."
    if max(abs(low), abs(high)) < MEAN_SAME_WITHIN or low > 0 or high < 0:
        return f"{first} and {second} are about the same: {second} is {tally}, {told}."
    return f"Not sure: {second} is {tally}, {told}, but the photos do not agree; it may be chance."


def _rows(first: Sequence[ImageRecord], second: Sequence[ImageRecord]) -> list[dict[str, Any]]:
    if not first:
        return []
    before, after = (image_dice(np.stack([r.counts for r in each])) for each in (first, second))
    return [
        {
            "image": a.name,
            "dice_first": round(float(x), 6),
            "dice_second": round(float(y), 6),
            "change": round(float(y - x), 6),
            "severity_true": _rounded(a.severity_true),
            "severity_first": _rounded(a.severity_found),
            "severity_second": _rounded(b.severity_found),
        }
        for a, b, x, y in zip(first, second, before, after, strict=True)
    ]


def _change(result: Comparison, seed: int) -> dict[str, Any]:
    if not result.first:
        return {"mean": None, "interval": [None, None], "p_value": None}
    before, after = (
        image_dice(np.stack([r.counts for r in each])) for each in (result.first, result.second)
    )
    paired = compare_paired(before, after, seed=seed)
    return {
        "mean": round(paired.mean_difference, 6),
        "interval": [round(value, 6) for value in paired.interval],
        "p_value": paired.wilcoxon_p_value,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
