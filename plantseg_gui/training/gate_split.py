"""Which photos a retraining learns from and which it is judged by: the two sides of the gate.

A person's own test set is never learned from. Photos that look alike stay on one side, so that no
model is praised for what it has seen.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.finetune_data import LabelledPhoto

LEAVE_ONE_OUT_FROM = 3
HELD_OUT_FROM = 6
HELD_OUT_SHARE = 0.25
LEAST_HELD_OUT = 2
# So many photos of a person's own test set are enough to judge by them alone.
OWN_SET_FROM = 3
# More cost time at every look and make the figure no better than it needs to be.
MOST_HELD_OUT = 25


class Method(StrEnum):
    """How a run is judged."""

    HELD_OUT = "held-out photos"
    LEAVE_ONE_OUT = "leave-one-out estimate"
    TOO_FEW = "too few to judge"


@dataclass(frozen=True)
class Split:
    """Indices of photos, by what they are for.

    Attributes:
        training: Learned from, rising.
        held_out: Judged by, never learned from, rising.
        folds: Parts of `training` that are left out in turn for an estimate; empty without one.
        method: How the result will be judged.
        left_out: A sentence for each photo that is on neither side.
    """

    training: list[int]
    held_out: list[int]
    folds: list[list[int]]
    method: Method
    left_out: list[str] = field(default_factory=list)


def method_for(approved: int, own: int = 0) -> Method:
    """How a run is judged.

    Args:
        approved: Approved photos (groups of alike ones count once) that may be learned from.
        own: Photos of the person's own test set.
    """
    if own >= OWN_SET_FROM or approved + own >= HELD_OUT_FROM:
        return Method.HELD_OUT
    if approved >= LEAVE_ONE_OUT_FROM:
        return Method.LEAVE_ONE_OUT
    return Method.HELD_OUT if own >= LEAST_HELD_OUT else Method.TOO_FEW


def split_photos(photos: Sequence[LabelledPhoto], share: float = HELD_OUT_SHARE) -> Split:
    """Choose the sides.

    The choice follows from the photos' ids alone, so that a photo that was held out in one
    retraining is held out in the next one too, and figures can be compared. Only approved photos
    are judged by; one with lesions is among them, and one stays, where there are two.

    Args:
        photos: All photos of the run.
        share: Of the approved photos that are held out, where there are enough and the person's
            own test set is not enough; 0 = none but the own test set.

    Raises:
        InputError: nothing is left to learn from.
    """
    own = [i for i, p in enumerate(photos) if p.keep_out and p.approved]
    like_own = {photos[i].group for i in own if photos[i].group}
    left_out, free = [], []
    for i, photo in enumerate(photos):
        name = Path(photo.photo_id).name
        if photo.keep_out and not photo.approved:
            left_out.append(f"{name} is in your test set, but not approved: it is not used.")
        elif not photo.keep_out and photo.group in like_own and photo.group:
            left_out.append(
                f"{name} looks like a photo of your test set: it is not learned from, or the test "
                "would be no test."
            )
        elif not photo.keep_out:
            free.append(i)
    units = _units(photos, [i for i in free if photos[i].approved])
    method = method_for(len(units), len(own))
    held_out = set(own)
    if method is Method.HELD_OUT and len(own) < OWN_SET_FROM and share > 0:
        approved = sum(len(u) for u in units)
        count = min(MOST_HELD_OUT, max(LEAST_HELD_OUT, round(share * approved))) - len(own)
        held_out |= _choose(units, count, lambda i: photos[i].photo.diseased)
    # A photo that is only corrected, but looks like a held-out one, is learned from no more.
    groups = {photos[i].group for i in held_out if photos[i].group}
    training = [i for i in free if i not in held_out and photos[i].group not in groups]
    left_out += [
        f"{Path(photos[i].photo_id).name} looks like a held-out photo: it is not learned from."
        for i in free
        if i not in held_out and i not in training
    ]
    if not training:
        raise InputError(
            "There is nothing to learn from: every photo is in your test set or looks like one "
            "that is.",
            "Approve or correct a photo that is not in the test set.",
        )
    folds = units if method is Method.LEAVE_ONE_OUT else []
    places = {i: place for place, i in enumerate(training)}
    return Split(
        training,
        sorted(held_out),
        [[places[i] for i in unit] for unit in folds],
        method,
        left_out,
    )


def _units(photos: Sequence[LabelledPhoto], indices: Sequence[int]) -> list[list[int]]:
    """Photos that must stay together, in an order that depends on their ids alone."""
    units: dict[str, list[int]] = {}
    for i in indices:
        units.setdefault(photos[i].group or f"\0{i}", []).append(i)
    return sorted(units.values(), key=lambda unit: min(_hash(photos[i].photo_id) for i in unit))


def _choose(units: list[list[int]], count: int, sick: Callable[[int], bool]) -> set[int]:
    """Units of at least `count` photos, from the front; never all of them."""
    chosen: list[list[int]] = []
    rest = list(units)
    while len(rest) > 1 and sum(len(u) for u in chosen) < count:
        chosen.append(rest.pop(0))
    for mine, other in ((chosen, rest), (rest, chosen)):
        better = [u for u in other if any(sick(i) for i in u)]
        if mine and len(better) > 1 and not any(sick(i) for u in mine for i in u):
            other.remove(better[0])
            other.append(mine.pop())
            mine.append(better[0])
    return {i for unit in chosen for i in unit}


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
