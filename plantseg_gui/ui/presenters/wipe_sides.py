"""What a wipe can show on either side: the choices, and their pictures, made in the pool."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QImage

from plantseg_gui.core.document import Document
from plantseg_gui.core.leaf import find_leaf
from plantseg_gui.core.results import (
    BoolArray,
    Diagnosis,
    LabelArray,
    LeafResult,
    Prediction,
    RgbArray,
)
from plantseg_gui.core.revisions import Steps, labels_after
from plantseg_gui.core.severity import diagnose
from plantseg_gui.ui.canvas.see_through import (
    LESION,
    changed_picture,
    classes,
    map_picture,
    mask_picture,
    origin_picture,
)
from plantseg_gui.ui.canvas.wipe_pictures import WipePictures
from plantseg_gui.ui.presenters.display import byte_maps
from plantseg_gui.ui.view_state import LAYERS

PHOTO, MASK, PREDICTION, OPENED = "photo", "mask", "prediction", "opened"
STEP, LAYER = "step:", "layer:"
# Of a very long list of steps, so many are offered, the newest.
MOST_STEPS = 200


class Choice(NamedTuple):
    """One entry of a chooser.

    Attributes:
        key: What it stands for.
        text: Its name in the list, and on its side of the divider.
        tip: What it shows.
        group: Entries of one group stand together.
    """

    key: str
    text: str
    tip: str
    group: int


class Material(NamedTuple):
    """What pictures are made of, as it was on the main thread.

    Attributes:
        document: Whose pictures.
        labels: [H, W] uint16, live: a stroke meanwhile is followed by another order.
        touched: [H, W] bool, live.
        steps: Of the history.
        opened: After how many of the steps the photo was opened; None where that is not known.
        prediction: The model's, at the threshold that is set.
        leaf: Where it is known already.
        image: [H, W, 3] uint8.
    """

    document: Document
    labels: LabelArray
    touched: BoolArray
    steps: Steps
    opened: int | None
    prediction: Prediction | None
    leaf: LeafResult | None
    image: RgbArray


class Change(NamedTuple):
    """Between two masks.

    Attributes:
        changed: Pixels that are something else (lesion, healthy, unsure).
        gained: Pixels that became lesion.
        lost: Pixels that no longer are lesion.
        before: Numbers of the one mask.
        after: Numbers of the other.
    """

    changed: int
    gained: int
    lost: int
    before: Diagnosis
    after: Diagnosis


class Made(NamedTuple):
    """What `make` gives.

    Attributes:
        document: Whose.
        pictures: To lie over the photo.
        change: None unless both sides are masks.
        leaf: Found on the way; None where none was looked for.
    """

    document: Document
    pictures: WipePictures
    change: Change | None
    leaf: LeafResult | None


def choices(
    steps: Steps, opened: int | None, prediction: Prediction | None, missing: dict[str, str]
) -> list[Choice]:
    """What can be chosen for a photo.

    Args:
        steps: Of its history.
        opened: See `Material`.
        prediction: Its prediction.
        missing: Layer → why it cannot be shown; empty where it can.
    """
    found = [
        Choice(PHOTO, "Bare photo", "The photo without anything over it", 0),
        Choice(MASK, "Current mask", "The mask as it is now", 1),
    ]
    if prediction is not None:
        tip = f"What {prediction.model} found, at the threshold that is set"
        found.append(Choice(PREDICTION, "Model's prediction", tip, 1))
    if opened is not None and opened != steps.done:
        made = steps.done - opened
        tip = f"Without the {made} step(s) since" if made > 0 else "With the steps taken back since"
        found.append(Choice(OPENED, "Mask as opened", tip, 1))
    found += _step_choices(steps)
    for name, spec in LAYERS.items():
        if name != "mask" and not missing.get(name):
            found.append(Choice(LAYER + name, spec.title, spec.tip, 3))
    return found


def make(material: Material, left: str, right: str, *, changed: bool) -> Made:
    """The pictures of both sides; some 0.1 s for four megapixels, so it belongs into the pool.

    Args:
        material: Of the photo.
        left: Key of a choice.
        right: Likewise.
        changed: Whether the picture of the changed pixels is wanted too.

    Raises:
        ValueError: a revision cannot be made again.
    """
    sides = [_labels(material, key) for key in (left, right)]
    found = [None if labels is None else classes(labels) for labels in sides]
    pictures = [
        _layer_picture(material, key) if kinds is None else mask_picture(kinds)
        for key, kinds in zip((left, right), found, strict=True)
    ]
    change, leaf, third = None, material.leaf, QImage()
    if found[0] is not None and found[1] is not None:
        assert sides[0] is not None
        assert sides[1] is not None
        leaf = leaf or find_leaf(material.image)
        was, now = found[0] == LESION, found[1] == LESION
        change = Change(
            int(np.count_nonzero(found[0] != found[1])),
            int(np.count_nonzero(now & ~was)),
            int(np.count_nonzero(was & ~now)),
            diagnose(sides[0], leaf, None),
            diagnose(sides[1], leaf, None),
        )
        if changed:
            third = changed_picture(found[0], found[1])
    gained, lost = (change.gained, change.lost) if change is not None else (0, 0)
    made = WipePictures(pictures[0], pictures[1], third, gained, lost)
    return Made(material.document, made, change, leaf)


def is_mask(key: str) -> bool:
    """Whether a choice is a mask, which can be measured."""
    return key in (MASK, PREDICTION, OPENED) or key.startswith(STEP)


def change_text(change: Change) -> str:
    """What differs, in one line."""
    if not change.changed:
        return "Both masks are the same"
    parts = [f"{change.changed:,} px changed"]
    before, after = change.before.severity_pct, change.after.severity_pct
    if before is not None and after is not None:
        parts.append(f"severity {before:.2f} → {after:.2f} % ({after - before:+.2f})")
    one, two = int(change.before.lesion_count), int(change.after.lesion_count)
    parts.append(f"lesions {one:,} → {two:,} ({two - one:+,})")
    return "  ·  ".join(parts).replace("-", "−")


def _step_choices(steps: Steps) -> list[Choice]:
    """The newest step first; the mask before the oldest one last."""
    total = len(steps.edits)
    oldest = max(0, total - MOST_STEPS)
    made = []
    for count in range(total, oldest, -1):
        if count == steps.done:
            continue  # the current mask
        edit = steps.edits[count - 1]
        undone = " (taken back)" if count > steps.done else ""
        text = f"After step {count}: {edit.name}{_time(edit.at)}{undone}"
        made.append(Choice(f"{STEP}{count}", text, "An earlier mask of this photo", 2))
    if total and steps.done:
        tip = "As far back as undo reaches"
        made.append(Choice(f"{STEP}0", "Before step 1", tip, 2))
    return made


def _time(at: int) -> str:
    """When a step was made, with the day unless it was today; empty where it is not known."""
    if not at:
        return ""
    when, now = datetime.fromtimestamp(at), datetime.now()
    return when.strftime(", %H:%M" if when.date() == now.date() else ", %Y-%m-%d %H:%M")


def _labels(material: Material, key: str) -> LabelArray | None:
    """The labels of a mask; None where the side is no mask."""
    if key == MASK:
        return material.labels
    if key == PREDICTION and material.prediction is not None:
        return material.prediction.labels
    if key == OPENED and material.opened is not None:
        return labels_after(material.labels, material.steps, material.opened)
    if key.startswith(STEP):
        return labels_after(material.labels, material.steps, int(key.removeprefix(STEP)))
    return None


def _layer_picture(material: Material, key: str) -> QImage:
    """The picture of a layer; none for the bare photo."""
    name = key.removeprefix(LAYER)
    if name == "origin":
        return origin_picture(material.labels, material.touched)
    if material.prediction is not None and key.startswith(LAYER):
        values = byte_maps(material.prediction).get(name)
        if values is not None:
            return map_picture(name, values)
    return QImage()
