"""The zip that holds removed photos: what is in it, writing it, reading it.

`removed.json` lists the photos; `photos/<id>.json` holds each one's row, journal and vector;
`arrays/` its array files, byte for byte. Zips are read as any file from elsewhere: names, sizes
and checksums are looked at first (`safe_zip`).
"""

import base64
import contextlib
import json
import re
import sqlite3
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import atomic_path
from plantseg_gui.storage.project_db import Database
from plantseg_gui.storage.project_rescue import saves_of
from plantseg_gui.storage.safe_zip import (
    Limits,
    checked_entries,
    damaged,
    extract,
    open_zip,
    read_small,
)

FORMAT = 1
SUMMARY = "removed.json"
# What is left in the row of a removed photo: no work, so that nothing looks for its journal.
MEMORY: dict[str, Any] = {"last_seq": 0, "saved_seq": 0}
_LIMITS = Limits(entries=1_000_000, total_bytes=1 << 44, ratio=100_000)
_MAX_JSON = 256 << 20
_ID = re.compile(r"[0-9a-f]{32}")
# What may change behind a removal without any harm.
_PASSING = ("path", "size", "mtime_ns", "missing", "spent_s", "taken")


@dataclass(frozen=True)
class RemovedPhoto:
    """All that the database knows of a photo, and the names of its array files.

    Attributes:
        photo_id: The photo.
        columns: Its row.
        journal: Its rows there, with "data" as bytes.
        vector: Its row of `photo_vectors`; None without one.
        files: Names of its array files.
    """

    photo_id: str
    columns: dict[str, Any]
    journal: list[dict[str, Any]] = field(default_factory=list)
    vector: dict[str, Any] | None = None
    files: tuple[str, ...] = ()

    @property
    def revision(self) -> int:
        """Number of its saves."""
        return int(self.columns.get("revision") or 0)

    @property
    def last_seq(self) -> int:
        """Number of its last row in the journal."""
        return int(self.columns.get("last_seq") or 0)


@dataclass(frozen=True)
class Contents:
    """An open zip whose entries were checked."""

    path: Path
    source: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]

    @property
    def photo_ids(self) -> list[str]:
        """The photos in it."""
        return [photo.photo_id for photo in read_summary(self)]

    @property
    def array_names(self) -> frozenset[str]:
        """Names of the array files in it."""
        return frozenset(Path(name).name for name in self.entries if name.startswith("arrays/"))

    def json(self, name: str) -> dict[str, Any]:
        """An entry that is a JSON object. Raises InputError."""
        if name not in self.entries:
            raise damaged(self.path, f"{name} is missing")
        data = read_small(self.path, self.source, self.entries[name], _MAX_JSON)
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise damaged(self.path, f"{name} cannot be read") from error
        if not isinstance(found, dict):
            raise damaged(self.path, f"{name} holds something else")
        return found


def take_photo(database: Database, arrays: Path, photo_id: str) -> RemovedPhoto | None:
    """What is known of a photo; None when it is not in the project. Raises StorageError.

    Args:
        database: Of the project.
        arrays: Folder of its array files.
        photo_id: The photo.
    """
    rows = database.query("SELECT * FROM photos WHERE photo_id = ? AND removed = ''", (photo_id,))
    if not rows:
        return None
    steps = database.query("SELECT * FROM journal WHERE photo_id = ? ORDER BY seq", (photo_id,))
    vectors: list[sqlite3.Row] = []
    if database.query("SELECT 1 FROM sqlite_master WHERE name = 'photo_vectors'"):
        vectors = database.query("SELECT * FROM photo_vectors WHERE photo_id = ?", (photo_id,))
    return RemovedPhoto(
        photo_id,
        dict(rows[0]),
        [dict(step) for step in steps],
        dict(vectors[0]) if vectors else None,
        tuple(path.name for path in saves_of(arrays, photo_id, rows[0]["revision"])),
    )


def same_work(connection: sqlite3.Connection, photo: RemovedPhoto) -> bool:
    """Whether a photo's work is still as it was taken; where its file is may be another."""
    row = connection.execute(
        "SELECT * FROM photos WHERE photo_id = ?", (photo.photo_id,)
    ).fetchone()
    return row is not None and all(
        row[name] == value for name, value in photo.columns.items() if name not in _PASSING
    )


def write_photo_entry(target: zipfile.ZipFile, photo: RemovedPhoto, arrays: Path) -> None:
    """Write one photo with its array files, which lie in the folder `arrays`. Raises OSError."""
    for name in photo.files:
        # They are compressed already.
        target.write(arrays / name, f"arrays/{name}", zipfile.ZIP_STORED)
    steps = [step | {"data": _text(step["data"])} for step in photo.journal]
    vector = photo.vector
    entry = {
        "photo": photo.columns,
        "journal": steps,
        "vector": None if vector is None else vector | {"vector": _text(vector["vector"])},
        "files": photo.files,
    }
    target.writestr(f"photos/{photo.photo_id}.json", json.dumps(entry), zipfile.ZIP_DEFLATED)


def write_summary(target: zipfile.ZipFile, photos: Sequence[RemovedPhoto], by: str) -> None:
    """Write the list of the photos, last. Raises OSError."""
    listed = [
        {"photo_id": p.photo_id, "path": p.columns["path"], "revision": p.revision} for p in photos
    ]
    at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    summary = {"format": FORMAT, "at": at, "by": by, "photos": listed}
    target.writestr(SUMMARY, json.dumps(summary), zipfile.ZIP_DEFLATED)


@contextlib.contextmanager
def open_removed(path: Path) -> Iterator[Contents]:
    """Open a zip of removed photos. Raises InputError: damaged, or unsafe to unpack."""
    with open_zip(path) as source:
        entries = checked_entries(path, source, _LIMITS)
        yield Contents(path, source, {info.filename: info for info in entries})


def read_summary(contents: Contents) -> list[RemovedPhoto]:
    """The photos in a zip, with path and number of saves alone. Raises InputError."""
    summary = contents.json(SUMMARY)
    version, photos = summary.get("format"), summary.get("photos")
    if version != FORMAT or not isinstance(photos, list):
        raise InputError(
            f"{contents.path} was written by another version of this program.",
            "Update the program to put these photos back.",
        )
    found = []
    for photo in photos:
        if not isinstance(photo, dict) or not _ID.fullmatch(str(photo.get("photo_id"))):
            raise damaged(contents.path, f"{SUMMARY} holds something else")
        found.append(RemovedPhoto(photo["photo_id"], photo))
    return found


def read_photo_entry(contents: Contents, photo_id: str) -> RemovedPhoto:
    """One photo of a zip. Raises InputError."""
    name = f"photos/{photo_id}.json"
    entry = contents.json(name)
    try:
        steps = [step | {"data": _bytes(step["data"])} for step in entry["journal"]]
        vector = entry["vector"]
        if vector is not None:
            vector = vector | {"vector": _bytes(vector["vector"])}
        files = tuple(str(file) for file in entry["files"])
        photo = RemovedPhoto(photo_id, dict(entry["photo"]), steps, vector, files)
        _ = photo.revision, photo.last_seq, photo.columns["path"], photo.columns["sha256"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(contents.path, f"{name} holds something else") from error
    if any(not file.startswith(f"{photo_id}.") or "/" in file for file in files):
        raise damaged(contents.path, f"{name} names files of another photo")
    return photo


def extract_arrays(contents: Contents, photo: RemovedPhoto, arrays: Path) -> None:
    """Write a photo's array files into the folder `arrays`, durably.

    Raises:
        InputError: the zip is damaged.
        StorageError: full disk …
    """
    for name in photo.files:
        info = contents.entries.get(f"arrays/{name}")
        if info is None:
            raise damaged(contents.path, f"{name} is missing")
        with atomic_path(arrays / name) as temp:
            extract(contents.path, contents.source, info, temp)


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
