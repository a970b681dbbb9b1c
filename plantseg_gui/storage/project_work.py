"""The work on one photo: its array file, and the journal since."""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.replay import JournalRow, replayed
from plantseg_gui.core.results import RgbArray
from plantseg_gui.core.resume import resume_document
from plantseg_gui.storage import journal
from plantseg_gui.storage.arrays import DamagedArrays, PhotoArrays, load_arrays, save_arrays
from plantseg_gui.storage.project_db import Database, update
from plantseg_gui.storage.project_files import hash_file, path_of
from plantseg_gui.storage.project_rescue import (
    ARRAYS_FOLDER,
    DAMAGED_FOLDER,
    NO_NUMBERS,
    arrays_name,
    begin_empty,
    columns_of,
    earlier_save,
    remove_superseded,
    set_aside,
)

_TRIES = 4


@dataclass(frozen=True)
class Work:
    """What is stored of one photo.

    Attributes:
        arrays: Labels and the rest as they were saved, with the journal up to `saved_seq`.
        rows: The photo's journal.
        saved_seq: See `arrays`.
        approved: As it was saved.
        damaged: Why the newest arrays, and those before, could not be used; None as a rule.
    """

    arrays: PhotoArrays
    rows: list[JournalRow]
    saved_seq: int = 0
    approved: bool = False
    damaged: StorageError | None = None

    def replayed(self, height: int, width: int) -> tuple[PhotoArrays, bool]:
        """The arrays with the whole journal in them, and whether the photo is approved.

        Args:
            height: Of the photo, px; counts where no labels were saved yet.
            width: Likewise.

        Raises:
            StorageError: the journal belongs to a photo of another size.
        """
        arrays = self.arrays
        if not any(row.seq > self.saved_seq for row in self.rows):
            return arrays, self.approved
        try:
            labels, state = replayed(
                (height, width),
                arrays.labels,
                arrays.touched,
                self.rows,
                saved_seq=self.saved_seq,
                approved=self.approved,
            )
        except (ValueError, IndexError, MemoryError) as error:
            raise StorageError(
                f"The journal does not fit a photo of {width} x {height} px ({error}).",
                "Open the folder with the photo that the masks were drawn on.",
            ) from error
        return replace(arrays, labels=labels, touched=state.touched), state.approved

    def document(self, photo_id: str, image: RgbArray) -> Document:
        """The photo as it was left, with undo and redo.

        Args:
            photo_id: Of the photo.
            image: [H, W, 3] uint8.

        Raises:
            ValueError: the arrays have another size than the photo.
        """
        return resume_document(
            photo_id,
            image,
            self.arrays.labels,
            self.arrays.touched,
            self.rows,
            saved_seq=self.saved_seq,
            prediction=self.arrays.prediction,
            approved=self.approved,
        )


def read_work(
    database: Database,
    home: Path,
    row_of: Callable[[], sqlite3.Row],
    writing: contextlib.AbstractContextManager[object] | None,
) -> Work:
    """Read a photo's arrays and its journal.

    Args:
        database: Of the project.
        home: Its folder.
        row_of: Reads the photo's row.
        writing: The writer's lock, under which a damaged file is set aside; None = read-only.

    Raises:
        StorageError: the arrays cannot be read now, and are not damaged: a network drive that
            went away, access that is not allowed, a newer version.
    """
    for attempt in range(_TRIES):
        row = row_of()
        arrays, damaged = PhotoArrays(), None
        saved_seq, approved = row["saved_seq"], row["status"] == "approved"
        if row["revision"]:
            path = home / ARRAYS_FOLDER / arrays_name(row["photo_id"], row["revision"])
            try:
                arrays = load_arrays(path)
                # The file's own word, under its checksum, goes before that of the list.
                known = arrays.record.get("saved_seq")
                saved_seq = known if isinstance(known, int) else saved_seq
            except StorageError as error:
                # Saved anew by the other window between the two reads.
                if row_of()["revision"] != row["revision"] and attempt + 1 < _TRIES:
                    continue
                lost = isinstance(error, DamagedArrays) or not path.exists()
                if writing is None or not lost or not path.parent.is_dir():
                    raise
                with writing:
                    arrays, saved_seq, damaged = earlier_save(database, home, row, error)
                approved = damaged is None and row_of()["status"] == "approved"
        break
    return Work(arrays, journal.read(database, row["photo_id"]), saved_seq, approved, damaged)


def step_back(database: Database, home: Path, row: sqlite3.Row) -> None:
    """Write the save before the newest one again, as the newest. Raises StorageError."""
    folder, photo_id, revision = home / ARRAYS_FOLDER, row["photo_id"], row["revision"]
    earlier = PhotoArrays()
    if revision > 1:
        earlier = load_arrays(folder / arrays_name(photo_id, revision - 1))
    known = columns_of(earlier.record)
    columns: dict[str, Any] = {**NO_NUMBERS, **known, "revision": revision + 1}
    if "status" not in earlier.record:
        columns["status"] = "new"
    record = {key: row[key] for key in row.keys()} | columns  # noqa: SIM118 - not a dict
    path = folder / arrays_name(photo_id, columns["revision"])
    save_arrays(path, replace(earlier, record=record))
    with database.transaction() as connection:
        update(connection, photo_id, columns)
    remove_superseded(folder, photo_id, columns["revision"])


def put_aside(database: Database, home: Path, row: sqlite3.Row, why: str) -> None:
    """Move a photo's array file to the damaged ones; the photo begins with an empty mask.

    Raises:
        StorageError: the database could not be written.
    """
    path = home / ARRAYS_FOLDER / arrays_name(row["photo_id"], row["revision"])
    with contextlib.suppress(OSError):
        set_aside(path, home)
    text = f"{why} The file was set aside in {home / DAMAGED_FOLDER}."

    def take_steps_out(connection: sqlite3.Connection) -> None:
        # They belong to a mask of that size; they are kept, and apply no more.
        journal.put_aside(connection, row["photo_id"])

    columns = {"status": "new", "error": text, "last_seq": 0}
    begin_empty(database, home, row, columns, take_steps_out)


def saved_columns(row: sqlite3.Row, arrays: PhotoArrays, model: str) -> dict[str, Any]:
    """What a save changes in the photo's row, the diagnosis excepted."""
    columns: dict[str, Any] = {
        "revision": row["revision"] + 1,
        "error": "",
        "model": model or (arrays.prediction.model if arrays.prediction else ""),
        "updated": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
    if arrays.prediction is not None:
        columns["doubt"] = arrays.prediction.doubt
    if arrays.labels is not None:
        columns["height"], columns["width"] = map(int, arrays.labels.shape)
    elif arrays.prediction is not None:
        columns["height"], columns["width"] = arrays.prediction.labels.shape
    return columns


def check_content(
    row: sqlite3.Row, folder: Path, sha256: str
) -> tuple[dict[str, Any], InputError | None]:
    """Compare a photo's file with the content that the work was done on.

    Args:
        row: Of the photo.
        folder: Of the project.
        sha256: Of the file's content; "" = it is read here.

    Returns:
        Columns to store, and the fault when it is another photo now.
    """
    digest = sha256 or hash_file(path_of(row["path"], folder))
    if not digest or digest == row["sha256"]:
        return {}, None
    if not row["revision"] and not row["last_seq"]:
        return {"sha256": digest}, None
    # No file has this size: the next scan hashes it and sorts it out.
    return {"size": -1}, InputError(
        f"{row['path']} is another photo than the one its mask was drawn on.",
        "Reload the folder: the mask is kept, and the new photo starts anew.",
    )
