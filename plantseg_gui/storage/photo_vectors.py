"""What each photo of a project looks like to the encoder, kept in its database.

A table of its own, which is made when the first vector is kept; a project without it is one whose
photos were predicted by an older version. A vector that does not pass its check is as if it were
not there: it comes back with the next prediction.
"""

import sqlite3
import zlib

import numpy as np

from plantseg_gui.core.results import Descriptor
from plantseg_gui.storage.project_db import Database

TABLE = """
CREATE TABLE IF NOT EXISTS photo_vectors (
    photo_id TEXT PRIMARY KEY,
    encoder TEXT NOT NULL,  -- core.results.Descriptor: vectors of two encoders do not compare
    vector BLOB NOT NULL,   -- float16, little-endian
    crc INTEGER NOT NULL    -- CRC-32 of vector
)
"""


def write(connection: sqlite3.Connection, photo_id: str, descriptor: Descriptor | None) -> None:
    """Keep a photo's vector, in the caller's transaction; None leaves the stored one."""
    if descriptor is None:
        return
    blob = descriptor.vector.astype("<f2").tobytes()
    connection.execute(TABLE)
    connection.execute(
        "INSERT OR REPLACE INTO photo_vectors VALUES (?, ?, ?, ?)",
        (photo_id, descriptor.encoder, blob, zlib.crc32(blob)),
    )


def read(database: Database) -> dict[str, Descriptor]:
    """The vectors of the photos that are there, by photo id. Raises StorageError."""
    if not database.query("SELECT 1 FROM sqlite_master WHERE name = 'photo_vectors'"):
        return {}
    rows = database.query(
        "SELECT v.* FROM photo_vectors v JOIN photos p USING (photo_id)"
        " WHERE p.missing = 0 AND p.removed = ''"
    )
    return {
        row["photo_id"]: Descriptor(row["encoder"], np.frombuffer(row["vector"], "<f2"))
        for row in rows
        if isinstance(row["vector"], bytes)
        and len(row["vector"]) % 2 == 0
        and zlib.crc32(row["vector"]) == row["crc"]
    }
