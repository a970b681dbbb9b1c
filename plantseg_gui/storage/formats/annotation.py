"""What every format is read into and written from.

Reading has two steps, so that a list of 10,000 entries can be looked through and paired before a
pixel is drawn: a reader gives an `Entry` per photo, and `Entry.decode` draws its label image.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import LabelArray

LESION_NAME = "lesion"
UNSURE_NAME = "unsure"
PROGRAM = "PlantSeg-Next Studio"

# What other people call them; compared without letter case.
_UNSURE_NAMES = frozenset({"unsure", "ignore", "ignored", "uncertain", "void", "unknown", "unknow"})
_HEALTHY_NAMES = frozenset({"__background__", "_background_", "background", "healthy"})
_OTHER_NAMES = frozenset({"leaf", "leaves", "plant", "stem", "ruler", "_ignore_"})


class Meaning(Enum):
    """What an object of another tool is here."""

    LESION = "lesion"
    UNSURE = "unsure"
    HEALTHY = "healthy"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class ReadOptions:
    """How to read.

    Attributes:
        left_out: Names of classes that are no lesions, beside the usual ones ("leaf", "plant" …).
        unsure: Names of classes that stand for unsure pixels, beside "unsure", "ignore", "void" ….
        lesions: Names that are lesions although the program would take them for something else.
    """

    left_out: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    lesions: frozenset[str] = frozenset()

    def meaning(self, name: str) -> Meaning:
        """What a class of this name is; any name not known to be something else is a lesion."""
        key = name.strip().casefold()
        for names, meaning in (
            (self.lesions, Meaning.LESION),
            (self.left_out, Meaning.LEFT_OUT),
            (self.unsure, Meaning.UNSURE),
        ):
            if key in {n.strip().casefold() for n in names}:
                return meaning
        if key in _UNSURE_NAMES:
            return Meaning.UNSURE
        if key in _HEALTHY_NAMES:
            return Meaning.HEALTHY
        return Meaning.LEFT_OUT if key in _OTHER_NAMES else Meaning.LESION


@dataclass(frozen=True)
class WriteOptions:
    """How to write.

    Attributes:
        polygons: COCO: polygons instead of run lengths (bridged where a lesion has holes).
        masks: labelme: every lesion as a mask, not only those with holes.
        photos: Folder of the photos; files that must point to them do it through this folder.
        names: Of all photos of the export, as in `Annotation.name`: those that share a stem then
            get files with names apart.
    """

    polygons: bool = False
    masks: bool = False
    photos: Path | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Annotation:
    """What is drawn on one photo.

    Attributes:
        name: The photo's file name or path relative to its folder, with "/"; as the file says it
            when read.
        labels: [H, W] uint16, 0 healthy, n = lesion n, 65535 unsure.
        notes: Plain sentences: what could not be taken over as it was.
    """

    name: str
    labels: LabelArray
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Columns, px."""
        return int(self.labels.shape[1])

    @property
    def height(self) -> int:
        """Rows, px."""
        return int(self.labels.shape[0])

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn."""
        return not bool(self.labels.any())


@dataclass(frozen=True)
class Entry:
    """One photo's annotation in a file, not drawn yet.

    Attributes:
        file: Where it stands.
        name: As the file says it, with "/"; may lack the extension.
        width: px as the file says it; 0 where it does not say (YOLO).
        height: px, likewise.
        decode: Draws the labels at a photo's width and height in px; raises InputError.
    """

    file: Path
    name: str
    width: int
    height: int
    decode: Callable[[int, int], Annotation] = field(repr=False, compare=False)

    @property
    def sized(self) -> bool:
        """Whether the file says the photo's size."""
        return self.width > 0 and self.height > 0

    def annotation(self) -> Annotation:
        """Draw it at the file's own size.

        Raises:
            InputError: damaged, or the file does not say the size.
        """
        if not self.sized:
            raise InputError(
                f"{self.file} does not say how large {self.name} is.",
                "Put the photos into the project first, then import again.",
            )
        return self.decode(self.width, self.height)


@dataclass(frozen=True)
class Failure:
    """A file, or one entry of it, that cannot be used; the others go on.

    Attributes:
        file: Where it stands.
        name: The photo's name as the file says it; "" when not known.
        error: What happened and what to do.
    """

    file: Path
    name: str
    error: InputError


Found = Iterator[Entry | Failure]


@dataclass(frozen=True)
class Written:
    """What an export made.

    Attributes:
        files: The files, in the order of writing.
        notes: Plain sentences: what the format cannot hold and what was done about it.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def lesion_ids(labels: LabelArray) -> list[int]:
    """The lesions in a label image [H, W] uint16, ascending; unsure is none."""
    seen = np.zeros(UNSURE + 1, np.bool_)
    for row in range(0, labels.shape[0], 256):
        seen[labels[row : row + 256].ravel()] = True
    seen[[HEALTHY, UNSURE]] = False
    return [int(i) for i in np.flatnonzero(seen)]


def has_unsure(labels: LabelArray) -> bool:
    """Whether any pixel of [H, W] uint16 is unsure."""
    return bool((labels == UNSURE).any())
