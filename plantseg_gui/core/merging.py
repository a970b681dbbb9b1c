"""Joining two label images: what a person drew, and what a network said.

It runs on the UI thread, so it looks only into the blocks that hold lesions: a photo of 2048² takes
some milliseconds instead of forty.
"""

from collections.abc import Iterator

import numpy as np

from plantseg_gui.core.edits import BLOCK_PX, crop_to_change
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import HEALTHY, MAX_LESION_ID, UNSURE
from plantseg_gui.core.patches import Patch, TouchPatch
from plantseg_gui.core.results import BoolArray, LabelArray

_IDS = UNSURE + 1
_FEW = 64


class Merge:
    """`current` where `keep` is set, `incoming` elsewhere, with ids that fit together.

    An incoming lesion that overlaps lesions in the kept part gets the id of the one that it
    overlaps most; any other keeps its id, or gets a free one where the kept part uses its id.

    Args:
        current: [H, W] uint16.
        incoming: [H, W] uint16.
        keep: [H, W] bool.

    Raises:
        ValueError: More than 65534 lesions together.
    """

    def __init__(self, current: LabelArray, incoming: LabelArray, keep: BoolArray) -> None:
        self._current, self._incoming, self._keep = current, incoming, keep
        whole = Rect(0, 0, *keep.shape)
        theirs, ours = _occupied(incoming), _occupied(current)
        blocks = zip(whole.blocks(BLOCK_PX), theirs, ours, strict=True)
        self._blocks = [(block, bool(t), bool(o)) for block, t, o in blocks if t or o]
        # Blocks whose current lesions are all kept; without incoming ones nothing changes there.
        self._kept_whole: set[Rect] = set()
        self._table = self._new_ids()

    def patches(self) -> list[Patch]:
        """What has to change in `current`."""
        cropped = (crop_to_change(b, self._current[b.slices], a) for b, a in self._joined())
        return [Patch(*part) for part in cropped if part is not None]

    def touch_patches(self) -> list[TouchPatch]:
        """What has to change in `keep` so that the incoming lesions are kept from now on."""
        patches = []
        for block, theirs, _ in self._blocks:
            if theirs:
                before = self._keep[block.slices]
                after = self._incoming[block.slices] != HEALTHY
                after |= before
                cropped = crop_to_change(block, before, after)
                if cropped is not None:
                    patches.append(TouchPatch(*cropped))
        return patches

    def _joined(self) -> Iterator[tuple[Rect, LabelArray]]:
        """The joined labels of each block that may change, as arrays of their own."""
        for block, theirs, _ in self._blocks:
            if not theirs and block in self._kept_whole:
                continue
            joined = self._incoming[block.slices].copy()
            if theirs and self._table is not None:
                lesions = joined != HEALTHY
                joined[lesions] = self._table[joined[lesions]]
            np.copyto(joined, self._current[block.slices], where=self._keep[block.slices])
            yield block, joined

    def _new_ids(self) -> LabelArray | None:
        """New id of each incoming id, [65536] uint16; None where all stay as they are."""
        used, present = np.zeros(_IDS, bool), np.zeros(_IDS, bool)
        overlaps: list[LabelArray] = []
        for block, theirs, ours in self._blocks:
            kept = self._keep[block.slices]
            if theirs:
                incoming = self._incoming[block.slices]
                lesions = incoming != HEALTHY
            if ours:
                current = self._current[block.slices]
                mine = current != HEALTHY
                everything = np.count_nonzero(mine)
                mine &= kept
                values = current[mine]
                used[_starts(values)] = True
                if values.size == everything:
                    self._kept_whole.add(block)
                if theirs and values.size:
                    mine &= lesions
                    overlaps.append(np.stack([incoming[mine], current[mine]]))
            if theirs:
                lesions &= ~kept
                present[_starts(incoming[lesions])] = True
        used[[HEALTHY, UNSURE]] = True
        present[[HEALTHY, UNSURE]] = False
        table = np.arange(_IDS, dtype=np.uint16)
        joined = _join(table, overlaps)
        clashing = np.flatnonzero(present & used & ~joined)
        if not clashing.size and not joined.any():
            return None
        used |= present
        free = np.flatnonzero(~used)
        if free.size < clashing.size:
            raise ValueError(f"more than {MAX_LESION_ID} lesions in one photo")
        # New numbers go on above the highest one, as those of new strokes do, while there are any.
        highest = int(np.flatnonzero(used[:UNSURE])[-1])
        free = np.concatenate([free[free > highest], free[free < highest]])
        table[clashing] = free[: clashing.size]
        return table


def _occupied(labels: LabelArray) -> list[bool]:
    """Whether each block of [H, W], in reading order, holds anything but healthy pixels."""
    found: list[bool] = []
    columns = np.arange(0, labels.shape[1], BLOCK_PX)
    for y in range(0, labels.shape[0], BLOCK_PX):
        highest = labels[y : y + BLOCK_PX].max(axis=0)
        found += (np.maximum.reduceat(highest, columns) != HEALTHY).tolist()
    return found


def _starts(values: LabelArray) -> LabelArray:
    """The first of each run of equal values: far fewer, but none is lost."""
    if values.size < _FEW:
        return values
    change = np.flatnonzero(values[1:] != values[:-1]) + 1
    return values[np.concatenate([[0], change])]


def _join(table: LabelArray, overlaps: list[LabelArray]) -> BoolArray:
    """Give incoming lesions the id of the kept one that they overlap most.

    Args:
        table: New ids, changed in place.
        overlaps: [2, n] each: id of the incoming and of the kept lesion of each pixel of both.

    Returns:
        [65536] bool: which incoming lesions were joined.
    """
    joined = np.zeros(_IDS, bool)
    if not any(part.size for part in overlaps):
        return joined
    theirs, ours = np.concatenate(overlaps, axis=1).astype(np.uint32)
    # Counted by runs: sorting a million single pixels would take 60 ms.
    pairs = theirs * _IDS + ours
    starts = np.concatenate([[0], np.flatnonzero(pairs[1:] != pairs[:-1]) + 1])
    lengths = np.diff(starts, append=pairs.size)
    distinct, place = np.unique(pairs[starts], return_inverse=True)
    counts = np.bincount(place, weights=lengths)
    # Rising overlap: of several partners the last one written, the largest, stays.
    for pair in distinct[np.argsort(counts, kind="stable")]:
        from_id, to_id = divmod(int(pair), _IDS)
        if from_id != UNSURE and to_id != UNSURE:
            table[from_id] = to_id
            joined[from_id] = True
    return joined
