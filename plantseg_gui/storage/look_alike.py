"""Which photos of a project look alike, so that none is learned from while its twin is judged by.

What earlier sessions found out is used; a photo that nobody has looked at yet is read here.
"""

import contextlib
from collections.abc import Iterable

from plantseg_gui.core.duplicates import DuplicateIndex, Fingerprint
from plantseg_gui.core.errors import AppError
from plantseg_gui.storage.photo_hashes import StampedPrint
from plantseg_gui.storage.photo_once import read_small_once
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.project import Project

LOOK_PX = 128


def look_alike_groups(project: Project, records: Iterable[PhotoRecord]) -> dict[str, str]:
    """Compare some photos of a project; reads files, so it belongs into the pool.

    Args:
        project: Open project; what is found out is kept in it.
        records: The photos. One that cannot be read is like no other.

    Returns:
        As `DuplicateIndex.groups`.
    """
    known: dict[str, Fingerprint] = {}
    with contextlib.suppress(AppError):
        known = {made.photo_id: made for made in project.hashes.load()}
    index = DuplicateIndex()
    for record in records:
        with contextlib.suppress(AppError):
            index.add([known.get(record.photo_id) or _look_at(project, record)])
    # What cannot be written down is found out again another time.
    with contextlib.suppress(AppError):
        project.hashes.flush()
    return index.groups()


def _look_at(project: Project, record: PhotoRecord) -> Fingerprint:
    """What a photo is known by, kept in the project. Raises AppError."""
    small = read_small_once(record.path, LOOK_PX)
    made = Fingerprint(record.photo_id, small.sha256, small.look)
    with contextlib.suppress(AppError):
        project.hashes.keep(StampedPrint(made, small.size, small.mtime_ns))
    return made
