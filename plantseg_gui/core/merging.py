"""Joining two label images: what a person drew, and what a network said."""

import numpy as np

from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE
from plantseg_gui.core.results import BoolArray, LabelArray

_IDS = UNSURE + 1


def merge_labels(current: LabelArray, incoming: LabelArray, *, keep: BoolArray) -> LabelArray:
    """`current` where `keep` is set, `incoming` elsewhere, with ids that fit together.

    An incoming lesion that overlaps lesions in the kept part gets the id of the one that it
    overlaps most; any other keeps its id, or gets a free one where the kept part uses its id.

    Args:
        current: [H, W] uint16.
        incoming: [H, W] uint16.
        keep: [H, W] bool.

    Returns:
        [H, W] uint16, a new array.

    Raises:
        ValueError: More than 65534 lesions together.
    """
    if not keep.any():
        return incoming.copy()
    kept, rest = current[keep], incoming[keep]
    table = np.arange(_IDS, dtype=np.uint16)
    used = np.zeros(_IDS, dtype=bool)
    used[kept] = True
    used[[HEALTHY, UNSURE]] = True

    both = _is_lesion(kept) & _is_lesion(rest)
    joined = np.zeros(_IDS, dtype=bool)
    pairs, counts = np.unique(rest[both].astype(np.uint32) * _IDS + kept[both], return_counts=True)
    # Rising overlap: of several partners the last one written, the largest, stays.
    for pair in pairs[np.argsort(counts, kind="stable")]:
        theirs, ours = divmod(int(pair), _IDS)
        table[theirs] = ours
        joined[theirs] = True

    present = np.zeros(_IDS, dtype=bool)
    present[incoming[~keep]] = True
    present[[HEALTHY, UNSURE]] = False
    clashing = np.flatnonzero(present & used & ~joined)
    used |= present
    free = np.flatnonzero(~used)
    if free.size < clashing.size:
        raise ValueError(f"more than {MAX_LESION_ID} lesions in one photo")
    # New numbers go on above the highest one, as those of new strokes do, while there are any.
    highest = int(np.flatnonzero(used[:UNSURE])[-1])
    free = np.concatenate([free[free > highest], free[free < highest]])
    table[clashing] = free[: clashing.size]
    return np.where(keep, current, table[incoming])


def _is_lesion(values: LabelArray) -> BoolArray:
    return (values != HEALTHY) & (values != UNSURE)
