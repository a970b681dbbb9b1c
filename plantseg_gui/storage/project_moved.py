"""A project in the user's data folder whose photo folder was renamed or moved.

Its place follows from the photo folder's path, so under the new path it would not be found. It is
recognised by its photos: their names and sizes are those of the new folder, and the folder that it
was made for is gone.
"""

import contextlib
import json
import os
import sqlite3
from pathlib import Path

from plantseg_gui.storage.project_files import path_of

FOLDER_KEY = "folder"
_LOOKED_AT = 40
_SHARE = 0.8


def find_moved(folder: Path, places: Path, database: str) -> tuple[Path, Path] | None:
    """The project that belongs to a folder's photos, if there is exactly one.

    Args:
        folder: Photos, for which no project was found.
        places: Folder of the projects in the user's data.
        database: Name of their database.

    Returns:
        The project's folder, and the photo folder that it was made for; None without one.
    """
    found = []
    with contextlib.suppress(OSError):
        for home in sorted(places.iterdir()):
            before = _made_for(home / database, folder)
            if before is not None:
                found.append((home, before))
    return found[0] if len(found) == 1 else None


def _made_for(database: Path, folder: Path) -> Path | None:
    """The folder that a project was made for, if it is gone and its photos are in `folder`."""
    if not database.is_file():
        return None
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            row = connection.execute(
                "SELECT value FROM meta WHERE key = ?", (FOLDER_KEY,)
            ).fetchone()
            photos = connection.execute(
                "SELECT path, size FROM photos WHERE missing = 0 ORDER BY path LIMIT ?",
                (_LOOKED_AT,),
            ).fetchall()
        before = Path(json.loads(row[0])) if row is not None else None
    except (sqlite3.Error, ValueError, TypeError):
        return None
    if before is None or not photos or before == folder or os.path.isdir(before):
        return None
    same = sum(_is_there(path_of(path, folder), size) for path, size in photos)
    return before if same >= _SHARE * len(photos) else None


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False
