"""Earlier masks of a photo, made again from the steps of its history."""

from typing import NamedTuple

import numpy as np

from plantseg_gui.core.edits import Edit
from plantseg_gui.core.labels import LabelImage
from plantseg_gui.core.results import LabelArray


class Steps(NamedTuple):
    """The steps of a history at one moment.

    Attributes:
        edits: In the order in which they were made; the ones that were taken back come last.
        done: How many of them are in the labels.
        loose: What lies over them and is no step of its own (`History.lay`).
    """

    edits: tuple[Edit, ...]
    done: int
    loose: Edit | None = None


def labels_after(current: LabelArray, steps: Steps, count: int) -> LabelArray:
    """The mask as it was after the first `count` steps; takes the time of what lies between.

    May run in any thread. Labels that change meanwhile give a mixture: whoever asked has to ask
    again then.

    Args:
        current: [H, W] uint16, the labels with `steps.done` steps in them; left as they are.
        steps: See `History.steps`.
        count: 0 = before the first step that is kept, up to all of them.

    Returns:
        [H, W] uint16, read-only, of its own memory.

    Raises:
        ValueError: there are not so many steps, or they belong to another photo.
    """
    if not 0 <= count <= len(steps.edits):
        raise ValueError(f"revision {count} of {len(steps.edits)} steps")
    labels = LabelImage(np.array(current, np.uint16, order="C"))
    if count != steps.done and steps.loose is not None:
        steps.loose.revert(labels)
    for edit in reversed(steps.edits[count : steps.done]):
        edit.revert(labels)
    for edit in steps.edits[steps.done : count]:
        edit.apply(labels)
    return labels.array
