"""A whole project as one zip file, and back into a new folder.

In the zip the photos lie as in their folder and the project in `plantseg_project` beside them, so
that the unpacked folder can be opened like any other. A zip from elsewhere is checked before a byte
is written; it is unpacked into a temporary folder that gets its name when all is there.
"""

import contextlib
import errno
import os
import secrets
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage.atomic import TEMP_PREFIX, atomic_path, storage_error
from plantseg_gui.storage.formats.annotation import Written
from plantseg_gui.storage.image_open import HEIC_SUFFIXES
from plantseg_gui.storage.images import PHOTO_SUFFIXES
from plantseg_gui.storage.platform_files import fsync_dir
from plantseg_gui.storage.project_files import PROJECT_FOLDER
from plantseg_gui.storage.project_home import DATABASE
from plantseg_gui.storage.project_rescue import ARRAYS_FOLDER
from plantseg_gui.storage.project_schema import copy_database
from plantseg_gui.storage.removed_settle import REMOVED_FOLDER, list_zips
from plantseg_gui.storage.safe_zip import Limits, checked_entries, damaged, extract, open_zip

MAX_ENTRIES = 200_000
MAX_BYTES = 200 << 30
_ATTEMPTS = 3
_OUTSIDE = "outside"
# HEIC also where its reader is not installed: the photo is kept.
_PHOTO_ENDINGS = PHOTO_SUFFIXES | HEIC_SUFFIXES

Progress = Callable[[int, int], None]


def export_project(
    home: Path,
    target: Path,
    photos: Iterable[tuple[Path, str]] = (),
    progress: Progress | None = None,
) -> Written:
    """Write a project as one zip file. It may be open and written to meanwhile.

    Args:
        home: The project's folder, with `project.sqlite`, `arrays` and `removed`.
        target: The zip file.
        photos: Photos to add: file, and its place relative to the photos' folder with "/" (an
            absolute one is put into the folder `outside`).
        progress: Called with files done and all; what it raises ends the export.

    Raises:
        StorageError: not readable, or no space; an old file of this name is as it was.
    """
    listed = list(photos)
    notes: list[str] = []
    with atomic_path(target) as temp:
        for attempt in range(_ATTEMPTS):
            notes.clear()
            try:
                _write_zip(temp, home, listed, notes, progress)
                break
            except FileNotFoundError as error:
                # Saved, removed or put back between the list and the copy: an old file is gone.
                if attempt == _ATTEMPTS - 1:
                    raise storage_error(error, target) from error
            except (sqlite3.Error, zipfile.LargeZipFile) as error:
                raise StorageError(
                    f"{home / DATABASE} could not be copied: {error}.",
                    "Close other windows of this project and try again.",
                ) from error
    return Written((target,), tuple(notes))


def unpack_project(
    archive: Path,
    folder: Path,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Written:
    """Unpack a project into a new folder.

    Args:
        archive: The zip file.
        folder: Must not exist, or be empty; nothing is ever overwritten.
        limits: What the archive may hold.
        progress: Called with files done and all; what it raises ends the work.

    Returns:
        The files, and notes about what was left out.

    Raises:
        InputError: no project, damaged, or not safe to unpack; nothing was written.
        StorageError: it could not be written; nothing is left behind.
    """
    limits = limits or Limits(MAX_ENTRIES, MAX_BYTES)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} is not empty.", "Choose a new folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, "unpacked to") from error
    with open_zip(archive) as source:
        wanted, notes = _wanted(archive, source, limits)
        try:
            return _unpack(archive, source, wanted, notes, folder, progress)
        except OSError as error:
            raise storage_error(error, folder, "unpacked") from error


def _write_zip(
    temp: Path,
    home: Path,
    photos: Sequence[tuple[Path, str]],
    notes: list[str],
    progress: Progress | None,
) -> None:
    with (
        tempfile.TemporaryDirectory(dir=temp.parent, prefix=TEMP_PREFIX) as scratch,
        zipfile.ZipFile(temp, "w", zipfile.ZIP_STORED, strict_timestamps=False) as out,
    ):
        copy, zips = Path(scratch) / DATABASE, list_zips(home)
        _copy_database(home / DATABASE, copy)
        arrays = home / ARRAYS_FOLDER
        names = sorted(
            entry.name
            for entry in (os.scandir(arrays) if arrays.is_dir() else ())
            if entry.is_file() and not entry.name.startswith(TEMP_PREFIX)
        )
        if list_zips(home) != zips:
            what = "photos were removed or put back meanwhile"
            raise FileNotFoundError(errno.ENOENT, what, str(home / REMOVED_FOLDER))
        files = [arrays / name for name in names] + zips
        total, done = 1 + len(files) + len(photos), 0
        out.write(copy, f"{PROJECT_FOLDER}/{DATABASE}", zipfile.ZIP_DEFLATED)
        for file in files:
            out.write(file, f"{PROJECT_FOLDER}/{file.parent.name}/{file.name}")
            done += 1
            _tell(progress, done, total)
        used: set[str] = set()
        for file, key in photos:
            place = _free(_place(key), used)
            try:
                out.write(file, place)
            except OSError as error:
                if isinstance(error, FileNotFoundError) or not os.access(file, os.R_OK):
                    notes.append(f"The photo {file} could not be read and is not in the zip.")
                else:
                    raise
            done += 1
            _tell(progress, done, total)
        _tell(progress, total, total)


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be written to meanwhile."""
    if not source.is_file():
        raise StorageError(f"{source} is not there.", "Open the folder once, then export again.")
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as old:
        copy_database(old, target)


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _place(key: str) -> str:
    path = PurePosixPath(key.replace("\\", "/"))
    inside = not path.is_absolute() and ".." not in path.parts and ":" not in key[:3]
    return str(path) if inside and path.parts[0] != PROJECT_FOLDER else f"{_OUTSIDE}/{path.name}"


def _free(place: str, used: set[str]) -> str:
    """The place, numbered when it is taken."""
    path, number = PurePosixPath(place), 1
    while place.casefold() in used:
        number += 1
        place = str(path.with_name(f"{path.stem}_{number}{path.suffix}"))
    used.add(place.casefold())
    return place


def _wanted(
    archive: Path, source: zipfile.ZipFile, limits: Limits
) -> tuple[list[zipfile.ZipInfo], list[str]]:
    """The entries to unpack, and notes on those left out. Raises InputError."""
    files = checked_entries(archive, source, limits)
    wanted = [info for info in files if _is_ours(info.filename)]
    if not any(info.filename == f"{PROJECT_FOLDER}/{DATABASE}" for info in wanted):
        raise damaged(archive, "it holds no project of this program")
    left_out = len(files) - len(wanted)
    notes = [f"{left_out} files that do not belong to a project were left out."] if left_out else []
    return wanted, notes


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if path.parts[0] != PROJECT_FOLDER:
        return path.suffix.lower() in _PHOTO_ENDINGS and not path.name.startswith(".")
    if len(path.parts) == 2:
        return path.name == DATABASE
    place = (path.parts[1], path.suffix)
    return len(path.parts) == 3 and place in ((ARRAYS_FOLDER, ".h5"), (REMOVED_FOLDER, ".zip"))


def _unpack(
    archive: Path,
    source: zipfile.ZipFile,
    wanted: Sequence[zipfile.ZipInfo],
    notes: list[str],
    folder: Path,
    progress: Progress | None,
) -> Written:
    """Unpack into a temporary folder beside and give it its name at the end."""
    needed = sum(info.file_size for info in wanted)
    if needed > shutil.disk_usage(folder.parent).free:
        raise StorageError(
            f"{archive} needs {needed / 1e9:.1f} GB, more than is free in {folder.parent}.",
            "Free some space or choose another drive.",
        )
    temp = folder.with_name(f"{TEMP_PREFIX}{os.getpid()}-{secrets.token_hex(6)}")
    temp.mkdir()
    try:
        for done, info in enumerate(wanted, start=1):
            place = temp.joinpath(*info.filename.split("/"))
            place.parent.mkdir(parents=True, exist_ok=True)
            extract(archive, source, info, place)
            _tell(progress, done, len(wanted))
        (temp / PROJECT_FOLDER / ARRAYS_FOLDER).mkdir(exist_ok=True)
        if folder.exists():
            folder.rmdir()  # fails unless it is still empty
        temp.rename(folder)
        fsync_dir(folder.parent)
    except BaseException:
        shutil.rmtree(temp, ignore_errors=True)
        raise
    return Written(tuple(folder.joinpath(*i.filename.split("/")) for i in wanted), tuple(notes))
