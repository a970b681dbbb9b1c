"""Where a folder's project lies, and getting hold of it: lock, database, order after a crash."""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from plantseg_gui.core.errors import StorageError
from plantseg_gui.storage import journal
from plantseg_gui.storage.atomic import storage_error
from plantseg_gui.storage.paths import user_projects_dir
from plantseg_gui.storage.project_db import Database
from plantseg_gui.storage.project_files import PROJECT_FOLDER
from plantseg_gui.storage.project_lock import ProjectLock
from plantseg_gui.storage.project_mend import mend
from plantseg_gui.storage.project_moved import find_moved
from plantseg_gui.storage.project_rescue import ARRAYS_FOLDER, set_database_aside, tidy
from plantseg_gui.storage.project_schema import DamagedDatabase
from plantseg_gui.storage.removed_settle import REMOVED_FOLDER, settle

DATABASE = "project.sqlite"
LOCK = "project.lock"


@dataclass
class ProjectHome:
    """An opened project folder.

    Attributes:
        home: The folder.
        database: Open.
        lock: Held; None when read-only.
        crashed: Whether the program that wrote last did not end cleanly.
        notes: Plain sentences for the person.
    """

    home: Path
    database: Database
    lock: ProjectLock | None
    crashed: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def read_only(self) -> bool:
        """Whether another program holds the project."""
        return self.lock is None


def home_beside(folder: Path) -> Path:
    """The project's place beside its photos."""
    return folder / PROJECT_FOLDER


def home_in_user_data(folder: Path) -> Path:
    """The project's place when the photos' folder cannot or shall not be written to."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.name).strip("-")[:40] or "folder"
    return user_projects_dir() / f"{readable}-{digest}"


def open_home(folder: Path, wish: str) -> ProjectHome:
    """Open the existing project of a folder, or make one where it is wished and possible.

    Raises:
        StorageError: full disk, a newer version, or no place that can be written to.
    """
    beside, in_user_data = home_beside(folder), home_in_user_data(folder)
    existing = [place for place in (beside, in_user_data) if (place / DATABASE).is_file()]
    # Two exist when the folder was read-only for a while: the work went on in the newer one.
    existing.sort(key=_last_change, reverse=True)
    notes = [] if existing else _take_over_moved(folder, in_user_data)
    if notes:
        existing = [in_user_data]
    first = existing[0] if existing else (in_user_data if wish == "user" else beside)
    try:
        _try_writing(first)
    except OSError as error:
        if first == in_user_data or error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise storage_error(error, first / DATABASE, "opened") from error
        note = f"{folder} cannot be written to; the project is kept in {in_user_data}."
        if first in existing and not (in_user_data / DATABASE).is_file():
            _copy_project(first, in_user_data)
            note = f"{folder} cannot be written to; work goes on in a copy in {in_user_data}."
        opened = _open_locked(in_user_data)
        opened.notes.insert(0, note)
        return opened
    opened = _open_locked(first)
    opened.notes[:0] = notes
    return opened


def _take_over_moved(folder: Path, target: Path) -> list[str]:
    """Bring the project of a renamed photo folder to its new place; a sentence if there was one."""
    moved = find_moved(folder, user_projects_dir(), DATABASE)
    if moved is None:
        return []
    home, before = moved
    try:
        os.replace(home, target)
    except OSError as error:
        raise storage_error(error, home, "moved") from error
    return [f"This is the folder that was {before}: its masks were found again."]


def _last_change(home: Path) -> int:
    """When the project was last written, ns."""
    times = [0]
    for name in (DATABASE, f"{DATABASE}-wal"):
        with contextlib.suppress(OSError):
            times.append((home / name).stat().st_mtime_ns)
    return max(times)


def _try_writing(home: Path) -> None:
    """Raise OSError unless files can be made in `home`, which is created."""
    (home / ARRAYS_FOLDER).mkdir(parents=True, exist_ok=True)
    database = home / DATABASE
    if database.exists() and not os.access(database, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(database))
    # Asking the system for permissions is not enough: network drives and roots answer yes.
    with tempfile.TemporaryFile(dir=home) as probe:
        probe.write(b"x")


def _open_locked(home: Path) -> ProjectHome:
    """Lock and open; read-only beside another running program."""
    try:
        (home / ARRAYS_FOLDER).mkdir(parents=True, exist_ok=True)
        lock = ProjectLock(home / LOCK)
    except OSError as error:
        raise storage_error(error, home / LOCK, "opened") from error
    if not lock.held:
        note = f"This folder is open in {lock.owner}; here it can be looked at, not changed."
        return ProjectHome(home, _open_for_reading(home), None, notes=[note])
    database: Database | None = None
    try:
        notes: list[str] = []
        database = _open_or_rescue(home, notes)
        notes.extend(mend(database))
        notes.extend(tidy(database, home / ARRAYS_FOLDER))
        settle(database, home)
        if lock.crashed and not notes:
            notes.append(_restored(database))
    except BaseException:
        if database is not None:
            database.close()
        lock.release()
        raise
    return ProjectHome(home, database, lock, lock.crashed, notes)


def _restored(database: Database) -> str:
    """What to say after a crash. Raises StorageError."""
    row = database.query("SELECT COUNT(*) AS n FROM photos WHERE last_seq > saved_seq")[0]
    if not row["n"]:
        return "The program was not closed properly; all your work is there."
    photos = "1 photo" if row["n"] == 1 else f"{row['n']} photos"
    return f"The program was not closed properly; {photos} restored to the last stroke."


def _open_for_reading(home: Path) -> Database:
    """Open beside the program that writes. Raises StorageError."""
    try:
        return Database(home / DATABASE, read_only=True)
    except DamagedDatabase as error:
        raise StorageError(
            f"The project {home / DATABASE} is damaged ({error}).",
            "Close the other window and open the folder again: it will be put in order.",
        ) from error


def _open_or_rescue(home: Path, notes: list[str]) -> Database:
    """Open the database; set a damaged one aside and begin a new one."""
    path = home / DATABASE
    try:
        return Database(path)
    except DamagedDatabase:
        try:
            damaged = set_database_aside(path, home)
        except OSError as error:
            raise storage_error(error, path, "put in order") from error
        notes.append(
            f"The project's list was damaged and set aside in {home / 'damaged'}; "
            "masks and numbers are taken from the saved masks."
        )
    try:
        database = Database(path)
        journal.salvage(damaged, database)
        return database
    except DamagedDatabase as error:
        raise StorageError(
            f"The project {path} cannot be set up ({error}).", "Check the drive for faults."
        ) from error


def _copy_project(source: Path, target: Path) -> None:
    """Copy a project that cannot be written to. Raises StorageError."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in (ARRAYS_FOLDER, REMOVED_FOLDER):
            if (source / name).is_dir():
                shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        for suffix in ("-wal", ""):
            part = source / f"{DATABASE}{suffix}"
            if part.is_file():
                # The database last: with it the copy counts as a project.
                shutil.copyfile(part, target / part.name)
    except (OSError, shutil.Error, sqlite3.Error) as error:
        cause = error if isinstance(error, OSError) else OSError(str(error))
        raise storage_error(cause, target, "copied") from error
