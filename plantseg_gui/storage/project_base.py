"""An open project's database and lock: single rows, settings, closing."""

import json
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage.photo_hashes import PhotoHashes
from plantseg_gui.storage.photo_record import PhotoRecord, record_of
from plantseg_gui.storage.project_db import Database, update
from plantseg_gui.storage.project_files import natural_key
from plantseg_gui.storage.project_home import ProjectHome
from plantseg_gui.storage.project_rescue import ARRAYS_FOLDER
from plantseg_gui.storage.removed import RemovedPhotos


class ProjectBase:
    """What `Project` stands on.

    Attributes:
        folder: The photos' folder.
        home: The project's own folder.
        read_only: Whether another running program has the project; nothing can be saved.
        crashed: Whether the program that wrote last did not end cleanly.
        notes: Plain sentences about the opening: restored, copied, read-only because ….
        hashes: What the photos are known by, for naming duplicates.
        removed: Photos that were taken out of the project, and can be put back.
        annotator: Whose work is written down; "" = of whoever is logged in.
    """

    def __init__(self, folder: Path, opened: ProjectHome) -> None:
        """Use `open_folder`."""
        self.folder = folder
        self.home = opened.home
        self.read_only = opened.read_only
        self.crashed = opened.crashed
        self.notes = list(opened.notes)
        self._database: Database = opened.database
        self.hashes = PhotoHashes(opened.database, read_only=opened.read_only)
        self._lock = opened.lock
        self.annotator = ""
        # Held for a whole save or scan; `photos()` waits for single statements only.
        self._writing = threading.RLock()
        self.removed = RemovedPhotos(
            opened.database, opened.home, folder, self._writing, read_only=opened.read_only
        )

    @property
    def arrays_dir(self) -> Path:
        """Folder of the array files."""
        return self.home / ARRAYS_FOLDER

    @property
    def runs_dir(self) -> Path:
        """Folder for training runs of this project."""
        return self.home / "runs"

    def photos(self, *, include_missing: bool = False) -> list[PhotoRecord]:
        """The photos in the natural order of their names; fast, no file is touched."""
        condition = "" if include_missing else " AND missing = 0"
        rows = self._database.query(f"SELECT * FROM photos WHERE removed = ''{condition}")
        rows.sort(key=lambda row: natural_key(row["path"]))
        return [record_of(row, self.folder) for row in rows]

    def photo(self, photo_id: str) -> PhotoRecord:
        """One photo. Raises InputError when the project does not know it."""
        return record_of(self._row(photo_id), self.folder)

    def work_stamp(self, photo_id: str) -> tuple[int, int, int]:
        """Changes with every save of a photo and every row of its journal.

        Raises:
            InputError: the project does not know the photo.
            StorageError: the database could not be read.
        """
        row = self._row(photo_id)
        return row["revision"], row["last_seq"], row["saved_seq"]

    def get(self, key: str, default: Any = None) -> Any:
        """A value of this project's settings. Raises StorageError."""
        rows = self._database.query("SELECT value FROM meta WHERE key = ?", (key,))
        try:
            return json.loads(rows[0]["value"]) if rows else default
        except (ValueError, RecursionError):
            return default

    def set(self, key: str, value: Any) -> None:
        """Store a JSON value. Raises StorageError; TypeError when JSON cannot say it."""
        self._need_writer()
        text = json.dumps(value, ensure_ascii=False)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def all_tags(self) -> list[str]:
        """Every tag in use, sorted."""
        return sorted({tag for record in self.photos() for tag in record.tags}, key=str.casefold)

    def set_taken(self, dates: Mapping[str, str]) -> None:
        """Store when photos were taken, by id; see `PhotoRecord.taken`. Raises StorageError."""
        self._need_writer()
        with self._database.transaction() as connection:
            for photo_id, taken in dates.items():
                update(connection, photo_id, {"taken": taken})

    def add_time(self, photo_id: str, seconds: float) -> float:
        """Add to the time that people worked at a photo; gives the sum, s.

        Raises:
            StorageError: it could not be stored.
            InputError: the project does not know the photo.
        """
        self._need_writer()
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE photos SET spent_s = spent_s + ? WHERE photo_id = ?",
                (max(0.0, float(seconds)), photo_id),
            )
        return float(self._row(photo_id)["spent_s"])

    def known_files(self) -> dict[str, tuple[int, int]]:
        """Size and time of change, ns, of each file that is in the list, by its key.

        Removed photos are among them; see `project_files.FileFact` for keys. Raises StorageError.
        """
        rows = self._database.query("SELECT path, size, mtime_ns FROM photos WHERE missing = 0")
        return {row["path"]: (row["size"], row["mtime_ns"]) for row in rows}

    def close(self) -> None:
        """Close; waits for a running save. A second time does nothing."""
        with self._writing:
            self._database.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def _row(self, photo_id: str) -> sqlite3.Row:
        """The row of one photo. Raises InputError."""
        rows = self._database.query("SELECT * FROM photos WHERE photo_id = ?", (photo_id,))
        if not rows:
            raise InputError("This photo is not in the project.", "Open the folder again.")
        if rows[0]["removed"]:
            raise InputError(
                f"{rows[0]['path']} was removed from the project.",
                "Photos ▸ Put back brings it back.",
            )
        return rows[0]

    def _update(self, photo_id: str, columns: dict[str, Any]) -> None:
        """Change a photo's row. Raises StorageError."""
        self._need_writer()
        with self._database.transaction() as connection:
            update(connection, photo_id, columns)

    def _need_writer(self) -> None:
        """Raise StorageError in a second window."""
        if self.read_only:
            raise StorageError(
                f"The project of {self.folder} is open read-only: nothing can be saved.",
                "Close the other window, then open the folder again.",
            )
