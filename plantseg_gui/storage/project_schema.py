"""The project's database: opening, tables, and the way from older versions to this one.

To change the tables: raise SCHEMA_VERSION by one, change `_TABLES` for new projects and add to
MIGRATIONS the step from the version before. A copy of the database is kept before a step runs.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.atomic import atomic_path

SCHEMA_VERSION = 5
_APPLICATION_ID = 0x504C5347  # "PLSG": tells `file` and us whose database it is
_BUSY_S = 5.0

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE photos (
    photo_id TEXT PRIMARY KEY,
    path TEXT NOT NULL,                  -- relative to the folder with "/", or absolute outside it
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL DEFAULT '',     -- of the file's content; '' until it is needed
    missing INTEGER NOT NULL DEFAULT 0,  -- no file has this content now; its work is kept
    status TEXT NOT NULL DEFAULT 'new',
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    severity_pct REAL,
    disease_probability REAL,
    lesion_count INTEGER,
    lesion_area_px INTEGER,
    leaf_area_px INTEGER,
    reason TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    error TEXT NOT NULL DEFAULT '',
    revision INTEGER NOT NULL DEFAULT 0, -- of the arrays: arrays/<photo_id>.<revision>.h5; 0 none
    updated TEXT NOT NULL DEFAULT '',
    saved_seq INTEGER NOT NULL DEFAULT 0, -- the arrays hold the journal up to this row
    last_seq INTEGER NOT NULL DEFAULT 0,  -- the photo's last row in the journal; 0 none
    keep_out INTEGER NOT NULL DEFAULT 0,  -- the person's own test set: never trained on
    doubt REAL,                           -- of the stored prediction: 0 to 1; NULL unknown
    review TEXT NOT NULL DEFAULT '',      -- needs_work; skipped; or nothing
    note TEXT NOT NULL DEFAULT '',        -- the person's one line about the photo
    note_by TEXT NOT NULL DEFAULT '',     -- who wrote it
    note_at TEXT NOT NULL DEFAULT '',     -- when
    taken TEXT NOT NULL DEFAULT '',       -- date by its file; - where it has none
    spent_s REAL NOT NULL DEFAULT 0,      -- a person worked at it so long, s
    corrected_by TEXT NOT NULL DEFAULT '', -- who changed the mask last
    corrected_at TEXT NOT NULL DEFAULT '',
    approved_by TEXT NOT NULL DEFAULT '', -- who approved it; '' while it is not approved
    approved_at TEXT NOT NULL DEFAULT '',
    removed TEXT NOT NULL DEFAULT ''      -- act that took it out of the project; storage.removed
);
CREATE UNIQUE INDEX photos_by_path ON photos (path) WHERE missing = 0;
CREATE INDEX photos_by_hash ON photos (sha256);
"""

# What was done to the masks, in its order; see core.operations and storage.journal.
_JOURNAL = """
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id TEXT NOT NULL,
    op TEXT NOT NULL,
    approved INTEGER,
    undone INTEGER NOT NULL DEFAULT 0,
    what TEXT NOT NULL DEFAULT '',  -- in words
    who TEXT NOT NULL DEFAULT '',   -- the person's name on this computer
    model TEXT NOT NULL DEFAULT '', -- whose prediction it is; '' for work by hand
    batch TEXT NOT NULL DEFAULT '', -- acts on several photos that are taken back together
    at TEXT NOT NULL DEFAULT '',
    data BLOB,                      -- Edit.to_bytes
    crc INTEGER NOT NULL DEFAULT 0  -- CRC-32 of data
);
CREATE INDEX journal_by_photo ON journal (photo_id, seq);
CREATE INDEX journal_by_batch ON journal (batch) WHERE batch <> '';
CREATE TABLE training_runs (
    run_id TEXT PRIMARY KEY,
    ended TEXT NOT NULL,
    base TEXT NOT NULL,      -- model that it started from
    model TEXT NOT NULL,     -- version that it became; '' until it is kept
    photos TEXT NOT NULL,    -- JSON: ids
    results TEXT NOT NULL,   -- JSON, as the training said them
    decision TEXT NOT NULL   -- kept, discarded, ''
);
"""


def _add_journal(connection: sqlite3.Connection) -> None:
    """From schema 1: the journal of edits, the list of trainings."""
    for column in ("saved_seq", "last_seq"):
        connection.execute(f"ALTER TABLE photos ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
    for statement in _JOURNAL.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _add_choice(connection: sqlite3.Connection) -> None:
    """From schema 2: photos that are never trained on, the doubt of each prediction."""
    connection.execute("ALTER TABLE photos ADD COLUMN keep_out INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE photos ADD COLUMN doubt REAL")


def _add_review(connection: sqlite3.Connection) -> None:
    """From schema 3: "needs work" and "skipped", notes, the date that a photo's file tells."""
    for column in ("review", "note", "note_by", "note_at", "taken"):
        connection.execute(f"ALTER TABLE photos ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")


_LAST_OF = """
UPDATE photos SET {who} = j.who, {at} = j.at FROM (
    SELECT photo_id, who, at, MAX(seq) FROM journal WHERE {which} GROUP BY photo_id
) AS j WHERE j.photo_id = photos.photo_id AND {photos}
"""


def _add_people(connection: sqlite3.Connection) -> None:
    """From schema 4: time spent, who corrected and approved, photos that were removed."""
    connection.execute("ALTER TABLE photos ADD COLUMN spent_s REAL NOT NULL DEFAULT 0")
    for column in ("corrected_by", "corrected_at", "approved_by", "approved_at", "removed"):
        connection.execute(f"ALTER TABLE photos ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    steps = "op IN ('edit', 'undo', 'redo')"
    for names, which, photos in (
        (("corrected_by", "corrected_at"), steps, "status IN ('corrected', 'approved')"),
        (("approved_by", "approved_at"), "op = 'approve' AND approved", "status = 'approved'"),
    ):
        connection.execute(_LAST_OF.format(who=names[0], at=names[1], which=which, photos=photos))


Migration = Callable[[sqlite3.Connection], None]
# MIGRATIONS[n] brings a database of version n to version n + 1, inside a transaction.
MIGRATIONS: dict[int, Migration] = {1: _add_journal, 2: _add_choice, 3: _add_review, 4: _add_people}


class DamagedDatabase(Exception):
    """The file is no database or fails its own check."""


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open or create the database: WAL, every commit synced, own transactions.

    Returns:
        A connection for use under a lock by any thread.

    Raises:
        DamagedDatabase: the file must be set aside.
        StorageError: it cannot be opened, or is of a newer version.
    """
    mode = "ro" if read_only else "rwc"
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_S,
        )
    except sqlite3.Error as error:
        raise database_error(error, path) from error
    try:
        connection.row_factory = sqlite3.Row
        # One damaged letter must not hide the whole list.
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        _prepare(connection, path, read_only=read_only)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            if is_damage(error):
                raise DamagedDatabase(str(error)) from error
            raise database_error(error, path) from error
        raise
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken (and not the disk full, locked …)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def database_error(error: sqlite3.Error, path: Path) -> StorageError:
    """The words for a database that could not be read or written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageError(
            f"The project {path} could not be saved: the disk is full.",
            "Free some space, then save again.",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StorageError(
            f"The project {path} cannot be opened or written: access is not allowed.",
            "Change the folder's permissions, or choose to keep projects in the user's folder.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StorageError(
            f"The project {path} is in use by another program.", "Close it and try again."
        )
    if is_damage(error):
        return StorageError(
            f"The project {path} is damaged ({error}).",
            "Close the program and open the folder again: it will be put in order.",
        )
    return StorageError(
        f"The project {path} could not be read or written ({error}).",
        "Check that the drive is connected and has free space, then try again.",
    )


def has_tables(connection: sqlite3.Connection) -> bool:
    """Whether it is more than an empty file."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'photos'").fetchone()
    return found is not None


def copy_database(connection: sqlite3.Connection, target: Path) -> None:
    """A consistent copy of a database that may be in use; whole or not there.

    Raises:
        sqlite3.Error, StorageError: it could not be written.
    """
    with atomic_path(target) as temp, contextlib.closing(sqlite3.connect(temp)) as copy:
        connection.backup(copy)
        # One file: the journal of the WAL mode would stay behind.
        copy.execute("PRAGMA journal_mode = DELETE")


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    """Check the file, set the modes, make or migrate the tables."""
    connection.execute("PRAGMA trusted_schema = OFF")
    answer = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer is None or answer[0] != "ok":
        raise DamagedDatabase(str(answer[0] if answer else "no answer"))
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise StorageError(
            f"The project {path} was written by a newer version of this program "
            f"(schema {version}, this one knows {SCHEMA_VERSION}).",
            "Update the program to open it. Nothing was changed.",
        )
    if read_only:
        if version != SCHEMA_VERSION or not has_tables(connection):
            raise StorageError(
                f"The project {path} is not set up yet, and only its owner can do that.",
                "Close the other window and open the folder again.",
            )
        return
    # Network drives may refuse WAL; FULL makes the older journal as safe, only slower.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if not has_tables(connection):
        connection.executescript(
            f"BEGIN; {_TABLES} {_JOURNAL} PRAGMA application_id = {_APPLICATION_ID}; "
            f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    elif version < SCHEMA_VERSION:
        _migrate(connection, path, version)


def _migrate(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Bring an older database to this version, step by step; a copy is kept beside."""
    backup = path.with_name(f"{path.stem}.v{version}.backup{path.suffix}")
    copy_database(connection, backup)
    for step in range(version, SCHEMA_VERSION):
        if step not in MIGRATIONS:
            raise StorageError(
                f"The project {path} is of schema {step}, which this program cannot bring up to "
                f"{SCHEMA_VERSION}.",
                "Open it with the version of the program that wrote it.",
            )
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[step](connection)
            connection.execute(f"PRAGMA user_version = {step + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
