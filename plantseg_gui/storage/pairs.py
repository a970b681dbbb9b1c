"""Which photo belongs to which mask: two folders matched by stem, an index, or a plain list."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import write_json
from plantseg_gui.storage.data_index import DataIndex, read_data_index
from plantseg_gui.storage.images import is_photo_name

_MASK_ENDINGS = ("", "_mask")
_MAX_PAIRS_BYTES = 64 << 20


@dataclass(frozen=True)
class Pair:
    """A photo with the masks that people drew.

    Attributes:
        name: What reports call it.
        image: The photo.
        mask: Its lesion mask.
        leaf: Its leaf mask, where there is one.
        source: Its data set; empty for plain folders.
        labels: The mask is a label image, in which 65535 is "unsure": such pixels are not judged.
    """

    name: str
    image: Path
    mask: Path
    leaf: Path | None = None
    source: str = ""
    labels: bool = False


@dataclass(frozen=True)
class Matching:
    """Pairs, and the names of what has no partner.

    Attributes:
        pairs: In the order of the photos' names, or of the index.
        images_without_mask: Photos that nobody drew a mask for.
        masks_without_image: Masks in a folder that belong to no photo.
        not_found: Photos that an index or list names, but that are not there.
    """

    pairs: tuple[Pair, ...]
    images_without_mask: tuple[str, ...] = ()
    masks_without_image: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()

    def left_out(self) -> list[str]:
        """One sentence for each photo or mask that has no partner."""
        return [
            *(f"{name} has no mask and is left out." for name in self.images_without_mask),
            *(
                f"The mask {name} has no photo and is left out."
                for name in self.masks_without_image
            ),
            *(f"{name} is in the list but was not found: left out." for name in self.not_found),
        ]

    def check(self) -> None:
        """Refuse to go on without any pair.

        Raises:
            InputError: there is none.
        """
        if not self.pairs:
            raise InputError(
                "No photo has a mask of the same name.",
                "Name each mask like its photo, for instance a.jpg and a.png.",
            )


def match_folders(images: Path, masks: Path, leaf: Path | None = None) -> Matching:
    """Match photos and masks by stem; sub-folders must correspond.

    A mask is named like its photo (`a.jpg` and `a.png`), or with `_mask` added as `predict` does.
    Where two photos share a stem, the mask must carry the extension (`a.jpg.png`,
    `a.jpg_mask.png`).

    Args:
        images: Folder of photos.
        masks: Folder of lesion masks.
        leaf: Folder of leaf masks, or None.

    Raises:
        InputError: a folder cannot be opened.
    """
    photos, drawn = _files(images, _refuse), _files(masks, _refuse)
    leaf_of = _by_name(_files(leaf, _refuse)) if leaf is not None else {}
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


def read_index(path: Path, sources: Sequence[str], split: str) -> Matching:
    """Pairs of one split of a data folder, as its index names them.

    Args:
        path: CSV file in the data folder, see `read_data_index`.
        sources: Sources to take; empty takes all that have the split.
        split: For instance "val".

    Raises:
        InputError: unreadable, columns missing, or nothing of that source and split.
    """
    return match_index(read_data_index(path), sources, split)


def match_index(index: DataIndex, sources: Sequence[str], split: str) -> Matching:
    """Files of one split: `<source>/images/<stem>.*`, `masks/<stem>.*`, and `leaf/<stem>.*` if any.

    Raises:
        InputError: the index names nothing of that source and split.
    """
    chosen = index.choose(split, sources)
    pairs, lonely, gone = [], [], []
    for source in dict.fromkeys(row.source for row in chosen):
        folder = index.path.parent / source
        image_of, mask_of, leaf_of = (
            {stem: folder / part / file for stem, file in _by_name(_files(folder / part)).items()}
            for part in ("images", "masks", "leaf")
        )
        for stem in (PurePath(row.stem) for row in chosen if row.source == source):
            name = f"{source}/{stem.as_posix()}"
            if stem not in image_of:
                gone.append(name)
            elif stem not in mask_of:
                lonely.append(name)
            else:
                pairs.append(Pair(name, image_of[stem], mask_of[stem], leaf_of.get(stem), source))
    return Matching(tuple(pairs), tuple(lonely), not_found=tuple(gone))


def read_pairs(path: Path) -> Matching:
    """Pairs from a JSON file: a list of objects with "name", "image", "mask" and "labels".

    Args:
        path: As `write_pairs` writes it; places are relative to its folder.

    Raises:
        InputError: unreadable, no such JSON, or a photo or mask is not there.
    """
    try:
        if path.stat().st_size > _MAX_PAIRS_BYTES:
            raise ValueError("it is too large")
        rows = json.loads(path.read_text(encoding="utf-8"))
        pairs = [
            Pair(
                str(row["name"]),
                path.parent / row["image"],
                path.parent / row["mask"],
                labels=bool(row.get("labels", False)),
            )
            for row in rows
        ]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path} cannot be read: {reason}.", "Check the name.") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is no list of photos and masks.",
            'Write a JSON list of objects with "name", "image" and "mask".',
        ) from error
    gone = [pair.name for pair in pairs if not pair.image.is_file() or not pair.mask.is_file()]
    there = tuple(pair for pair in pairs if pair.name not in set(gone))
    return Matching(there, not_found=tuple(gone))


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write a list of pairs for `read_pairs`. Raises StorageError."""
    write_json(
        path,
        [
            {"name": p.name, "image": str(p.image), "mask": str(p.mask), "labels": p.labels}
            for p in pairs
        ],
    )


def _refuse(error: OSError) -> None:
    reason = error.strerror or type(error).__name__
    raise InputError(
        f"{error.filename} cannot be opened: {reason}.", "Check the folder."
    ) from error


def _files(folder: Path, on_error: Callable[[OSError], None] | None = None) -> list[PurePath]:
    """Photos and masks below a folder, relative to it, sorted; without `on_error` it may lack."""
    found = []
    for name, folders, files in os.walk(folder, onerror=on_error):
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
