"""A project's photos with masks, as the files that models are judged on."""

from collections.abc import Sequence
from pathlib import Path

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.storage.masks import write_labels
from plantseg_gui.storage.pairs import Pair, write_pairs
from plantseg_gui.storage.project import PhotoRecord, Project

PAIRS_FILE = "pairs.json"


def write_judged_photos(
    project: Project, records: Sequence[PhotoRecord], folder: Path
) -> tuple[Path, list[str]]:
    """Write the masks of photos into a folder, and the list that `models compare --pairs` reads.

    Args:
        project: Open project, with everything saved.
        records: Its photos.
        folder: An empty folder.

    Returns:
        The list, and the names of photos whose saved mask could not be read.

    Raises:
        InputError: no photo is left.
        StorageError: the files could not be written.
    """
    pairs, skipped = [], []
    for record in records:
        try:
            labels = project.load(record.photo_id).labels
        except AppError:
            skipped.append(record.name)
            continue
        if labels is None:
            skipped.append(record.name)
            continue
        mask = folder / f"{record.photo_id}.png"
        write_labels(mask, labels)
        pairs.append(Pair(record.name, record.path, mask, labels=True))
    if not pairs:
        raise InputError("No mask of these photos could be read.", "Choose other photos.")
    write_pairs(folder / PAIRS_FILE, pairs)
    return folder / PAIRS_FILE, skipped
