"""Making room: which versions on the shelf may go, what that frees, and removing them.

A version is first moved out of the shelf in one rename and then deleted, so that a crash in between
leaves a folder that no list shows; such leftovers are counted and cleared the next time. Children
of a version that goes lose nothing: every version holds all of its weights.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import TEMP_PREFIX, storage_error
from plantseg_gui.storage.model_tree import State, Version, list_versions
from plantseg_gui.storage.models import WEIGHTS, previous_default
from plantseg_gui.storage.paths import user_data_dir, user_models_dir
from plantseg_gui.storage.platform_files import fsync_dir
from plantseg_gui.storage.project_files import hash_file
from plantseg_gui.storage.shelf_record import update_shelf

TRASH_PREFIX = ".trash-"
# A copy that is under way touches its folder; one that was left by a crash does not.
_LEFTOVER_AGE_S = 3600.0


@dataclass(frozen=True)
class Prunable:
    """One version, and whether it may go.

    Attributes:
        version: The version.
        size_bytes: What its folder takes on the disk.
        blocked: Why it cannot go; empty when it can.
        warning: What speaks against it; a person may delete it all the same.
    """

    version: Version
    size_bytes: int
    blocked: str = ""
    warning: str = ""

    @property
    def suggested(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.blocked and not self.warning


@dataclass(frozen=True)
class PrunePlan:
    """What there is to delete.

    Attributes:
        rows: All versions, in the order of the tree.
        leftovers: Folders of copies and deletions that a crash cut off.
        leftover_bytes: What these take.
    """

    rows: tuple[Prunable, ...]
    leftovers: tuple[Path, ...] = ()
    leftover_bytes: int = 0

    def frees(self, names: Collection[str]) -> int:
        """Bytes that are free after these versions and the leftovers are deleted."""
        return self.leftover_bytes + sum(
            row.size_bytes for row in self.rows if row.version.name in names
        )


def plan_prune(current: str, predictions: Mapping[str, int] | None = None) -> PrunePlan:
    """Look at what may go. Never fails.

    Args:
        current: Name of the version in use.
        predictions: Version → photos of the open project whose prediction it made.
    """
    made = predictions or {}
    versions = list_versions(current)
    parents = [v.parent for v in versions]
    before, training = previous_default(), _training_base()
    rows = []
    for version in versions:
        blocked = _blocked(version, training)
        warning = "" if blocked else _warning(version, made, parents, before)
        away = version.record.shipped or version.record.folder.is_symlink()
        size = 0 if away else _size(version.record.folder)
        rows.append(Prunable(version, size, blocked, warning))
    leftovers = _leftovers()
    return PrunePlan(tuple(rows), tuple(leftovers), sum(_size(path) for path in leftovers))


def prune(names: Sequence[str], current: str) -> int:
    """Delete versions for good, and what crashes left behind.

    Args:
        names: The versions.
        current: Name of the version in use.

    Returns:
        Bytes that became free.

    Raises:
        InputError: no such version, or one that cannot go; nothing was deleted.
        StorageError: one could not be deleted; those before it are gone.
    """
    plan = plan_prune(current)
    rows = {row.version.name: row for row in plan.rows if not row.blocked}
    for name in names:
        if name not in rows:
            found = [row for row in plan.rows if row.version.name == name]
            why = found[0].blocked if found else "There is no such version."
            raise InputError(f"{name} cannot be deleted: {why}", "Nothing was deleted.")
    freed = 0
    for name in names:
        # A damaged folder may have taken the name of a shipped model, which keeps its words.
        shared = sum(row.version.name == name for row in plan.rows) > 1
        _delete(rows[name].version, forget=not shared)
        freed += rows[name].size_bytes
    for path in plan.leftovers:
        size = _size(path)
        shutil.rmtree(path, ignore_errors=True)
        freed += size - _size(path)
    return freed


def _delete(version: Version, *, forget: bool) -> None:
    folder = version.record.folder
    trash = folder.with_name(f"{TRASH_PREFIX}{secrets.token_hex(6)}")
    sha256 = hash_file(folder / WEIGHTS)
    try:
        # First the name: whatever happens next, no other version will ever get it.
        if forget:
            update_shelf(lambda shelf: shelf.without(version.name, sha256))
        os.rename(folder, trash)
        fsync_dir(folder.parent)
        shutil.rmtree(trash)
    except OSError as error:
        raise storage_error(error, folder, "deleted") from error


def _blocked(version: Version, training: str) -> str:
    if version.record.shipped:
        return "It came with the program."
    if version.state is State.IN_USE:
        return "It is in use."
    if version.entry.starred:
        return "It has a star."
    if version.record.folder.is_symlink():
        return "It is a link to another place."
    if version.name == training:
        return "A training run starts from it."
    return ""


def _warning(version: Version, made: Mapping[str, int], parents: Sequence[str], before: str) -> str:
    reasons = []
    count = made.get(version.name, 0)
    if count:
        photos = "1 photo" if count == 1 else f"{count} photos"
        reasons.append(f"made the prediction of {photos} here")
    children = parents.count(version.name)
    if children:
        also = "1 version was" if children == 1 else f"{children} versions were"
        reasons.append(f"{also} retrained from it")
    if version.name == before:
        reasons.append("was in use before")
    if version.state is State.CANDIDATE:
        reasons.append("is a candidate")
    if version.state is State.DAMAGED:
        reasons.append("is damaged, and may be the only copy")
    return ", ".join(reasons)


def _training_base() -> str:
    """Name of the version that the training run under way starts from; the window notes it."""
    try:
        note = json.loads((user_data_dir() / "current_run.json").read_text(encoding="utf-8"))
        return str(note["base"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return ""


def _leftovers() -> list[Path]:
    found = []
    limit = time.time() - _LEFTOVER_AGE_S
    with contextlib.suppress(OSError):
        for entry in user_models_dir().iterdir():
            with contextlib.suppress(OSError):
                if entry.is_symlink() or not entry.is_dir():
                    continue
                left = entry.name.startswith(TEMP_PREFIX) and entry.stat().st_mtime < limit
                if left or entry.name.startswith(TRASH_PREFIX):
                    found.append(entry)
    return sorted(found)


def _size(folder: Path) -> int:
    """Bytes of the files in a folder; links are not followed."""
    total = 0
    for path, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(path, file)).st_size
    return total
