"""The project's database for use by any thread, with words for what goes wrong.

One connection writes and one reads, each behind its own lock: a commit waits for the disk, and the
photo list must not wait with it (in WAL mode readers and the writer do not block each other).
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage.project_schema import database_error, open_database


class Database:
    """See the module's text."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open it. Raises StorageError or project_schema.DamagedDatabase."""
        self.path = path
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        if not read_only:
            self._writer = open_database(path)
        try:
            self._reader: sqlite3.Connection | None = open_database(path, read_only=True)
        except BaseException:
            if self._writer is not None:
                self._writer.close()
            raise

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a SELECT. Raises StorageError."""
        with self._read_lock:
            if self._reader is None:
                raise self._closed()
            try:
                return self._reader.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise database_error(error, self.path) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; on the disk when the block has ended.

        Raises:
            StorageError: nothing was changed.
        """
        with self._write_lock:
            connection = self._writer
            if connection is None:
                raise self._closed()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise database_error(error, self.path) from error
                raise

    def close(self) -> None:
        """Close; a second time does nothing."""
        # The reader first: the last connection to close writes the journal into the database.
        with self._read_lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        with self._write_lock:
            if self._writer is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.close()
                self._writer = None

    def _closed(self) -> StorageError:
        return StorageError(f"The project {self.path} is closed.", "Open the folder again.")


def insert(connection: sqlite3.Connection, columns: Mapping[str, Any]) -> None:
    """Add a row to `photos`. The column names are the program's own, never input."""
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO photos ({names}) VALUES ({marks})", tuple(columns.values()))


def update(connection: sqlite3.Connection, photo_id: str, columns: Mapping[str, Any]) -> None:
    """Change columns of one row of `photos`."""
    if columns:
        sets = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(
            f"UPDATE photos SET {sets} WHERE photo_id = ?", (*columns.values(), photo_id)
        )
