"""Scribbles and what a small head proposes from them: what passes between window and network."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.labels import MAX_LESION_ID
from plantseg_gui.core.merging import Merge
from plantseg_gui.core.results import BoolArray, LabelArray

# Values of a change map.
BECOMES_HEALTHY, UNCHANGED, BECOMES_LESION = 0, 128, 255


@dataclass(frozen=True, eq=False)
class ScribbleStroke:
    """Pixels of which a person says what they are.

    Attributes:
        rect: Where, inside the photo, photo px.
        mask: [h, w] bool of it, not empty.
        lesion: Whether they are lesion; else healthy.
    """

    rect: Rect
    mask: BoolArray
    lesion: bool


@dataclass(frozen=True)
class ScribbleProposal:
    """What the whole photo would be.

    Attributes:
        labels: [H, W] uint16 in photo px, 0 = healthy, n = lesion n; pixels of strokes are what the
            person said.
        strokes: How many strokes it was made from.
        seconds: To fit the head and to apply it to the whole photo.
    """

    labels: LabelArray
    strokes: int
    seconds: float


def impose(labels: LabelArray, strokes: tuple[ScribbleStroke, ...]) -> None:
    """Make the pixels of strokes what the person said, in place; later strokes win.

    Args:
        labels: [H, W] uint16. Healthy pixels of a lesion stroke join the lesion under it that it
            shares most pixels with, or become a lesion of their own.
        strokes: In the order in which they were drawn.
    """
    for stroke in strokes:
        part = labels[stroke.rect.slices]
        if not stroke.lesion:
            part[stroke.mask] = 0
            continue
        under = part[stroke.mask]
        known = under[under > 0]
        free = min(int(labels.max()) + 1, MAX_LESION_ID)
        own = int(np.bincount(known).argmax()) if known.size else free
        part[stroke.mask & (part == 0)] = own


@dataclass(frozen=True, eq=False)
class ReadyProposal:
    """A proposal brought together with what is there: `Document.replace` can take it.

    Attributes:
        labels: [H, W] uint16, the whole photo afterwards.
        touched: [H, W] bool: afterwards all lesions, changes and strokes are a person's.
        free: [H, W] bool, the pixels that are a person's by proposals alone; further strokes may
            change them again.
        change: [H, W] uint8 of `BECOMES_HEALTHY`, `UNCHANGED`, `BECOMES_LESION`.
        strokes: How many strokes it was made from.
    """

    labels: LabelArray
    touched: BoolArray
    free: BoolArray
    change: npt.NDArray[np.uint8]
    strokes: int


def bring_together(
    current: LabelArray,
    touched: BoolArray,
    free: BoolArray | None,
    proposal: ScribbleProposal,
    strokes: tuple[ScribbleStroke, ...],
) -> ReadyProposal:
    """Lay a proposal over the labels; what a person painted stays. O(photo): not for the UI thread.

    Args:
        current: [H, W] uint16.
        touched: [H, W] bool, the pixels that a person touched.
        free: [H, W] bool, those of them that earlier scribbles touched; None for none.
        proposal: What the head says.
        strokes: What it was made from.

    Raises:
        ValueError: more than 65534 lesions together.
    """
    keep = touched if free is None else touched & ~free
    labels = current.copy()
    for patch in Merge(current, proposal.labels, keep).patches():
        labels[patch.rect.slices] = patch.after
    was, becomes = current > 0, labels > 0
    change = np.full(labels.shape, UNCHANGED, np.uint8)
    change[becomes & ~was] = BECOMES_LESION
    change[was & ~becomes] = BECOMES_HEALTHY
    own = touched | becomes | (was & ~becomes)
    for stroke in strokes:
        own[stroke.rect.slices] |= stroke.mask
    return ReadyProposal(labels, own, own & ~keep, change, proposal.strokes)
