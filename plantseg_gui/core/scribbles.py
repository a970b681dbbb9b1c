"""Scribbles and what a small head proposes from them: what passes between window and network."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray, LabelArray

# Values of a change map; what is between is drawn as no change.
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
        if known.size:
            own = int(np.bincount(known).argmax())
        else:
            own = min(int(labels.max()) + 1, 65534)
        part[stroke.mask & (part == 0)] = own


def change_map(before: LabelArray, after: LabelArray, keep: BoolArray) -> npt.NDArray[np.uint8]:
    """Where taking `after` over would change what is lesion.

    Args:
        before: [H, W] uint16.
        after: [H, W] uint16.
        keep: [H, W] bool, pixels that stay as they are.

    Returns:
        [H, W] uint8 of `BECOMES_HEALTHY`, `UNCHANGED`, `BECOMES_LESION`.
    """
    changed = np.full(before.shape, UNCHANGED, np.uint8)
    was, becomes, free = before > 0, after > 0, ~keep
    changed[becomes & ~was & free] = BECOMES_LESION
    changed[was & ~becomes & free] = BECOMES_HEALTHY
    return changed
