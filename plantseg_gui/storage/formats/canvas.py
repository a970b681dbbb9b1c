"""The label image that a reader draws on, object by object, and the notes that this makes."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.labels import MAX_LESION_ID, UNSURE
from plantseg_gui.core.results import BoolArray, LabelArray
from plantseg_gui.storage.formats.annotation import Annotation, Meaning
from plantseg_gui.storage.formats.raster import Budget, Patch, Ring, TooMuch, fill
from plantseg_gui.storage.image_open import check_size

_MAX_NOTES = 50


@dataclass
class Canvas:
    """Draws the objects of one photo in the order of the file; a later one lies on top.

    Attributes:
        file: Named in messages.
        name: Of the photo.
        width: px.
        height: px.
        budget: Work that may still be caused; when it ends, the rest is left out with a note.
    """

    file: Path
    name: str
    width: int
    height: int
    budget: Budget = field(default_factory=Budget)

    def __post_init__(self) -> None:
        check_size(self.file, self.width, self.height)
        self.labels: LabelArray = np.zeros((self.height, self.width), np.uint16)
        self._ids: dict[Hashable, int] = {}
        self._used = 0
        self._groups = 0
        self._overlap_px = 0
        self._counts: Counter[str] = Counter()
        self._notes: list[str] = []

    @property
    def full(self) -> bool:
        """Whether the budget is used up; further objects are only counted."""
        return self._counts["too much work"] > 0

    def polygon(
        self, rings: Sequence[Ring | None], meaning: Meaning, group: Hashable = None
    ) -> None:
        """Draw an object by its outlines and holes (even-odd); None stands for unusable points."""
        usable = [ring for ring in rings if ring is not None]
        if len(usable) < len(rings):
            self.skip("points that are no finite numbers")
        if not usable or meaning is Meaning.LEFT_OUT or self.full:
            self._set_aside(meaning)
            return
        try:
            patch = fill(usable, self.width, self.height, self.budget)
        except TooMuch:
            self.too_much()
            return
        if any(self._leaves(ring) for ring in usable):
            self._counts["clipped"] += 1
        self.patch(patch, meaning, group)

    def patch(self, patch: Patch | None, meaning: Meaning, group: Hashable = None) -> None:
        """Draw an object by its pixels; objects of one `group` (not None) are one lesion."""
        if meaning is Meaning.LEFT_OUT:
            self._set_aside(meaning)
            return
        if patch is None or not bool(patch.mask.any()):
            self._counts["no pixel"] += 1
            return
        value = self._value(meaning, group)
        if value is None:
            return
        area = self.labels[patch.slices]
        if meaning is not Meaning.HEALTHY:
            self._overlap_px += int(np.count_nonzero((area != 0) & (area != value) & patch.mask))
        area[patch.mask] = value

    def components(self, mask: BoolArray) -> None:
        """Draw [H, W] bool: each connected piece (8 neighbours) is a lesion."""
        count, pieces = cv2.connectedComponents(
            mask.view(np.uint8), connectivity=8, ltype=cv2.CV_32S
        )
        if count - 1 > MAX_LESION_ID - self._used:
            self._counts["too many lesions"] += count - 1 - (MAX_LESION_ID - self._used)
            pieces[pieces > MAX_LESION_ID - self._used] = 0
            count = MAX_LESION_ID - self._used + 1
        for start in range(0, self.height, 256):
            rows = pieces[start : start + 256]
            drawn = rows > 0
            self.labels[start : start + 256][drawn] = rows[drawn] + self._used
        self._used += count - 1

    def skip(self, reason: str) -> None:
        """Count an object that cannot be used; `reason` follows "objects left out:"."""
        self._counts[f"left out: {reason}"] += 1

    def too_much(self) -> None:
        """Count an object that the budget does not suffice for."""
        self._counts["too much work"] += 1

    def new_group(self) -> Hashable:
        """A group for the parts of one object that the file does not number."""
        self._groups += 1
        return ("part", self._groups)

    def note(self, sentence: str) -> None:
        """Add a plain sentence; the same one only once."""
        if sentence not in self._notes and len(self._notes) < _MAX_NOTES:
            self._notes.append(sentence)

    def annotation(self) -> Annotation:
        """What was drawn."""
        return Annotation(self.name, self.labels, tuple(self._all_notes()))

    def _value(self, meaning: Meaning, group: Hashable) -> int | None:
        if meaning is Meaning.UNSURE:
            return UNSURE
        if meaning is Meaning.HEALTHY:
            return 0
        if group is not None and group in self._ids:
            return self._ids[group]
        if self._used >= MAX_LESION_ID:
            self._counts["too many lesions"] += 1
            return None
        self._used += 1
        if group is not None:
            self._ids[group] = self._used
        return self._used

    def _set_aside(self, meaning: Meaning) -> None:
        if meaning is Meaning.LEFT_OUT:
            self.skip("of a class that is no lesion")
        elif self.full:
            self._counts["too much work"] += 1

    def _leaves(self, ring: Ring) -> bool:
        low, high = ring.min(axis=0), ring.max(axis=0)
        # A pixel's width of slack: tools that count pixel centres end at half a pixel outside.
        return bool((low < -1).any() or high[0] > self.width + 1 or high[1] > self.height + 1)

    def _all_notes(self) -> list[str]:
        notes = list(self._notes)
        count = self._counts
        for key in sorted(k for k in count if k.startswith("left out: ")):
            notes.append(f"{_objects(count[key])} left out: {key.removeprefix('left out: ')}.")
        if count["clipped"]:
            notes.append(f"{_objects(count['clipped'])} cut at the photo's border.")
        if count["no pixel"]:
            notes.append(f"{_objects(count['no pixel'])} left out: no pixel inside the photo.")
        if count["too many lesions"]:
            notes.append(
                f"{_objects(count['too many lesions'])} left out: a photo holds at most "
                f"{MAX_LESION_ID} lesions."
            )
        if count["too much work"]:
            notes.append(
                f"{_objects(count['too much work'])} left out: drawing them would take too long."
            )
        if self._overlap_px:
            notes.append(
                f"{self._overlap_px} px belonged to several objects; the later one in the file "
                "has them."
            )
        return notes


def _objects(number: int) -> str:
    return "1 object was" if number == 1 else f"{number} objects were"


def check_same_size(file: Path, name: str, said: tuple[int, int], photo: tuple[int, int]) -> None:
    """Refuse an annotation of another size than its photo.

    Args:
        file: Named in the message.
        name: Of the photo.
        said: Width and height in the file, px.
        photo: Width and height of the photo, px.

    Raises:
        InputError: names both sizes.
    """
    if said == photo:
        return
    turned = " It looks turned by 90°." if said == photo[::-1] else ""
    raise InputError(
        f"{file}: {name} is drawn on {said[0]} × {said[1]} px, but the photo is "
        f"{photo[0]} × {photo[1]} px.{turned}",
        "Use the annotations that were made on this photo in its own size.",
    )
