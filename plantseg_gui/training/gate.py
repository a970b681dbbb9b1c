"""Whether the new model is better: an honest figure for each number of photos.

From 6 approved photos on, a quarter of them is held out from the training. With 3 to 5 nobody can
spare one: short trainings that leave out one photo each give a leave-one-out estimate, and it is
called so. With fewer there is nothing to judge by, and that is said.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from plantseg_gui.nn.losses.targets import MIN_LESION_PX
from plantseg_gui.training.finetune_data import LabelledPhoto
from plantseg_gui.training.metrics import PixelCounts
from plantseg_gui.training.photo_maps import Floats, PhotoTiles

LEAVE_ONE_OUT_FROM = 3
HELD_OUT_FROM = 6
HELD_OUT_SHARE = 0.25
LEAST_HELD_OUT = 2
# More cost time at every look and make the figure no better than it needs to be.
MOST_HELD_OUT = 25


class Method(StrEnum):
    """How a run is judged."""

    HELD_OUT = "held-out photos"
    LEAVE_ONE_OUT = "leave-one-out estimate"
    TOO_FEW = "too few to judge"


def method_for(approved: int) -> Method:
    """How a run with so many approved photos is judged."""
    if approved >= HELD_OUT_FROM:
        return Method.HELD_OUT
    return Method.LEAVE_ONE_OUT if approved >= LEAVE_ONE_OUT_FROM else Method.TOO_FEW


def choose_held_out(photos: Sequence[LabelledPhoto]) -> list[int]:
    """Which photos are kept out of the training; none below 6 approved ones.

    The choice follows from the photos' ids alone, so that a photo that was held out in one
    retraining is held out in the next one too, and figures can be compared. Only approved photos
    are taken; one with lesions is among them, and one stays, where there are two.

    Returns:
        Indices, rising.
    """
    approved = [i for i, p in enumerate(photos) if p.approved]
    if method_for(len(approved)) is not Method.HELD_OUT:
        return []
    count = min(MOST_HELD_OUT, max(LEAST_HELD_OUT, round(HELD_OUT_SHARE * len(approved))))
    order = sorted(approved, key=lambda i: _hash(photos[i].photo_id))
    chosen, rest = order[:count], order[count:]
    for mine, other in ((chosen, rest), (rest, chosen)):
        sick = [i for i in other if photos[i].photo.diseased]
        if len(sick) > 1 and not any(photos[i].photo.diseased for i in mine):
            other.remove(sick[0])
            other.append(mine.pop())
            mine.append(sick[0])
    return sorted(chosen)


def photo_dice(probability: Floats, photo: PhotoTiles, threshold: float) -> float:
    """Dice of one photo's mask, where its truth is known.

    A healthy photo has no Dice between 0 and 1: it counts 1 where less than the smallest lesion
    that training knows (16 network px) was found, else 0.

    Args:
        probability: [h, w], see `photo_maps.lesion_probability`.
        photo: Has the truth.
        threshold: Probability from which a pixel is lesion.
    """
    counts = PixelCounts()
    counts.add(probability >= threshold, photo.truth, photo.valid)
    if counts.tp + counts.fn == 0:
        return float(counts.fp < MIN_LESION_PX)
    return counts.dice


@dataclass
class Judgement:
    """Dice before and after, by photo.

    Attributes:
        method: How it was judged.
        before: Photo id → Dice of the base model.
        after: Photo id → Dice of a model that has not seen the photo.
    """

    method: Method
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)

    def to_results(self) -> dict[str, Any]:
        """For the events, results.json and the model's figures."""
        return {
            "method": str(self.method),
            "before": {k: round(v, 4) for k, v in self.before.items()},
            "after": {k: round(v, 4) for k, v in self.after.items()},
            "dice_before": _mean(self.before),
            "dice_after": _mean(self.after),
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
        return f"Mean Dice {before:.2f} before and {after:.2f} after, {how}."


def judged(method: Method, before: dict[str, float], after: dict[str, float]) -> Judgement:
    """A judgement, or "too few" where not even two photos were measured."""
    both = [k for k in before if k in after]
    if len(both) < LEAST_HELD_OUT:
        return Judgement(Method.TOO_FEW)
    return Judgement(method, {k: before[k] for k in both}, {k: after[k] for k in both})


def _mean(values: dict[str, float]) -> float | None:
    return round(float(np.mean(list(values.values()))), 4) if values else None


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
