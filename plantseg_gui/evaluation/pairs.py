"""Which photo belongs to which mask: two folders matched by stem, or a data folder's index."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.images import is_photo_name

_INDEX_COLUMNS = {"source", "stem", "split"}
_MASK_ENDINGS = ("", "_mask")


@dataclass(frozen=True)
class Pair:
    """A photo with the masks that people drew.

    Attributes:
        name: What reports call it.
        image: The photo.
        mask: Its lesion mask.
        leaf: Its leaf mask, where there is one.
        source: Its data set; empty for plain folders.
    """

    name: str
    image: Path
    mask: Path
    leaf: Path | None = None
    source: str = ""


@dataclass(frozen=True)
class Matching:
    """Pairs, and the names of what has no partner."""

    pairs: tuple[Pair, ...]
    images_without_mask: tuple[str, ...] = ()
    masks_without_image: tuple[str, ...] = ()


def match_folders(images: Path, masks: Path, leaf: Path | None = None) -> Matching:
    """Match photos and masks by stem; sub-folders must correspond.

    A mask is named like its photo (`a.jpg` and `a.png`), or with `_mask` added as `predict` does.
    Where two photos share a stem, the mask must carry the extension (`a.jpg.png`,
    `a.jpg_mask.png`).

    Args:
        images: Folder of photos.
        masks: Folder of lesion masks.
        leaf: Folder of leaf masks, or None.
    """
    photos, drawn = _files(images), _files(masks)
    leaf_of = _by_name(_files(leaf)) if leaf is not None else {}
    mask_of = _by_name(drawn)
    sharing: dict[PurePath, int] = defaultdict(int)
    for photo in photos:
        sharing[photo.with_suffix("")] += 1
    pairs, lonely, used = [], [], set()
    for photo in photos:
        names = [photo] if sharing[photo.with_suffix("")] > 1 else [photo, photo.with_suffix("")]
        mask = _partner(names, mask_of)
        if mask is None:
            lonely.append(photo.as_posix())
            continue
        used.add(mask)
        leaf_file = _partner(names, leaf_of)
        pairs.append(
            Pair(
                photo.as_posix(),
                images / photo,
                masks / mask,
                leaf / leaf_file if leaf is not None and leaf_file is not None else None,
            )
        )
    unused = tuple(mask.as_posix() for mask in drawn if mask not in used)
    return Matching(tuple(pairs), tuple(lonely), unused)


def read_index(index: Path, sources: Sequence[str], split: str) -> Matching:
    """Pairs of one split of a data folder: `<source>/images/<stem>.*`, `<source>/masks/<stem>.png`.

    Args:
        index: CSV file with the columns source, stem and split, in the data folder.
        sources: Sources to take; empty takes all that have the split.
        split: For instance "val".

    Raises:
        InputError: unreadable, columns missing, or nothing of that source and split.
    """
    rows = _rows(index)
    known = sorted({row["source"] for row in rows})
    unknown = [source for source in sources if source not in known]
    if unknown:
        raise InputError(
            f"{index} has no source {', '.join(unknown)}.", f"It has: {', '.join(known)}."
        )
    chosen = [r for r in rows if r["split"] == split and (not sources or r["source"] in sources)]
    if not chosen:
        splits = ", ".join(sorted({row["split"] for row in rows}))
        raise InputError(
            f"{index} names no photo of split {split!r} for these sources.",
            f"Its splits are: {splits}.",
        )
    pairs, lonely = [], []
    for source in dict.fromkeys(row["source"] for row in chosen):
        folder = index.parent / source
        image_of = _by_name(_files(folder / "images"))
        mask_of = _by_name(_files(folder / "masks"))
        leaf_of = _by_name(_files(folder / "leaf"))
        for stem in (row["stem"] for row in chosen if row["source"] == source):
            image, mask = image_of.get(PurePath(stem)), mask_of.get(PurePath(stem))
            name = f"{source}/{stem}"
            if image is None or mask is None:
                lonely.append(f"{name} ({'photo' if image is None else 'mask'} missing)")
                continue
            leaf = leaf_of.get(PurePath(stem))
            pairs.append(
                Pair(
                    name,
                    folder / "images" / image,
                    folder / "masks" / mask,
                    None if leaf is None else folder / "leaf" / leaf,
                    source,
                )
            )
    return Matching(tuple(pairs), tuple(lonely))


def _rows(index: Path) -> list[dict[str, str]]:
    try:
        with index.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{index} cannot be read: {reason}.", "Check the name.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{index} is not a CSV file in UTF-8: {error}.", "Save it as CSV again."
        ) from error
    if not rows or not _INDEX_COLUMNS.issubset(rows[0]):
        missing = ", ".join(sorted(_INDEX_COLUMNS.difference(rows[0] if rows else ())))
        raise InputError(f"{index} lacks the columns {missing}.", "Add them in its first line.")
    if any(row[column] is None for row in rows for column in _INDEX_COLUMNS):
        raise InputError(f"{index} has a line with too few columns.", "Complete or remove it.")
    return rows


def _files(folder: Path) -> list[PurePath]:
    """Photos and masks below a folder, relative to it, sorted."""
    found = []
    for name, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".")]
        found += [
            PurePath(os.path.relpath(os.path.join(name, file), folder))
            for file in files
            if is_photo_name(Path(file))
        ]
    return sorted(found)


def _by_name(files: Iterable[PurePath]) -> dict[PurePath, PurePath]:
    """File by its place and stem; of two with one stem the first in order is taken."""
    found: dict[PurePath, PurePath] = {}
    for file in files:
        found.setdefault(file.with_suffix(""), file)
    return found


def _partner(names: Sequence[PurePath], files: dict[PurePath, PurePath]) -> PurePath | None:
    for name in names:
        for ending in _MASK_ENDINGS:
            partner = files.get(name.with_name(name.name + ending))
            if partner is not None:
                return partner
    return None
