"""A project: the photos of a folder and everything that was found and drawn on them.

It lies in `plantseg_project` beside the photos (or in the user's data folder): `project.sqlite`
and `arrays/`, one HDF5 file per photo and save. Photos are read, never moved or changed.

Every operation on a mask goes into the journal at once (`Project.journal`); the array file follows
when there is time. A save writes it under a new name, then the database entry that points to it;
the commit of the entry is what makes it count. The save before it is kept, in case the disk damages
the newest. All methods may be called from any thread; those that read or write arrays or look
through the folder take their time and do not belong in the UI thread.
"""

import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.results import Descriptor, Diagnosis
from plantseg_gui.storage import photo_vectors, training_log
from plantseg_gui.storage.arrays import PhotoArrays, save_arrays
from plantseg_gui.storage.images import read_photo_info
from plantseg_gui.storage.journal import Entry, append, compact, encoded, photos_of
from plantseg_gui.storage.photo_record import (
    STATUSES,
    PhotoRecord,
    diagnosis_columns,
    mark_columns,
)
from plantseg_gui.storage.project_base import ProjectBase
from plantseg_gui.storage.project_db import update
from plantseg_gui.storage.project_files import (
    FileFact,
    fact_of,
    hash_file,
    list_photos,
    path_of,
)
from plantseg_gui.storage.project_home import open_home
from plantseg_gui.storage.project_moved import FOLDER_KEY
from plantseg_gui.storage.project_rescue import (
    arrays_name,
    remove_superseded,
)
from plantseg_gui.storage.project_scan import ScanReport, reconcile
from plantseg_gui.storage.project_work import (
    Work,
    check_content,
    put_aside,
    read_work,
    saved_columns,
    step_back,
)
from plantseg_gui.storage.training_log import TrainingRecord

__all__ = ["Entry", "PhotoArrays", "PhotoRecord", "Project", "ScanReport", "Work"]


class Project(ProjectBase):
    """See the module's text. Make one with `Project.open_folder`."""

    @classmethod
    def open_folder(cls, folder: Path, *, home: str = "beside") -> "Project":
        """Open the project of a photo folder; make one when there is none.

        Args:
            folder: Photos, also in sub-folders.
            home: Where a new project goes: "beside" the photos or in the "user" data folder. A
                folder that cannot be written to gets its project in the user's data folder.

        Raises:
            InputError: there is no such folder.
            StorageError: no project can be opened or made; or it is of a newer version.
        """
        folder = Path(os.path.realpath(Path(folder).expanduser()))
        if not os.path.isdir(folder):
            raise InputError(
                f"{folder} is not a folder that can be opened.",
                "Check its name, or whether its drive is connected.",
            )
        project = cls(folder, open_home(folder, home))
        if not project.read_only and project.get(FOLDER_KEY) != str(folder):
            # By which the project is found again when the folder is renamed.
            project.set(FOLDER_KEY, str(folder))
        return project

    def scan(self, files: Sequence[FileFact] | None = None) -> ScanReport:
        """Look through the folder for new, renamed, changed and missing photos.

        Args:
            files: What is in the folder, from whoever has looked; None = it is looked at here.

        Raises:
            StorageError: the result could not be stored.
        """
        if self.read_only:
            return ScanReport(notes=["The project is open elsewhere; new photos are not added."])
        with self._writing:
            files = list_photos(self.folder) if files is None else list(files)
            known = {fact.key for fact in files}
            outside = (path_of(r["path"], self.folder) for r in self._outside() if not r["missing"])
            facts = (fact_of(path, self.folder) for path in outside)
            files.extend(f for f in facts if f is not None and f.key not in known)
            return reconcile(self._database, files)

    def add_photos(self, paths: Iterable[Path]) -> list[str]:
        """Add files or whole folders, also from elsewhere; they stay where they are.

        Returns:
            Their photo ids, in order; what is not called like a photo is left out.

        Raises:
            StorageError: read-only, or the result could not be stored.
        """
        self._need_writer()
        facts = [fact for path in paths for fact in self._facts(Path(path))]
        unique = list({fact.key: fact for fact in facts}.values())
        with self._writing:
            reconcile(self._database, unique, forget=False)
            rows = self._database.query(
                "SELECT photo_id, path FROM photos WHERE missing = 0 AND removed = ''"
            )
        ids = {row["path"]: row["photo_id"] for row in rows}
        return [ids[fact.key] for fact in unique if fact.key in ids]

    def describe(self, photo_id: str) -> PhotoRecord:
        """Fill in a photo's size from its header, or why it cannot be read.

        Raises:
            InputError: the project does not know it.
            StorageError: the result could not be stored.
        """
        record = self.photo(photo_id)
        try:
            info = read_photo_info(record.path)
            columns: dict[str, Any] = {"width": info.width, "height": info.height, "error": ""}
        except InputError as error:
            columns = {"error": str(error)}
        if not self.read_only and any(getattr(record, k) != v for k, v in columns.items()):
            self._update(photo_id, columns)
        return replace(record, **columns)

    def work(self, photo_id: str, sha256: str = "") -> Work:
        """What is stored of a photo: its arrays as they were saved, and its journal.

        The photo's content is compared with the one that the work was done on.

        Args:
            photo_id: The photo.
            sha256: Of its content, from whoever has read it; "" = it is read here.

        Raises:
            InputError: the project does not know it, or the file holds another photo now.
            StorageError: the saved arrays cannot be read; damaged ones are set aside instead.
        """
        self._tie(self._row(photo_id), sha256)
        writing = None if self.read_only else self._writing
        return read_work(self._database, self.home, lambda: self._row(photo_id), writing)

    def load(self, photo_id: str) -> PhotoArrays:
        """A photo's arrays with its whole journal in them; all None when nothing is stored.

        Raises:
            InputError: as `work`.
            StorageError: as `work`; or nothing of a damaged save could be read.
        """
        work = self.work(photo_id)
        if work.damaged is not None:
            raise work.damaged
        record = self.photo(photo_id)
        if work.arrays.labels is None and work.rows and not record.width:
            record = self.describe(photo_id)
        return work.replayed(record.height, record.width)[0]

    def journal(self, entries: Sequence[Entry]) -> dict[str, int]:
        """Write operations into the journal; on the disk when this returns.

        Never waits for a save or scan: those hold the database for single statements only.

        Returns:
            By photo id the number of its last operation.

        Raises:
            StorageError: read-only, full disk …; none of them was written.
        """
        self._need_writer()
        rows = encoded(entries, self.annotator)
        status = {entry.photo_id: entry.status for entry in entries}
        with self._database.transaction() as connection:
            return append(connection, rows, status)

    def note_training(self, record: TrainingRecord) -> None:
        """Enter a training, or what became of it. Raises StorageError."""
        self._need_writer()
        with self._database.transaction() as connection:
            training_log.write(connection, record)

    def trainings(self) -> list[TrainingRecord]:
        """The trainings made from this project, newest first. Raises StorageError."""
        rows = self._database.query("SELECT * FROM training_runs ORDER BY ended DESC")
        return [training_log.read_row(row) for row in rows]

    def photos_of(self, batch: str) -> list[str]:
        """Ids of the photos that an act on several photos changed. Raises StorageError."""
        return photos_of(self._database, batch)

    def step_back(self, photo_id: str, revision: int) -> PhotoRecord | None:
        """Take save number `revision` back: the one before it becomes the newest.

        Returns:
            The photo's new record; None when it was saved again, or worked on, since.

        Raises:
            StorageError: read-only, or the save before cannot be read.
            InputError: the project does not know the photo.
        """
        self._need_writer()
        with self._writing:
            row = self._row(photo_id)
            if row["revision"] != revision or row["last_seq"] > row["saved_seq"]:
                return None
            step_back(self._database, self.home, row)
        return self.photo(photo_id)

    def put_aside(self, photo_id: str, why: str) -> None:
        """Move what was saved of a photo to the damaged files; it begins with an empty mask.

        Raises:
            StorageError: read-only, or the database could not be written.
        """
        self._need_writer()
        with self._writing:
            put_aside(self._database, self.home, self._row(photo_id), why)

    def save(
        self,
        photo_id: str,
        arrays: PhotoArrays,
        *,
        status: str,
        diagnosis: Diagnosis | None = None,
        model: str = "",
        saved_seq: int | None = None,
    ) -> PhotoRecord:
        """Save a photo's arrays and numbers; on the disk when this returns.

        Args:
            photo_id: The photo.
            arrays: All of it; replaces what was saved before.
            status: "new", "predicted", "corrected" or "approved".
            diagnosis: The numbers for the list; the stored ones stay when None.
            model: Name of the model of the prediction; taken from it when empty.
            saved_seq: The labels hold the journal at least up to this operation; None: all of it.

        Raises:
            StorageError: read-only, full disk …; what was saved before is as it was.
            InputError: the project does not know the photo.
            ValueError: a status that does not exist, or arrays that do not fit together.
        """
        if status not in STATUSES:
            raise ValueError(f"status {status!r} is none of {STATUSES}")
        self._need_writer()
        descriptor = None if arrays.prediction is None else arrays.prediction.descriptor
        with self._writing:
            row = self._row(photo_id)
            columns = saved_columns(row, arrays, model) | self._tied(photo_id)
            columns |= diagnosis_columns(diagnosis)
            columns["status"] = status
            columns["saved_seq"] = row["last_seq"] if saved_seq is None else saved_seq
            record = {key: row[key] for key in row.keys()} | columns  # noqa: SIM118 - not a dict
            path = self.arrays_dir / arrays_name(photo_id, columns["revision"])
            try:
                save_arrays(path, replace(arrays, record=record))
                with self._database.transaction() as connection:
                    update(connection, photo_id, columns)
                    photo_vectors.write(connection, photo_id, descriptor)
            except StorageError as error:
                # The file of arrays is called by a number; the person knows the photo.
                what = f"The work on {row['path']} is not saved. {error.what}"
                raise StorageError(what, error.do) from error.__cause__
            remove_superseded(self.arrays_dir, photo_id, columns["revision"])
            if row["saved_seq"]:
                # Both files that are left know the journal up to here.
                with self._database.transaction() as connection:
                    compact(connection, photo_id, row["saved_seq"])
        return self.photo(photo_id)

    def vectors(self) -> dict[str, Descriptor]:
        """What the photos look like to an encoder, by photo id; not all have one.

        Raises:
            StorageError: the database could not be read.
        """
        return photo_vectors.read(self._database)

    def set_tags(self, photo_id: str, tags: Sequence[str]) -> None:
        """Replace a photo's tags. Raises StorageError, InputError."""
        self.set_marks(photo_id, {"tags": tags})

    def set_keep_out(self, photo_id: str, on: bool) -> None:
        """Put a photo into the person's own test set, or take it out. Raises StorageError."""
        self.set_marks(photo_id, {"keep_out": on})

    def set_marks(self, photo_id: str, marks: Mapping[str, Any]) -> None:
        """Store what a person said of a photo; see `photo_record.mark_columns`.

        Raises:
            StorageError: it could not be stored.
            InputError: the project does not know the photo.
            ValueError: no such mark.
        """
        self._update(photo_id, self._tied(photo_id) | mark_columns(marks))

    def set_status(self, photo_id: str, status: str) -> None:
        """Change a photo's status alone. Raises StorageError, InputError, ValueError."""
        if status not in STATUSES:
            raise ValueError(f"status {status!r} is none of {STATUSES}")
        self._update(photo_id, self._tied(photo_id) | {"status": status})

    def set_error(self, photo_id: str, text: str) -> None:
        """Say in the list why a photo could not be used; "" takes it back. Raises StorageError."""
        self._update(photo_id, {"error": text})

    def _tied(self, photo_id: str) -> dict[str, Any]:
        """The hash to store with the first work on a photo, by which it is found again."""
        row = self._row(photo_id)
        return {} if row["sha256"] else {"sha256": hash_file(path_of(row["path"], self.folder))}

    def _tie(self, row: sqlite3.Row, sha256: str) -> None:
        """Tie the photo to its content when it is first opened; refuse another content later."""
        columns, other = check_content(row, self.folder, sha256)
        if columns and not self.read_only:
            self._update(row["photo_id"], columns)
        if other is not None:
            raise other

    def _facts(self, path: Path) -> list[FileFact]:
        """The photos that a path stands for."""
        if os.path.isdir(path):
            return list_photos(Path(os.path.realpath(path)), self.folder)
        fact = fact_of(path, self.folder)
        return [] if fact is None else [fact]

    def _outside(self) -> list[sqlite3.Row]:
        """Photos from elsewhere: their paths are absolute."""
        rows = self._database.query("SELECT path, missing FROM photos")
        return [row for row in rows if Path(row["path"]).is_absolute()]
