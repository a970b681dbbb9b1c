"""Which annotation belongs to which photo of the project; every mismatch is named.

A photo is found by its relative path, else by its file name, else by its name without extension
and without endings like `_mask`; letter case does not count. Of several that fit, the one that
shares the most folders with the annotation's path is taken, if it is a single one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from plantseg_gui.core.errors import InputError, MemoryLimitError
from plantseg_gui.storage.formats.annotation import (
    Annotation,
    Entry,
    Failure,
    has_unsure,
    lesion_ids,
)

_ENDINGS = ("_mask", "_masks", "_labels", "_palette", "_instances", "_cp_masks", "_seg")


@dataclass(frozen=True)
class PhotoRef:
    """A photo of the project.

    Attributes:
        photo_id: The project's.
        path: Relative to the project's folder with "/", or absolute.
        width: px, after EXIF orientation; 0 when not known.
        height: px, likewise.
    """

    photo_id: str
    path: str
    width: int
    height: int


class Status(StrEnum):
    """What came of an entry."""

    PAIRED = "paired"
    EMPTY = "empty"
    NO_PHOTO = "no such photo"
    AMBIGUOUS = "several photos fit"
    OTHER_SIZE = "other size"
    TWICE = "photo already taken"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Pairing:
    """One row of the preview.

    Attributes:
        file: Where the annotation stands.
        name: The photo's name as the file says it; "" when not known.
        status: PAIRED and EMPTY can be imported, the others cannot.
        photo: The photo; None when none or several fit.
        reason: A plain sentence when it cannot be imported; else "".
        notes: Plain sentences: what could not be taken over as it was.
        lesions: How many; 0 when it cannot be imported.
        unsure: Whether there are unsure pixels.
    """

    file: Path
    name: str
    status: Status
    photo: PhotoRef | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    lesions: int = 0
    unsure: bool = False

    @property
    def usable(self) -> bool:
        """Whether it can be imported."""
        return self.status in (Status.PAIRED, Status.EMPTY)


class PhotoIndex:
    """Finds photos by what annotation files call them."""

    def __init__(self, photos: Sequence[PhotoRef]) -> None:
        self._by_path: dict[str, list[PhotoRef]] = defaultdict(list)
        self._by_place: dict[str, list[PhotoRef]] = defaultdict(list)
        self._by_name: dict[str, list[PhotoRef]] = defaultdict(list)
        self._by_stem: dict[str, list[PhotoRef]] = defaultdict(list)
        for photo in photos:
            path = PurePosixPath(photo.path.replace("\\", "/"))
            self._by_path[str(path).casefold()].append(photo)
            self._by_place[str(path.with_suffix("")).casefold()].append(photo)
            self._by_name[path.name.casefold()].append(photo)
            self._by_stem[path.stem.casefold()].append(photo)

    def find(self, name: str) -> list[PhotoRef]:
        """The photos that fit a name: none, one, or several that cannot be told apart."""
        path = PurePosixPath(name)
        if not path.name:
            return []
        candidates = list(_names(path.name))
        for candidate in candidates:
            place = str(path.with_name(candidate)).casefold()
            found = self._by_path.get(place) or self._by_place.get(place)
            if found:
                return found
        for candidate in candidates:
            found = self._by_name.get(candidate) or self._by_stem.get(candidate)
            if found:
                return _nearest(path, found)
        return []


def pair(
    found: Iterable[Entry | Failure], photos: Sequence[PhotoRef]
) -> Iterator[tuple[Pairing, Annotation | None]]:
    """Pair entries with photos and draw those that fit, one at a time.

    For a preview take the first of each pair and let the second go; for the import use both. Call
    it again for the import: the files are read anew, nothing large is kept.

    Args:
        found: From `registry.read_all`.
        photos: Of the project.

    Returns:
        A row for each entry, with the annotation when it can be imported.
    """
    index = PhotoIndex(photos)
    taken: dict[str, str] = {}
    for entry in found:
        if isinstance(entry, Failure):
            yield _failed(entry.file, entry.name, entry.error), None
            continue
        row = _find(entry, index)
        if row.photo is None:
            yield row, None
        elif row.photo.photo_id in taken:
            reason = f"{row.photo.path} already has the annotation {taken[row.photo.photo_id]}."
            yield replace(row, status=Status.TWICE, reason=reason), None
        else:
            row, annotation = _draw(entry, row, row.photo)
            if annotation is not None:
                taken[row.photo.photo_id if row.photo else ""] = f"{entry.name} in {entry.file}"
            yield row, annotation


def preview(found: Iterable[Entry | Failure], photos: Sequence[PhotoRef]) -> list[Pairing]:
    """All rows of `pair`, without the drawn labels."""
    return [row for row, _ in pair(found, photos)]


def _find(entry: Entry, index: PhotoIndex) -> Pairing:
    fitting = index.find(entry.name)
    if len(fitting) == 1:
        return Pairing(entry.file, entry.name, Status.PAIRED, fitting[0])
    if not fitting:
        reason = f"No photo of this project is called {entry.name}."
        return Pairing(entry.file, entry.name, Status.NO_PHOTO, reason=reason)
    names = ", ".join(photo.path for photo in fitting[:4])
    more = f" and {len(fitting) - 4} more" if len(fitting) > 4 else ""
    reason = f"{entry.name} may be {names}{more}."
    return Pairing(entry.file, entry.name, Status.AMBIGUOUS, reason=reason)


def _draw(entry: Entry, row: Pairing, photo: PhotoRef) -> tuple[Pairing, Annotation | None]:
    said, own = (entry.width, entry.height), (photo.width, photo.height)
    if 0 in own:
        reason = f"The size of {photo.path} is not known, so nothing can be drawn on it."
        return replace(row, status=Status.OTHER_SIZE, reason=reason), None
    if entry.sized and said != own:
        turned = " It looks turned by 90°." if said == own[::-1] else ""
        reason = (
            f"Drawn on {said[0]} × {said[1]} px, but the photo is {own[0]} × {own[1]} px.{turned}"
        )
        return replace(row, status=Status.OTHER_SIZE, reason=reason), None
    try:
        annotation = entry.decode(*own)
    except (InputError, MemoryLimitError) as error:
        return replace(row, status=Status.DAMAGED, reason=str(error)), None
    except MemoryError:
        reason = f"{entry.file} does not fit into memory."
        return replace(row, status=Status.DAMAGED, reason=reason), None
    row = replace(
        row,
        status=Status.EMPTY if annotation.empty else Status.PAIRED,
        notes=annotation.notes,
        lesions=len(lesion_ids(annotation.labels)),
        unsure=has_unsure(annotation.labels),
    )
    return row, annotation


def _failed(file: Path, name: str, error: InputError) -> Pairing:
    return Pairing(file, name, Status.DAMAGED, reason=str(error))


def _names(name: str) -> Iterator[str]:
    """What to look for: the name itself, without extension, then without endings like `_mask`."""
    folded = name.casefold()
    whole = [folded, *_without_ending(folded)]
    stems = [PurePosixPath(candidate).stem for candidate in whole]
    # The extension last: "a.jpg_mask" is of a.jpg, not of anything called "a".
    yield from dict.fromkeys(
        [*whole, *stems, *(s for stem in stems for s in _without_ending(stem))]
    )


def _without_ending(name: str) -> list[str]:
    return [name.removesuffix(end) for end in _ENDINGS if name.endswith(end) and name != end]


def _nearest(path: PurePosixPath, found: list[PhotoRef]) -> list[PhotoRef]:
    """Of several photos the one in the folder that the path names, else all."""
    if len(found) == 1:
        return found
    wanted = [part.casefold() for part in path.parent.parts]

    def shared(photo: PhotoRef) -> int:
        own = [part.casefold() for part in PurePosixPath(photo.path).parent.parts]
        count = 0
        for ours, theirs in zip(reversed(own), reversed(wanted), strict=False):
            if ours != theirs:
                break
            count += 1
        return count

    scores = [shared(photo) for photo in found]
    best = max(scores)
    if best == 0:
        return found
    return [photo for photo, score in zip(found, scores, strict=True) if score == best]
