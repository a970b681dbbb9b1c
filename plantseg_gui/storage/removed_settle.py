"""Removing or putting back photos was cut off: what is done about it when the project is opened."""

import contextlib
from pathlib import Path

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage import journal
from plantseg_gui.storage.atomic import remove_stale_temps
from plantseg_gui.storage.platform_files import fsync_dir
from plantseg_gui.storage.project_db import Database, insert
from plantseg_gui.storage.project_rescue import ARRAYS_FOLDER, arrays_name, list_saves
from plantseg_gui.storage.removed_zip import (
    MEMORY,
    Contents,
    open_removed,
    read_photo_entry,
    read_summary,
)

REMOVED_FOLDER = "removed"


def list_zips(home: Path) -> list[Path]:
    """The zips of removed photos in a project's folder."""
    with contextlib.suppress(OSError):
        return sorted(p for p in (home / REMOVED_FOLDER).glob("[!.]*.zip") if p.is_file())
    return []


def settle(database: Database, home: Path) -> None:
    """After opening: end what a crash cut off, in the direction in which nothing is lost.

    A zip that no photo refers to was either not needed yet (the project holds its photos) and is
    deleted, or the database was lost: then its photos are entered as removed again.

    Raises:
        StorageError: the database could not be written.
    """
    remove_stale_temps(home / REMOVED_FOLDER, older_than_s=0.0)
    rows = database.query("SELECT photo_id, removed, revision FROM photos")
    acts = {row["removed"] for row in rows}
    for path in list_zips(home):
        if path.stem not in acts:
            with contextlib.suppress(InputError), open_removed(path) as contents:
                _settle_zip(database, home, path, contents)
    away = {row["photo_id"]: row["removed"] for row in rows if row["removed"]}
    if not away:
        return
    for photo_id, revisions in list_saves(home / ARRAYS_FOLDER).items():
        path = home / REMOVED_FOLDER / f"{away.get(photo_id, '')}.zip"
        if photo_id in away and path.is_file():
            with contextlib.suppress(InputError, OSError), open_removed(path) as contents:
                for revision in revisions:
                    if arrays_name(photo_id, revision) in contents.array_names:
                        (home / ARRAYS_FOLDER / arrays_name(photo_id, revision)).unlink()


def _settle_zip(database: Database, home: Path, path: Path, contents: Contents) -> None:
    rows = database.query("SELECT photo_id, removed, revision FROM photos")
    known = {row["photo_id"]: row["revision"] for row in rows if not row["removed"]}
    # Also those that another act took out since.
    listed = {row["photo_id"] for row in rows}
    saves = list_saves(home / ARRAYS_FOLDER)
    photos = read_summary(contents)
    if all(
        p.photo_id in known
        and known[p.photo_id] >= p.revision
        and (not p.revision or known[p.photo_id] in saves.get(p.photo_id, []))
        for p in photos
    ):
        with contextlib.suppress(OSError):
            path.unlink()
            fsync_dir(path.parent)
        return
    with database.transaction() as connection:
        for photo_id in (p.photo_id for p in photos if p.photo_id not in listed):
            photo = read_photo_entry(contents, photo_id)
            journal.reserve(connection, photo.last_seq)
            memory = {k: photo.columns[k] for k in ("path", "size", "mtime_ns", "sha256")}
            insert(
                connection,
                {"photo_id": photo_id, **memory, "missing": 1, "removed": path.stem, **MEMORY},
            )
