"""Which photos a run learns from, and on which it is judged."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from plantseg_gui.storage.data_index import INDEX_NAME, read_data_index
from plantseg_gui.storage.pairs import Matching, Pair, match_folders, match_index
from plantseg_gui.training.photo_cache import PhotoFiles

DEV_SHARE = 0.1
OWN_SOURCE = "own"
_SPLIT_FROM = 10


def split_by_index(
    data: Path, index: str = INDEX_NAME, sources: Sequence[str] | None = None
) -> tuple[list[PhotoFiles], list[PhotoFiles], list[str]]:
    """Photos of splits `train` and `dev` of a data folder with an index.

    Args:
        data: Holds the index and `<source>/images`, `<source>/masks`.
        index: Its name, see `read_data_index`.
        sources: Only these; None = all.

    Returns:
        (train, dev, a sentence for each photo without a partner); `dev` may be empty.

    Raises:
        InputError: no index, a column is missing, an unknown source, or no photo to learn from.
    """
    table, chosen = read_data_index(data / index), sources or ()
    train = match_index(table, chosen, "train")
    dev = match_index(table, chosen, "dev") if table.has("dev", chosen) else Matching(())
    left_out = [*train.left_out(), *dev.left_out()]
    train.check()
    return _photos(train.pairs), _photos(dev.pairs), left_out


def split_by_folder(
    images: Path, masks: Path
) -> tuple[list[PhotoFiles], list[PhotoFiles], list[str]]:
    """Photos of a folder with their masks; a tenth is kept for `dev` where there are enough.

    The split depends on each file's name alone, so it stays when photos are added.

    Returns:
        (train, dev, a sentence for each photo or mask without a partner).

    Raises:
        InputError: a folder cannot be read, or no pair was found.
    """
    matching = match_folders(images, masks)
    matching.check()
    enough = len(matching.pairs) >= _SPLIT_FROM
    dev = [p for p in matching.pairs if enough and _share_of_name(p.name) < DEV_SHARE]
    train = [p for p in matching.pairs if p not in dev]
    return _photos(train), _photos(dev), matching.left_out()


def dev_choice(files: Sequence[PhotoFiles], per_source: int) -> Iterator[PhotoFiles]:
    """Up to `per_source` photos of each source, spread over the list, always the same."""
    for source in sorted({f.source for f in files}):
        group = [f for f in files if f.source == source]
        count = min(per_source, len(group))
        yield from (group[k * len(group) // count] for k in range(count))


def _photos(pairs: Sequence[Pair]) -> list[PhotoFiles]:
    return [PhotoFiles(p.source or OWN_SOURCE, p.name, p.image, p.mask) for p in pairs]


def _share_of_name(name: str) -> float:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
