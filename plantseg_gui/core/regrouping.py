"""Touching lesions grouped otherwise than the model did: fewer and larger, or more and smaller.

The mask stays as it is; what changes is which of its pixels make one lesion. A level decides from
which bond (`core.touching`) on parts are one lesion:

    -1  whatever touches is one lesion
     0  as the model says (it goes by its query boxes)
    +1  parts are apart wherever the pass between them is clearly lower than their peaks

Levels are nested: a higher one only divides further. Lesions that a person touched stay.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.edits import Edit, make_patches, make_touch_patches
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE, LabelImage
from plantseg_gui.core.lesions import count_lesions
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.core.touching import Touching

NAME = "Regroup lesions"
FEWEST, AS_MODEL, MOST = -1.0, 0.0, 1.0
# A pass of this share of the lower peak still parts two lesions at the highest level. Higher ones
# are ripples inside one lesion.
_LAST_PASS = 0.8

_Ints = npt.NDArray[np.int32]


class Interval(NamedTuple):
    """Counts of lesions: at the lowest level, as they are now, and at the highest level."""

    fewest: int
    now: int
    most: int


def untouched_lesions(touching: Touching, labels: LabelArray, touched: BoolArray) -> BoolArray:
    """The model's lesions that are in the labels as the model found them.

    Args:
        touching: Of the prediction.
        labels: [H, W] uint16, the photo's labels now.
        touched: [H, W] bool, the pixels that a person touched.

    Returns:
        [65536] bool, by lesion id.
    """
    lesion = touching.owner[touching.part]
    other = (labels.ravel()[touching.places] != lesion) | touched.ravel()[touching.places]
    size = UNSURE + 1
    same = np.bincount(lesion[other], minlength=size) == 0
    found = np.bincount(lesion, minlength=size)
    same &= (found > 0) & (found == np.bincount(labels.ravel(), minlength=size))
    return same


def count_range(touching: Touching, labels: LabelArray, touched: BoolArray) -> Interval:
    """How many lesions the photo has, and between which numbers the levels can bring it.

    Arguments as `untouched_lesions`.
    """
    free = untouched_lesions(touching, labels, touched)
    now = count_lesions(labels)
    others = now - int(np.count_nonzero(np.bincount(touching.owner, minlength=UNSURE + 1)[free]))
    used = free[touching.owner]

    def at(level: float) -> int:
        return others + len(np.unique(_groups(touching, free, level)[used]))

    return Interval(min(at(FEWEST), now), now, max(at(MOST), now))


def regroup(
    touching: Touching, labels: LabelArray, touched: BoolArray, level: float
) -> Edit | None:
    """Group the lesions that no person touched at another level.

    Where lesions came together, the border that is none any more counts as touched by a person
    from then on: that is what was decided. A lesion that was divided is a person's as a whole, or
    accepting the prediction later would join its parts again.

    Args:
        touching: Of the prediction.
        labels: [H, W] uint16, the photo's labels now.
        touched: [H, W] bool, the pixels that a person touched.
        level: -1 to 1, see the module's text.

    Returns:
        The step, not applied; None when nothing would change.

    Raises:
        ValueError: No lesion ids are left.
    """
    free = untouched_lesions(touching, labels, touched)
    number = _numbers(touching, free, level, labels)
    changed = number != touching.owner
    if not changed.any():
        return None
    pixels = changed[touching.part]
    new = labels.copy()
    new.ravel()[touching.places[pixels]] = number[touching.part[pixels]]
    after = touched | _regrouped_outline(labels, new)
    after.ravel()[touching.places[_divided(touching, number)[touching.part]]] = True
    image = LabelImage(labels)
    return Edit(
        NAME,
        make_patches(image, image.rect, new),
        make_touch_patches(touched, image.rect, after),
    )


def _groups(touching: Touching, free: BoolArray, level: float) -> _Ints:
    """The group of each part at a level, by the lowest part of the group."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first, second = touching.owner[touching.pairs].T
    within = first == second
    # Up to the model's level all of a lesion is one, whatever the passes inside it.
    divide = within & free[first] & (level > AS_MODEL)
    joined = np.where(divide, touching.bond >= _LAST_PASS * level, within)
    if level < AS_MODEL:
        joined |= free[first] & free[second] & (touching.bond >= 1.0 + level)
    pairs = touching.pairs[joined]
    count = len(touching.owner)
    # Parts of one lesion that do not touch each other belong together all the same.
    main = np.full(UNSURE + 1, -1, np.int64)
    if level <= AS_MODEL:
        main[touching.owner[::-1]] = np.arange(count)[::-1]
        same = np.stack([np.arange(count), main[touching.owner]], axis=1)
        pairs = np.concatenate([pairs, same])
    links = (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1]))
    _, group = connected_components(coo_matrix(links, shape=(count, count)), directed=False)
    return np.asarray(group, np.int32)


def _numbers(touching: Touching, free: BoolArray, level: float, labels: LabelArray) -> LabelArray:
    """The lesion id of each part at a level.

    The largest part of a group keeps its lesion's id, unless a larger group has it; then a new one.
    """
    number = touching.owner.copy()
    group = _groups(touching, free, level)
    movable = free[touching.owner]
    unused = np.bincount(labels.ravel(), minlength=UNSURE + 1) == 0
    unused[[HEALTHY, UNSURE]] = False
    highest = int(np.flatnonzero(~unused[:UNSURE])[-1])
    ids = np.flatnonzero(unused)
    ids = np.concatenate([ids[ids > highest], ids[ids < highest]])
    taken: set[int] = set()
    given = 0
    seen: set[int] = set()
    for part in np.argsort(-touching.area_px, kind="stable").tolist():
        if not movable[part] or int(group[part]) in seen:
            continue
        seen.add(int(group[part]))
        wanted = int(touching.owner[part])
        if wanted in taken:
            if given == len(ids):
                raise ValueError(f"more than {MAX_LESION_ID} lesions in one photo")
            wanted, given = int(ids[given]), given + 1
        taken.add(wanted)
        number[(group == group[part]) & movable] = wanted
    return number


def _divided(touching: Touching, number: LabelArray) -> BoolArray:
    """Which parts belong to a lesion whose parts have different numbers, [parts] bool."""
    lowest = np.full(UNSURE + 1, UNSURE, np.uint16)
    highest = np.zeros(UNSURE + 1, np.uint16)
    np.minimum.at(lowest, touching.owner, number)
    np.maximum.at(highest, touching.owner, number)
    return np.asarray((lowest != highest)[touching.owner])


def _regrouped_outline(before: LabelArray, after: LabelArray) -> BoolArray:
    """Pixels with a neighbour of which it was decided otherwise whether both are one lesion."""
    found = np.zeros(before.shape, bool)
    lesion = (before != HEALTHY) & (before != UNSURE)
    height, width = before.shape
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = np.s_[: height - dy, max(0, -dx) : width - max(0, dx)]
        there = np.s_[dy:, max(0, dx) : width - max(0, -dx)]
        other = (before[here] == before[there]) != (after[here] == after[there])
        other &= lesion[here] & lesion[there]
        found[here] |= other
        found[there] |= other
    # A person's step must leave a trace of the person, or the prediction would fill over it.
    return found if found.any() else before != after
