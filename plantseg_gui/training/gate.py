"""Whether the new model is better: an honest figure for each number of photos.

From 6 approved photos on, a quarter of them is held out from the training. With 3 to 5 nobody can
spare one: short trainings that leave out one photo each give a leave-one-out estimate, and it is
called so. With fewer there is nothing to judge by, and that is said. A person's own test set is
judged by in any case (`gate_split`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.core.severity import diagnose
from plantseg_gui.evaluation.bootstrap import mean_interval
from plantseg_gui.nn.losses.targets import MIN_LESION_PX
from plantseg_gui.training.gate_split import LEAST_HELD_OUT, Method
from plantseg_gui.training.metrics import PixelCounts
from plantseg_gui.training.photo_maps import Bools, PhotoTiles

Scores = dict[str, float]


def photo_dice(mask: Bools, photo: PhotoTiles) -> float:
    """Dice of one photo's mask, where its truth is known.

    A healthy photo has no Dice between 0 and 1: it counts 1 where less than the smallest lesion
    that training knows (16 network px) was found, else 0.

    Args:
        mask: [h, w] at network scale.
        photo: Has the truth.
    """
    counts = PixelCounts()
    counts.add(mask, photo.truth, photo.valid)
    if counts.tp + counts.fn == 0:
        return float(counts.fp < MIN_LESION_PX)
    return counts.dice


def photo_severity(photo: PhotoTiles, masks: Sequence[Bools]) -> list[float] | None:
    """Severity in % of the leaf by each of several masks; None where no leaf is found.

    Args:
        photo: Its picture at network scale, lesion or not.
        masks: [h, w] each.
    """
    leaf = find_leaf(photo.image)
    found = [diagnose(mask.astype(np.uint16), leaf, None).severity_pct for mask in masks]
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else None


@dataclass
class Judgement:
    """What the judged photos say.

    Attributes:
        method: How it was judged.
        before: Photo id → Dice of the base model.
        after: Photo id → Dice of a model that has not seen the photo.
        severity: Photo id → "true", "before", "after" in % of the leaf, where one was found.
        earlier_before: Photo id → Dice of the base model on photos that were learned from.
        earlier_after: The same of the new model.
        kept_out: Judged photos of the person's own test set.
        pictures: Photo id → "image", "before", "after": files in the run's folder.
    """

    method: Method
    before: Scores = field(default_factory=dict)
    after: Scores = field(default_factory=dict)
    severity: dict[str, Scores] = field(default_factory=dict)
    earlier_before: Scores = field(default_factory=dict)
    earlier_after: Scores = field(default_factory=dict)
    kept_out: list[str] = field(default_factory=list)
    pictures: dict[str, dict[str, str]] = field(default_factory=dict)

    def to_results(self) -> dict[str, Any]:
        """For the events, results.json and the model's figures; see `protocol.Finished`."""
        errors = {
            when: {k: abs(v[when] - v["true"]) for k, v in self.severity.items()}
            for when in ("before", "after")
        }
        return {
            "method": str(self.method),
            "before": _rounded(self.before),
            "after": _rounded(self.after),
            "dice_before": _mean(self.before),
            "dice_after": _mean(self.after),
            "interval": _interval(self.before, self.after),
            "severity": {k: _rounded(v, 3) for k, v in self.severity.items()},
            "severity_error_before": _mean(errors["before"]),
            "severity_error_after": _mean(errors["after"]),
            "severity_interval": _interval(errors["before"], errors["after"]),
            "earlier": {
                "before": _rounded(self.earlier_before),
                "after": _rounded(self.earlier_after),
            },
            "kept_out": self.kept_out,
            "pictures": self.pictures,
        }

    def sentence(self) -> str:
        """For the model card."""
        before, after = _mean(self.before), _mean(self.after)
        if before is None or after is None:
            return "Too few approved photos to judge; look at its masks before you trust them."
        how = {
            Method.HELD_OUT: f"on {len(self.after)} approved photos that were held out from it",
            Method.LEAVE_ONE_OUT: (
                f"by a leave-one-out estimate over {len(self.after)} approved photos (from shorter "
                "trainings that each left one of them out)"
            ),
        }[self.method]
        between = _interval(self.before, self.after)
        range_ = f" (change {between[0]:+.2f} to {between[1]:+.2f}, 95 %)" if between else ""
        return f"Mean Dice {before:.2f} before and {after:.2f} after{range_}, {how}."


def judged(method: Method, before: Scores, after: Scores, **more: Any) -> Judgement:
    """A judgement, or "too few" where not even two photos were measured.

    Args:
        method: How it was judged.
        before: By photo.
        after: By photo.
        more: Further fields of `Judgement`; what is about other photos than the judged is dropped.
    """
    both = [k for k in before if k in after]
    earlier = {k: v for k, v in more.items() if k.startswith("earlier")}
    if len(both) < LEAST_HELD_OUT:
        return Judgement(Method.TOO_FEW, **earlier)
    known = set(both)
    more = {k: _only(v, known) if k not in earlier else v for k, v in more.items()}
    return Judgement(method, {k: before[k] for k in both}, {k: after[k] for k in both}, **more)


def _only(values: Any, known: set[str]) -> Any:
    if isinstance(values, dict):
        return {k: v for k, v in values.items() if k in known}
    return [v for v in values if v in known]


def _interval(before: Mapping[str, float], after: Mapping[str, float]) -> list[float] | None:
    """95 % of the mean change by a paired bootstrap over photos; None without two photos."""
    changes = [after[k] - before[k] for k in before if k in after]
    if len(changes) < LEAST_HELD_OUT:
        return None
    low, high = mean_interval(np.array(changes))
    return [round(float(low), 4), round(float(high), 4)]


def _rounded(values: Mapping[str, float], digits: int = 4) -> Scores:
    return {k: round(v, digits) for k, v in values.items()}


def _mean(values: Mapping[str, float]) -> float | None:
    return round(float(np.mean(list(values.values()))), 4) if values else None
