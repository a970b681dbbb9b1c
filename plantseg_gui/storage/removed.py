"""Photos that were taken out of a project: nothing of them is lost until somebody says so.

Each act writes one zip, `removed/<act>.zip`, with all that the project knows of its photos: their
row, journal, vector and array files. Only when the zip is on the disk do they leave the database,
in one transaction; the row stays as a memory of the file, so that the next look at the folder does
not bring the photo back. The photo files are never touched.

Removing and putting back go in steps, one photo each, that a pool may run one after the other;
whatever is cut off, by a crash or by closing the generator, leaves the project as it was.
"""

import contextlib
import secrets
import sqlite3
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage import journal, photo_vectors
from plantseg_gui.storage.arrays import prediction_bytes
from plantseg_gui.storage.atomic import atomic_path, storage_error
from plantseg_gui.storage.project_db import Database, update
from plantseg_gui.storage.project_files import hash_file, path_of
from plantseg_gui.storage.project_rescue import (
    ARRAYS_FOLDER,
    saves_of,
)
from plantseg_gui.storage.removed_settle import REMOVED_FOLDER, list_zips
from plantseg_gui.storage.removed_zip import (
    MEMORY,
    RemovedPhoto,
    extract_arrays,
    open_removed,
    read_photo_entry,
    same_work,
    take_photo,
    write_photo_entry,
    write_summary,
)


@dataclass(frozen=True)
class DiskUse:
    """What photos take in the project's folder, bytes.

    Attributes:
        masks: Labels and touched pixels, as they were saved last.
        predictions: What the model found.
        history: The journal's steps and the saves before the last.
    """

    masks: int = 0
    predictions: int = 0
    history: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.masks + self.predictions + self.history

    def __add__(self, other: "DiskUse") -> "DiskUse":
        return DiskUse(
            self.masks + other.masks,
            self.predictions + other.predictions,
            self.history + other.history,
        )


@dataclass(frozen=True)
class RemovedAct:
    """One act that took photos out.

    Attributes:
        act: Its name.
        at: When, ISO 8601 without zone.
        names: Of the photos, relative to the folder.
        nbytes: Size of the zip; 0 when it was emptied: the photos can come back, without work.
    """

    act: str
    at: str
    names: tuple[str, ...]
    nbytes: int


class RemovedPhotos:
    """See the module's text. Methods may be called from any thread, not from the UI thread."""

    def __init__(
        self,
        database: Database,
        home: Path,
        photos: Path,
        writing: contextlib.AbstractContextManager[object],
        *,
        read_only: bool,
    ) -> None:
        """Made by the project; `photos` is the folder of the photos, `writing` its lock."""
        self._database, self._home, self._photos = database, home, photos
        self._writing = writing
        self._read_only = read_only

    @property
    def folder(self) -> Path:
        """Where the zips lie."""
        return self._home / REMOVED_FOLDER

    def disk_use(self, photo_id: str) -> DiskUse:
        """What one photo takes; reads its newest array file. Raises StorageError."""
        found = self._database.query("SELECT revision FROM photos WHERE photo_id = ?", (photo_id,))
        revision = found[0]["revision"] if found else 0
        saves = saves_of(self._home / ARRAYS_FOLDER, photo_id, revision)
        steps = self._database.query(
            "SELECT COALESCE(SUM(LENGTH(data)), 0) AS n FROM journal WHERE photo_id = ?",
            (photo_id,),
        )[0]["n"]
        if not saves:
            return DiskUse(history=int(steps))
        predictions = prediction_bytes(saves[-1])
        earlier = sum(_size(path) for path in saves[:-1])
        return DiskUse(_size(saves[-1]) - predictions, predictions, int(steps) + earlier)

    def remove(self, photo_ids: Sequence[str], by: str = "") -> Iterator[str]:
        """Take photos out; nobody may have them open.

        Args:
            photo_ids: The photos; unknown and removed ones are left out.
            by: Whose act it is; "" = whoever is logged in.

        Yields:
            The act's name, once before each photo; it counts when the generator has ended.

        Raises:
            StorageError: read-only, full disk, or a photo was changed meanwhile; nothing changed.
        """
        self._need_writer()
        act = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        path, taken = self._path(act), list[RemovedPhoto]()
        arrays = self._home / ARRAYS_FOLDER
        with atomic_path(path) as temp, zipfile.ZipFile(temp, "x") as target:
            for photo_id in dict.fromkeys(photo_ids):
                yield act
                self._tie(photo_id)
                photo = take_photo(self._database, arrays, photo_id)
                if photo is not None:
                    write_photo_entry(target, photo, arrays)
                    taken.append(photo)
            write_summary(target, taken, by or journal.person())
        try:
            self._forget(act, taken)
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        for photo in taken:
            self._unlink_arrays(photo.files)

    def put_back(self, act: str) -> Iterator[str]:
        """Bring the photos of an act back, with all their work.

        Where it was emptied they begin anew, with the next look at the folder.

        Yields:
            The act's name, once before each photo.

        Raises:
            StorageError: read-only, full disk …; nothing changed.
            InputError: the zip is damaged.
        """
        self._need_writer()
        path = self._path(act)
        if not path.exists():
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM photos WHERE removed = ?", (act,))
            return
        arrays, made, photos = self._home / ARRAYS_FOLDER, list[str](), list[RemovedPhoto]()
        try:
            with open_removed(path) as contents:
                for photo_id in contents.photo_ids:
                    yield act
                    if self._is_removed(photo_id, act):
                        photo = read_photo_entry(contents, photo_id)
                        made += photo.files
                        extract_arrays(contents, photo, arrays)
                        photos.append(photo)
            with self._writing, self._database.transaction() as connection:
                for photo in photos:
                    _restore(connection, photo)
                # What was damaged in the zip's list would stay away for ever.
                connection.execute("UPDATE photos SET removed = '' WHERE removed = ?", (act,))
        except BaseException:
            self._unlink_arrays(made)
            raise
        with contextlib.suppress(OSError):  # else the next opening does it
            path.unlink()

    def acts(self) -> list[RemovedAct]:
        """All acts whose photos are still away, newest first. Raises StorageError."""
        rows = self._database.query(
            "SELECT removed, path FROM photos WHERE removed <> '' ORDER BY removed DESC, path"
        )
        names: dict[str, list[str]] = {}
        for row in rows:
            names.setdefault(row["removed"], []).append(row["path"])
        return [
            RemovedAct(act, _time_of(act), tuple(found), _size(self._path(act)))
            for act, found in names.items()
        ]

    def nbytes(self) -> int:
        """What all zips take on the disk."""
        return sum(_size(path) for path in list_zips(self._home))

    def empty(self) -> int:
        """Delete the zips for good; the photos stay away. Gives the bytes that are free now.

        Raises:
            StorageError: read-only, or one could not be deleted.
        """
        self._need_writer()
        freed = 0
        for path in list_zips(self._home):
            size = _size(path)
            try:
                path.unlink()
            except OSError as error:
                raise storage_error(error, path, "deleted") from error
            freed += size
        return freed

    def _tie(self, photo_id: str) -> None:
        """Remember a photo by its content: so it is known again under another name."""
        found = self._database.query(
            "SELECT path FROM photos WHERE photo_id = ? AND sha256 = ''", (photo_id,)
        )
        if found:
            digest = hash_file(path_of(found[0]["path"], self._photos))
            with self._database.transaction() as connection:
                update(connection, photo_id, {"sha256": digest})

    def _forget(self, act: str, taken: Sequence[RemovedPhoto]) -> None:
        """Take photos out of the database, if they are as they were written into the zip."""
        with self._writing, self._database.transaction() as connection:
            for photo in taken:
                if not same_work(connection, photo):
                    raise StorageError(
                        f"{photo.columns['path']} was changed meanwhile; nothing was removed.",
                        "Try again when nothing else is running.",
                    )
                update(connection, photo.photo_id, {"removed": act, **MEMORY})
                connection.execute("DELETE FROM journal WHERE photo_id = ?", (photo.photo_id,))
                if photo.vector is not None:
                    connection.execute(
                        "DELETE FROM photo_vectors WHERE photo_id = ?", (photo.photo_id,)
                    )

    def _unlink_arrays(self, names: Sequence[str]) -> None:
        for name in names:
            with contextlib.suppress(OSError):  # else the next opening does it
                (self._home / ARRAYS_FOLDER / name).unlink(missing_ok=True)

    def _is_removed(self, photo_id: str, act: str) -> bool:
        return bool(
            self._database.query(
                "SELECT 1 FROM photos WHERE photo_id = ? AND removed = ?", (photo_id, act)
            )
        )

    def _path(self, act: str) -> Path:
        return self.folder / f"{act}.zip"

    def _need_writer(self) -> None:
        if self._read_only:
            raise StorageError(
                "The project is open read-only: nothing can be removed or put back.",
                "Close the other window, then open the folder again.",
            )


def _restore(connection: sqlite3.Connection, photo: RemovedPhoto) -> None:
    """Bring a photo back into the database, in the caller's transaction."""
    known = {row["name"] for row in connection.execute("PRAGMA table_info(photos)")}
    # Where the file is by now, the looks at the folder know better.
    known -= {"photo_id", "path", "size", "mtime_ns", "missing", "removed"}
    columns = {name: value for name, value in photo.columns.items() if name in known}
    # Seconds that were written down while the photo was being removed count.
    spent_s = float(columns.pop("spent_s", 0.0))
    connection.execute(
        "UPDATE photos SET spent_s = MAX(spent_s, ?) WHERE photo_id = ?", (spent_s, photo.photo_id)
    )
    update(connection, photo.photo_id, columns | {"removed": ""})
    for row in photo.journal:
        _insert(connection, "journal", row)
    if photo.vector is not None:
        connection.execute(photo_vectors.TABLE)
        connection.execute("DELETE FROM photo_vectors WHERE photo_id = ?", (photo.photo_id,))
        _insert(connection, "photo_vectors", photo.vector)


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    known = {info["name"] for info in connection.execute(f"PRAGMA table_info({table})")}
    columns = {name: value for name, value in row.items() if name in known}
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _time_of(act: str) -> str:
    with contextlib.suppress(ValueError):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.strptime(act[:15], "%Y%m%d-%H%M%S"))
    return ""
