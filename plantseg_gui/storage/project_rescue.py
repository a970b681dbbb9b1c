"""Putting a project in order after a crash or damage; nothing is deleted that may hold work.

The array files carry a record of their photo, so a lost database is rebuilt from them, and a save
that was cut off between its array file and its database entry is taken up.
"""

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.storage import journal
from plantseg_gui.storage.arrays import PhotoArrays, load_arrays, save_arrays
from plantseg_gui.storage.atomic import remove_stale_temps
from plantseg_gui.storage.photo_record import REVIEWS, STATUSES
from plantseg_gui.storage.project_db import Database, insert, update

ARRAYS_FOLDER = "arrays"
DAMAGED_FOLDER = "damaged"
_NAME = re.compile(r"([0-9a-f]{32})\.(\d{1,9})\.h5")


def arrays_name(photo_id: str, revision: int) -> str:
    """File name of one save of one photo."""
    return f"{photo_id}.{revision}.h5"


def set_aside(path: Path, home: Path) -> Path:
    """Move a damaged file into the project's folder for such; returns where it is now.

    Raises:
        OSError: it could not be moved.
    """
    folder = home / DAMAGED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = folder / f"{stamp}-{path.name}"
    number = 2
    while target.exists():
        target = folder / f"{stamp}-{number}-{path.name}"
        number += 1
    os.replace(path, target)
    return target


def set_database_aside(path: Path, home: Path) -> Path:
    """Move a damaged database and its write-ahead files away, together under one new name.

    Returns:
        Where the database is now.

    Raises:
        OSError: it could not be moved.
    """
    target = set_aside(path, home)
    for suffix in ("-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            # Under the database's new name: what it can still give is read with them.
            os.replace(part, target.with_name(target.name + suffix))
    return target


def list_saves(arrays: Path) -> dict[str, list[int]]:
    """The revisions on disk by photo id, ascending."""
    saves: dict[str, list[int]] = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(arrays):
            match = _NAME.fullmatch(name)
            if match:
                saves.setdefault(match[1], []).append(int(match[2]))
    for revisions in saves.values():
        revisions.sort()
    return saves


def saves_of(arrays: Path, photo_id: str, revision: int) -> list[Path]:
    """A photo's array files up to save number `revision` that are there, oldest first."""
    paths = (arrays / arrays_name(photo_id, r) for r in range(max(1, revision - 3), revision + 1))
    return [path for path in paths if path.is_file()]


def tidy(database: Database, arrays: Path) -> list[str]:
    """After opening: take up newer saves, enter lost photos, remove what is superseded.

    Returns:
        Plain sentences about what was found again.

    Raises:
        StorageError: the database could not be written.
    """
    remove_stale_temps(arrays)
    saves = list_saves(arrays)
    rows = {r["photo_id"]: r for r in database.query("SELECT photo_id, revision FROM photos")}
    taken_up, entered = 0, 0
    for photo_id, revisions in saves.items():
        row = rows.get(photo_id)
        known = row["revision"] if row is not None else 0
        for revision in sorted((r for r in revisions if r > known), reverse=True):
            columns = _columns(arrays / arrays_name(photo_id, revision), photo_id, revision)
            if columns is None:
                continue
            with database.transaction() as connection:
                if row is not None:
                    kept = {k: v for k, v in columns.items() if k not in _IDENTITY}
                    update(connection, photo_id, kept)
                    taken_up += 1
                else:
                    # Not tied to a file yet: the next look at the folder finds it by its hash.
                    insert(connection, {"photo_id": photo_id, **columns, "missing": 1})
                    entered += 1
                # The journal's numbers go on above those that the files know.
                journal.reserve(connection, int(columns["saved_seq"]))
            known = revision
            break
        if known in revisions:
            _remove_before(arrays, photo_id, revisions, known)
    notes = []
    if taken_up:
        notes.append(f"The last change of {taken_up} photo(s) was restored after the crash.")
    if entered:
        notes.append(f"The saved work on {entered} photo(s) was found again.")
    return notes


def begin_empty(
    database: Database,
    home: Path,
    row: sqlite3.Row,
    columns: dict[str, Any],
    also: Callable[[sqlite3.Connection], None],
) -> None:
    """Let a photo begin with an empty mask, as its newest save.

    The number of saves goes on: an earlier file is not overwritten by the next one.

    Args:
        database: Of the project.
        home: The project's folder.
        row: Of the photo.
        columns: Further ones to set: its status, and why.
        also: What else belongs into the same transaction; it goes first.

    Raises:
        StorageError: it could not be written.
    """
    columns = {"saved_seq": 0, **NO_NUMBERS, **columns, "revision": row["revision"] + 1}
    empty = PhotoArrays(record={"photo_id": row["photo_id"], "status": columns["status"]})
    save_arrays(home / ARRAYS_FOLDER / arrays_name(row["photo_id"], columns["revision"]), empty)
    with database.transaction() as connection:
        also(connection)
        update(connection, row["photo_id"], columns)


def earlier_save(
    database: Database, home: Path, row: sqlite3.Row, error: StorageError
) -> tuple[PhotoArrays, int, StorageError | None]:
    """Set a photo's damaged arrays aside and go back to the save before, if there is one.

    What was done since is in the journal, so as a rule nothing is missing afterwards.

    Args:
        database: Of the project.
        home: The project's folder.
        row: Of the photo.
        error: What reading the newest save said.

    Returns:
        The arrays, the journal's row up to which they know it, and `error` when there is no
        earlier save that can be read: then they are empty.

    Raises:
        StorageError: the database could not be written.
    """
    photo_id = row["photo_id"]
    path = home / ARRAYS_FOLDER / arrays_name(photo_id, row["revision"])
    with contextlib.suppress(OSError):
        if path.exists():
            set_aside(path, home)
    found = _newest_before(home / ARRAYS_FOLDER, photo_id, row["revision"])
    if found is None:
        text = f"{error.what} The file was set aside in {home / DAMAGED_FOLDER}."
        status = "new"
        journaled = _journaled(database, photo_id)
        if journaled and row["status"] != "new":
            # The journal may begin in the middle: nobody approved what it gives.
            status = "corrected"

        def withdraw(connection: sqlite3.Connection) -> None:
            if journaled:
                entry = journal.Entry(photo_id, Operation(Op.APPROVE, approved=False), status)
                journal.append(connection, journal.encoded([entry]), {photo_id: status})

        begin_empty(database, home, row, {"error": text, "status": status}, withdraw)
        return PhotoArrays(), 0, StorageError(text, error.do)
    earlier, arrays = found
    saved_status, seq = arrays.record.get("status"), arrays.record.get("saved_seq")
    saved_seq = seq if isinstance(seq, int) else 0
    columns: dict[str, Any] = {"revision": earlier, "saved_seq": saved_seq}
    if not _journaled(database, photo_id):
        # Saved by a version without a journal: the last changes are gone.
        columns["error"] = (
            f"The last save of {row['path']} was damaged; the one before it is shown."
        )
        columns["status"] = saved_status if saved_status in STATUSES else "corrected"
    with database.transaction() as connection:
        update(connection, photo_id, columns)
    return arrays, saved_seq, None


def _newest_before(folder: Path, photo_id: str, revision: int) -> tuple[int, PhotoArrays] | None:
    """The newest sound save before `revision`, which need not be the one right before it."""
    for earlier in reversed(list_saves(folder).get(photo_id, [])):
        if earlier < revision:
            with contextlib.suppress(StorageError):
                return earlier, load_arrays(folder / arrays_name(photo_id, earlier))
    return None


def _journaled(database: Database, photo_id: str) -> bool:
    found = database.query("SELECT 1 FROM journal WHERE photo_id = ? LIMIT 1", (photo_id,))
    return bool(found)


NO_NUMBERS: dict[str, Any] = {
    "severity_pct": None,
    "disease_probability": None,
    "lesion_count": None,
    "lesion_area_px": None,
    "leaf_area_px": None,
    "doubt": None,
    "reason": "",
    "model": "",
}
_PEOPLE = ("corrected_by", "corrected_at", "approved_by", "approved_at")
_IDENTITY = (
    "path",
    "size",
    "mtime_ns",
    "sha256",
    "tags",
    "review",
    "note",
    "note_by",
    "note_at",
    "spent_s",
    *_PEOPLE,
)


def remove_superseded(arrays: Path, photo_id: str, revision: int) -> None:
    """After save number `revision`: only it and the one before it stay."""
    for older in range(max(1, revision - 3), revision - 1):
        with contextlib.suppress(OSError):
            (arrays / arrays_name(photo_id, older)).unlink(missing_ok=True)


def _remove_before(arrays: Path, photo_id: str, revisions: list[int], known: int) -> None:
    """Remove saves older than the one before `known`."""
    for revision in revisions:
        if revision < known - 1:
            with contextlib.suppress(OSError):
                (arrays / arrays_name(photo_id, revision)).unlink()


def _columns(path: Path, photo_id: str, revision: int) -> dict[str, Any] | None:
    """A row of `photos` from an array file's record; None when the file is not sound."""
    try:
        record = load_arrays(path).record
    except StorageError:
        return None
    if record.get("photo_id") != photo_id or record.get("revision") != revision:
        return None
    columns = {name: record.get(name) for name in ("path", "sha256")}
    identity: dict[str, Any] = {name: str(value or "") for name, value in columns.items()}
    identity |= {name: _number(record.get(name)) or 0 for name in ("size", "mtime_ns")}
    tags = record.get("tags")
    identity["tags"] = tags if isinstance(tags, str) else "[]"
    identity["review"] = record["review"] if record.get("review") in REVIEWS else ""
    identity |= {name: str(record.get(name) or "") for name in ("note", "note_by", "note_at")}
    identity |= {name: str(record.get(name) or "") for name in _PEOPLE}
    identity["spent_s"] = max(0.0, _number(record.get("spent_s")) or 0.0)
    return identity | columns_of(record) | {"revision": revision}


def columns_of(record: dict[str, Any]) -> dict[str, Any]:
    """What an array file's record says of a photo's work, as columns of its row."""
    numbers = (
        "severity_pct",
        "disease_probability",
        "lesion_count",
        "lesion_area_px",
        "leaf_area_px",
        "doubt",
    )
    columns: dict[str, Any] = {k: str(record.get(k) or "") for k in ("model", "reason", "updated")}
    columns |= {k: _number(record.get(k)) or 0 for k in ("width", "height", "saved_seq")}
    columns |= {k: _number(record.get(k)) for k in numbers}
    status = record.get("status")
    columns["status"] = status if status in STATUSES else "corrected"
    return columns


def _number(value: Any) -> int | float | None:
    """A finite JSON number that SQLite can hold, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 2**63 else None
