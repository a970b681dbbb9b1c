"""What a person says of the models on the shelf: titles, notes, stars; and which were in use.

All of it lies in one file beside the person's own models (`shelf.json`), not in the model folders:
those of shipped models cannot be written to, and weights are never touched by a word about them.

A version is known by its folder name: predictions, children and archives name it so. Renaming would
cut those ties, so a person gives a version a title, and the name stays what it is. For the same
reason the name of a deleted version is remembered: it never becomes another version's name.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.storage.atomic import keep_damaged_copy, storage_error, write_json
from plantseg_gui.storage.paths import user_models_dir
from plantseg_gui.storage.platform_files import try_lock, unlock

SHELF_FORMAT = 1
MAX_TITLE = 80
MAX_NOTES = 20_000
_MAX_BYTES = 8 << 20
_MOST_BEFORE = 50
_LOCK_FILE = ".shelf.lock"
_LOCK_WAIT_S = 5.0
_here = threading.Lock()


@dataclass(frozen=True)
class ShelfEntry:
    """A person's words about one version.

    Attributes:
        title: Shown in place of the name; empty = the name.
        notes: Own notes; empty = none.
        starred: Marked to be found again, and never pruned.
        candidate: Kept without having been chosen yet.
        parent_sha256: Of the weights of its parent, from the file that it was imported from.
        parent_elsewhere: The parent is not the version that has its name on this shelf.
    """

    title: str = ""
    notes: str = ""
    starred: bool = False
    candidate: bool = False
    parent_sha256: str = ""
    parent_elsewhere: bool = False


@dataclass(frozen=True)
class Shelf:
    """The whole record.

    Attributes:
        entries: By name of the version; one without an entry has nothing said about it.
        before: Names of the versions in use before, oldest first.
        gone: Names of deleted versions → SHA-256 of their weights.
    """

    entries: Mapping[str, ShelfEntry] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    gone: Mapping[str, str] = field(default_factory=dict)

    def entry(self, name: str) -> ShelfEntry:
        """What is said about a version."""
        return self.entries.get(name, ShelfEntry())

    def with_entry(self, name: str, entry: ShelfEntry) -> "Shelf":
        """The same with another entry."""
        return replace(self, entries={**self.entries, name: entry})

    def chosen(self, name: str, before: str) -> "Shelf":
        """The same after `name` was chosen in place of `before`: it is no candidate any more."""
        past = self.before if before in ("", name) else (*self.before, before)
        shelf = replace(self, before=past[-_MOST_BEFORE:])
        entry = self.entry(name)
        return shelf.with_entry(name, replace(entry, candidate=False)) if entry.candidate else shelf

    def without(self, name: str, sha256: str) -> "Shelf":
        """The same after a version was deleted."""
        entries = {key: entry for key, entry in self.entries.items() if key != name}
        before = tuple(other for other in self.before if other != name)
        return replace(self, entries=entries, before=before, gone={**self.gone, name: sha256})


def shelf_path() -> Path:
    """The file."""
    return user_models_dir() / "shelf.json"


def read_shelf() -> Shelf:
    """The record; what is missing or damaged counts as not said. Never fails."""
    return _read(shelf_path())[0]


def update_shelf(change: Callable[[Shelf], Shelf]) -> Shelf:
    """Change the record, durably; other windows and commands wait meanwhile.

    A file that cannot be read, or of a newer program, is kept as a copy beside it.

    Args:
        change: Makes the new record from the one on the disk.

    Raises:
        StorageError: it could not be written, or another program holds it; it is as it was.
    """
    path = shelf_path()
    with _here, _locked(path.parent):
        shelf, sound = _read(path)
        new = change(shelf)
        if new != shelf:
            if not sound:
                keep_damaged_copy(path)
            write_json(path, _to_json(new))
    return new


def set_star(name: str, on: bool) -> None:
    """Star a version, or take the star away. Raises StorageError."""
    update_shelf(lambda s: s.with_entry(name, replace(s.entry(name), starred=on)))


def set_notes(name: str, text: str) -> None:
    """Replace the person's notes on a version; "" takes them away.

    Raises:
        InputError: too long.
        StorageError: they could not be saved.
    """
    if len(text) > MAX_NOTES:
        raise InputError(
            f"The notes on {name} have {len(text)} characters, at most {MAX_NOTES} can be kept.",
            "Shorten them.",
        )
    update_shelf(lambda s: s.with_entry(name, replace(s.entry(name), notes=text.strip())))


def clean_title(title: str) -> str:
    """A title as it is kept: one line, no space at the ends.

    Raises:
        InputError: too long, or with characters that cannot be shown.
    """
    plain = " ".join(title.split())
    if len(plain) > MAX_TITLE or not plain.isprintable():
        raise InputError(
            f"“{plain[:40]}…” cannot be a title.",
            f"Use at most {MAX_TITLE} characters in one line.",
        )
    return plain


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other programs from changing the record at the same time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise storage_error(error, folder / _LOCK_FILE) from error
    try:
        # None: the file system knows no locks, and one has to go on without.
        end = time.monotonic() + _LOCK_WAIT_S
        while try_lock(handle) is False:
            if time.monotonic() > end:
                raise StorageError(
                    f"{shelf_path()} is being changed by another window or command.",
                    "Try again in a moment.",
                )
            time.sleep(0.02)
        yield
        unlock(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> tuple[Shelf, bool]:
    """The record, and whether nothing is lost when it is written anew."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return Shelf(), False
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Shelf(), True
    except (OSError, ValueError, RecursionError):
        return Shelf(), False
    if not isinstance(data, dict):
        return Shelf(), False
    shelf = Shelf(
        {
            name: _entry(value)
            for name, value in _dict(data.get("models")).items()
            if isinstance(value, dict)
        },
        tuple(name for name in _list(data.get("before")) if isinstance(name, str)),
        {name: sha for name, sha in _dict(data.get("gone")).items() if isinstance(sha, str)},
    )
    return shelf, data.get("format") == SHELF_FORMAT and _to_json(shelf) == data


def _entry(value: dict[str, Any]) -> ShelfEntry:
    """An entry as stored; what is of another type falls back."""
    plain = ShelfEntry()
    return ShelfEntry(
        **{
            key: value[key]
            for key, default in asdict(plain).items()
            if type(value.get(key)) is type(default)
        }
    )


def _to_json(shelf: Shelf) -> dict[str, Any]:
    plain = asdict(ShelfEntry())
    models = {
        name: {key: value for key, value in asdict(entry).items() if value != plain[key]}
        for name, entry in shelf.entries.items()
    }
    return {
        "format": SHELF_FORMAT,
        "models": {name: words for name, words in models.items() if words},
        "before": list(shelf.before),
        "gone": dict(shelf.gone),
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
