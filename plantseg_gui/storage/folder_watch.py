"""Sees what comes into a project's folder, goes or changes while it is open.

A file counts as a photo once its size and time of change have stayed for two seconds and it can be
decoded: a camera or a network drive may take long to write one. A file that cannot be decoded is
named once, and looked at again when it changes. A folder that cannot be reached is not an empty
one: then nothing is done; what lies in a sub-folder that cannot be read stays as it is.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.project import Project, ScanReport
from plantseg_gui.storage.project_files import FileFact, list_photos, path_of
from plantseg_gui.storage.project_scan import unnameable

SETTLED_S = 2.0
# A look decodes so many new photos at most; the next one goes on.
AT_ONCE = 8

_Stamp = tuple[int, int]


@dataclass(frozen=True)
class Seen:
    """What a look found.

    Attributes:
        report: What changed in the project; None when nothing did.
        unreadable: Faults of files that are none, each told once.
        waiting: Files that may count soon.
        folders: Where photos may come: the folder and those in it.
        reachable: Whether the folder could be read.
    """

    report: ScanReport | None = None
    unreadable: tuple[AppError, ...] = ()
    waiting: int = 0
    folders: tuple[Path, ...] = ()
    reachable: bool = True


class FolderWatch:
    """See the module's text. One look at a time, in any thread but the UI thread."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._since: dict[str, tuple[_Stamp, float]] = {}
        self._refused: dict[str, _Stamp] = {}

    def look(self, now_s: float) -> Seen:
        """Look through the folder; new photos that are ready are in the project afterwards.

        Args:
            now_s: A clock that only goes forward.

        Raises:
            StorageError: the project could not be read or written.
        """
        folder = self._project.folder
        try:
            with os.scandir(folder):
                pass
        except OSError:
            return Seen(reachable=False)
        files = list_photos(folder)
        known = self._project.known_files()
        settled, ready, unreadable, waiting = list[FileFact](), 0, list[AppError](), 0
        for fact in files:
            before = known.get(fact.key)
            if before == _stamp(fact):
                settled.append(fact)
                continue
            state = self._state(fact, now_s, room=ready + len(unreadable) < AT_ONCE)
            if state is None:
                settled.append(fact)
                ready += 1
                continue
            waiting += state is _WAITS
            if state is not _WAITS and state is not _REFUSED:
                unreadable.append(state)
            if before is not None:
                # As if it had not changed yet: it is not gone.
                settled.append(replace(fact, size=before[0], mtime_ns=before[1]))
        there = {fact.key for fact in files}
        self._since = {k: v for k, v in self._since.items() if k in there}
        self._refused = {k: v for k, v in self._refused.items() if k in there}
        refusing: dict[Path, bool] = {}
        gone = False
        for key, stamp in known.items():
            if key in there or Path(key).is_absolute():
                continue
            path = path_of(key, folder)
            if _hidden(path.parent, folder, refusing):
                settled.append(FileFact(path, key, *stamp))
            else:
                gone = True
        report = self._project.scan(settled) if ready or gone else None
        return Seen(report, tuple(unreadable), waiting, _folders(folder, files))

    def _state(self, fact: FileFact, now_s: float, *, room: bool) -> AppError | None:
        """None when the file counts; else _WAITS, _REFUSED or why it cannot be read."""
        stamp = _stamp(fact)
        if self._refused.get(fact.key) == stamp:
            return _REFUSED
        if fault := unnameable(fact.key):
            self._refused[fact.key] = stamp
            return InputError(fault)
        before = self._since.get(fact.key)
        if before is None or before[0] != stamp:
            self._since[fact.key] = stamp, now_s
            return _WAITS
        if now_s - before[1] < SETTLED_S or not room:
            return _WAITS
        try:
            read_photo(fact.path)
        except AppError as error:
            self._refused[fact.key] = stamp
            return error
        del self._since[fact.key]
        return None


_WAITS, _REFUSED = InputError("waits"), InputError("refused")


def _stamp(fact: FileFact) -> _Stamp:
    return fact.size, fact.mtime_ns


def _hidden(folder: Path, root: Path, refusing: dict[Path, bool]) -> bool:
    """Whether a folder below `root`, or one on the way to it, is there and cannot be read.

    Args:
        folder: The folder.
        root: Can be read.
        refusing: What was found out in this look.
    """
    if folder == root:
        return False
    if folder not in refusing:
        refusing[folder] = _hidden(folder.parent, root, refusing) or _refuses(folder)
    return refusing[folder]


def _refuses(folder: Path) -> bool:
    try:
        with os.scandir(folder):
            return False
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _folders(folder: Path, files: Sequence[FileFact]) -> tuple[Path, ...]:
    """The folder, those in it, and those that hold photos."""
    inside = {fact.path.parent for fact in files}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    inside.add(Path(entry.path))
    except OSError:
        pass
    return (folder, *sorted(inside - {folder}))
