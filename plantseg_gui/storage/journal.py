"""The journal of edits: every operation on a mask, on the disk before it is called saved.

A row is an operation (`core.operations`). The array file of a photo holds its labels up to row
`photos.saved_seq`; opening it plays the later rows (`core.replay`), and makes undo and redo from
all of them. So a stroke costs one small commit, and the large file follows when there is time.

Compaction keeps what is still of use: steps that can be taken back or done again, and everything
later than the save before the newest one (which is needed if the newest file is damaged).
"""

import contextlib
import getpass
import sqlite3
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui.core.edits import Edit
from plantseg_gui.core.operations import Op, Operation
from plantseg_gui.core.replay import JournalRow
from plantseg_gui.storage.project_db import Database, update

# What the steps of one photo may take on the disk: some thousand strokes.
PHOTO_BUDGET_BYTES = 8 * 2**20
_KNOWN = frozenset(str(op) for op in Op)
_BY_PERSON = (Op.EDIT, Op.UNDO, Op.REDO)


@dataclass(frozen=True)
class Entry:
    """An operation to be written.

    Attributes:
        photo_id: The photo.
        operation: What happened to its mask.
        status: Of the photo afterwards.
    """

    photo_id: str
    operation: Operation
    status: str


def encoded(entries: Sequence[Entry], who: str = "") -> list[dict[str, Any]]:
    """The rows of entries; takes the time that compressing takes, and no lock.

    Args:
        entries: What was done.
        who: By whom; "" = whoever is logged in.
    """
    who, at = who or person(), time.strftime("%Y-%m-%dT%H:%M:%S%z")
    rows = []
    for entry in entries:
        operation = entry.operation
        data = operation.edit.to_bytes() if operation.edit is not None else None
        rows.append(
            {
                "photo_id": entry.photo_id,
                "op": str(operation.op),
                "approved": operation.approved,
                "what": operation.edit.name if operation.edit is not None else "",
                "who": who,
                "model": operation.model,
                "batch": operation.edit.batch if operation.edit is not None else "",
                "at": at,
                "data": data,
                "crc": zlib.crc32(data or b""),
            }
        )
    return rows


def append(
    connection: sqlite3.Connection, rows: Sequence[dict[str, Any]], status: dict[str, str]
) -> dict[str, int]:
    """Write rows inside a transaction.

    Args:
        connection: Of the writer.
        rows: From `encoded`.
        status: By photo id, afterwards.

    Returns:
        The number of each photo's last row.
    """
    last: dict[str, int] = {}
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = connection.execute(
            f"INSERT INTO journal ({names}) VALUES ({marks})", tuple(row.values())
        )
        last[row["photo_id"]] = int(cursor.lastrowid or 0)
    for photo_id, seq in last.items():
        columns = {"last_seq": seq, "status": status[photo_id]}
        update(connection, photo_id, columns | _by_whom(rows, photo_id, status[photo_id]))
    return last


def _by_whom(rows: Sequence[dict[str, Any]], photo_id: str, status: str) -> dict[str, str]:
    """Who corrected and approved a photo, as far as these rows change it; columns of `photos`."""
    columns = {} if status == "approved" else {"approved_by": "", "approved_at": ""}
    for row in rows:
        if row["photo_id"] != photo_id:
            continue
        if row["op"] in _BY_PERSON:
            columns |= {"corrected_by": row["who"], "corrected_at": row["at"]}
        elif row["op"] == Op.APPROVE and row["approved"] and status == "approved":
            columns |= {"approved_by": row["who"], "approved_at": row["at"]}
    if status in ("new", "predicted"):
        columns |= {"corrected_by": "", "corrected_at": ""}  # all of it was taken back
    return columns


def read(database: Database, photo_id: str) -> list[JournalRow]:
    """A photo's rows, by rising number; damaged ones without their edit. Raises StorageError."""
    rows = database.query(
        "SELECT seq, op, approved, undone, data, crc FROM journal WHERE photo_id = ? ORDER BY seq",
        (photo_id,),
    )
    return [_row(row) for row in rows if row["op"] in _KNOWN]


def photos_of(database: Database, batch: str) -> list[str]:
    """Ids of the photos that an act on several photos changed. Raises StorageError."""
    rows = database.query(
        "SELECT DISTINCT photo_id FROM journal WHERE batch = ? AND op = 'edit'", (batch,)
    )
    return [row["photo_id"] for row in rows]


def compact(connection: sqlite3.Connection, photo_id: str, upto: int) -> int:
    """Remove what is of no use any more among a photo's rows up to number `upto`.

    Args:
        connection: Of the writer, in a transaction.
        photo_id: The photo.
        upto: The two newest array files hold all operations up to this one.

    Returns:
        How many rows went.
    """
    rows = connection.execute(
        "SELECT seq, op, undone, LENGTH(data) AS size FROM journal"
        " WHERE photo_id = ? AND seq <= ? ORDER BY seq",
        (photo_id, upto),
    ).fetchall()
    undo, redo, loose = _stacks(rows)
    keep = {*undo, *redo, *loose}
    size = {row["seq"]: row["size"] or 0 for row in rows}
    total = sum(size[seq] for seq in keep)
    for seq in undo:
        if total <= PHOTO_BUDGET_BYTES:
            break
        keep.discard(seq)
        total -= size[seq]
    gone = [(row["seq"],) for row in rows if row["seq"] not in keep]
    connection.executemany("DELETE FROM journal WHERE seq = ?", gone)
    connection.executemany("UPDATE journal SET undone = 0 WHERE seq = ?", [(s,) for s in undo])
    connection.executemany("UPDATE journal SET undone = 1 WHERE seq = ?", [(s,) for s in redo])
    return len(gone)


def put_aside(connection: sqlite3.Connection, photo_id: str) -> None:
    """Take a photo's rows out of its journal without deleting them, inside a transaction."""
    connection.execute(
        "UPDATE journal SET photo_id = ? WHERE photo_id = ?", (f"{photo_id}.aside", photo_id)
    )


def reserve(connection: sqlite3.Connection, seq: int) -> None:
    """Let the next row's number be above `seq`: the array files know of that many already."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    if found is None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal', ?)", (seq,))
    elif int(found[0]) < seq:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'journal'", (seq,))


def salvage(damaged: Path, database: Database) -> int:
    """Take over the rows of a damaged database that can still be read.

    Args:
        damaged: The file, set aside.
        database: The new one, whose journal is empty.

    Returns:
        How many were taken.

    Raises:
        StorageError: the new database could not be written.
    """
    rows: list[tuple[Any, ...]] = []
    photos: list[tuple[Any, ...]] = []
    names = "seq, photo_id, op, approved, undone, what, who, model, batch, at, data, crc"
    facts = "photo_id, path, size, mtime_ns, sha256, status, tags, width, height, last_seq"
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(
            sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
        ) as source,
    ):
        source.text_factory = _lenient
        # One by one: what comes before the damage counts.
        with contextlib.suppress(sqlite3.Error):
            for row in source.execute(f"SELECT {names} FROM journal ORDER BY seq"):
                if isinstance(row[0], int) and isinstance(row[1], str) and row[2] in _KNOWN:
                    rows.append(row)
        for photo_id in {row[1] for row in rows}:
            with contextlib.suppress(sqlite3.Error):
                photos += source.execute(
                    f"SELECT {facts} FROM photos WHERE photo_id = ?", (photo_id,)
                ).fetchall()
    if not rows:
        return 0
    with database.transaction() as connection:
        connection.executemany(
            f"INSERT OR IGNORE INTO journal ({names}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows
        )
        # Not tied to a file yet: the next look at the folder finds each by its content. A photo
        # that was painted and never saved has no array file to be found by.
        connection.executemany(
            f"INSERT OR IGNORE INTO photos ({facts}, missing) VALUES (?,?,?,?,?,?,?,?,?,?,1)",
            photos,
        )
    return len(rows)


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def person() -> str:
    """The name of whoever is logged in on this computer; empty when it cannot be told."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _row(row: sqlite3.Row) -> JournalRow:
    op = Op(row["op"])
    edit = None
    if row["data"] is not None:
        data = row["data"]
        # Damage shows as no edit: the other rows are still worth playing.
        with contextlib.suppress(ValueError, TypeError):
            if zlib.crc32(data) == row["crc"]:
                edit = Edit.from_bytes(data, check=False)
    approved = None if row["approved"] is None else bool(row["approved"])
    return JournalRow(int(row["seq"]), op, edit, approved, bool(row["undone"]))


def _stacks(rows: Sequence[sqlite3.Row]) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the rows that make the undo list, the redo list, and the loose edit."""
    undo: list[int] = []
    redo: list[int] = []
    loose: list[int] = []
    # Steps that were forgotten, and moved by their own rows since: what is redone after them would
    # come in the wrong order.
    broken = False
    for row in rows:
        seq, op = row["seq"], row["op"]
        if op == Op.EDIT and row["undone"]:
            redo.insert(0, seq)
        elif op == Op.EDIT:
            undo.append(seq)
            redo, loose, broken = [], [], False
        elif op == Op.UNDO:
            broken = broken or not undo
            redo += [undo.pop()] if undo else []
        elif op == Op.REDO:
            broken = broken or not redo
            undo += [redo.pop()] if redo else []
        elif op == Op.LAY:
            loose = [seq] if undo or redo else []
        elif op == Op.LIFT:
            loose = []
    return undo, [] if broken else redo, loose
