"""What each photo of a project is known by, kept in its database so that it is computed once.

A table of its own, which is made when the first fingerprint is kept; one without it is a project
that nobody has looked at yet. A row counts only while size and time of change are those of the
photo's entry: a changed file is looked at again.
"""

import threading
from dataclasses import dataclass

from plantseg_gui.core.duplicates import Fingerprint
from plantseg_gui.core.photo_hash import HASH_BYTES
from plantseg_gui.storage.project_db import Database

TABLE = """
CREATE TABLE IF NOT EXISTS photo_hashes (
    photo_id TEXT PRIMARY KEY,
    size INTEGER NOT NULL,      -- of the file that was read, with its time of change
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,       -- of its content
    look BLOB                   -- core.photo_hash, 32 bytes; NULL for an empty picture
)
"""
# A commit waits for the disk, and a save may wait behind it: not one for each photo.
BATCH = 64


@dataclass(frozen=True)
class StampedPrint:
    """A fingerprint and the state of the file that it was taken from."""

    made: Fingerprint
    size: int
    mtime_ns: int


class PhotoHashes:
    """The table; its methods may be called from any thread, not from the UI thread."""

    def __init__(self, database: Database, *, read_only: bool) -> None:
        self._database, self._read_only = database, read_only
        self._waiting: list[StampedPrint] = []
        self._written: dict[str, StampedPrint] = {}
        self._lock = threading.Lock()

    def load(self) -> list[Fingerprint]:
        """The fingerprints of the photos that are there and unchanged. Raises StorageError."""
        found = self._database.query("SELECT 1 FROM sqlite_master WHERE name = 'photo_hashes'")
        if not found:
            return []
        rows = self._database.query(
            "SELECT h.* FROM photo_hashes h JOIN photos p USING (photo_id)"
            " WHERE p.missing = 0 AND p.removed = ''"
            " AND p.size = h.size AND p.mtime_ns = h.mtime_ns ORDER BY p.path"
        )
        stamped = [
            StampedPrint(
                Fingerprint(row["photo_id"], str(row["sha256"]), _look(row["look"])),
                row["size"],
                row["mtime_ns"],
            )
            for row in rows
        ]
        with self._lock:
            self._written = {s.made.photo_id: s for s in stamped}
        return [s.made for s in stamped]

    def keep(self, stamped: StampedPrint) -> None:
        """Remember a fingerprint; written with others, or by `flush`.

        Raises:
            StorageError: a batch could not be written; it is computed again another time.
        """
        with self._lock:
            if self._written.get(stamped.made.photo_id) == stamped:
                return
            self._waiting.append(stamped)
            full = len(self._waiting) >= BATCH
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits; nothing in a window that only reads. Raises StorageError."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if self._read_only or not waiting:
            return
        with self._database.transaction() as connection:
            connection.execute(TABLE)
            connection.executemany(
                "INSERT OR REPLACE INTO photo_hashes VALUES (?, ?, ?, ?, ?)",
                [
                    (s.made.photo_id, s.size, s.mtime_ns, s.made.sha256, s.made.look)
                    for s in waiting
                ],
            )
            # Photos that were taken out of the list.
            connection.execute(
                "DELETE FROM photo_hashes WHERE photo_id NOT IN (SELECT photo_id FROM photos)"
            )
        with self._lock:
            self._written |= {s.made.photo_id: s for s in waiting}


def _look(value: object) -> bytes | None:
    """A BLOB of the right length; anything else is a picture that looks like no other."""
    return value if isinstance(value, bytes) and len(value) == HASH_BYTES else None
