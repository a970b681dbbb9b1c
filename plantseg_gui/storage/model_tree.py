"""The shelf as a person sees it: versions under the one they were retrained from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.models import ModelRecord, list_models
from plantseg_gui.storage.shelf_record import (
    Shelf,
    ShelfEntry,
    clean_title,
    read_shelf,
    update_shelf,
)


class State(StrEnum):
    """What a version is to the person, in words."""

    IN_USE = "in use"
    CANDIDATE = "candidate"
    KEPT = "kept"
    SHIPPED = "shipped"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Version:
    """One version on the shelf.

    Attributes:
        record: The model.
        entry: What the person says of it.
        state: What it is to the person.
        parent: Name of the version on this shelf that it was retrained from; empty for a root.
        depth: 0 for a root, 1 for its children …
    """

    record: ModelRecord
    entry: ShelfEntry
    state: State
    parent: str = ""
    depth: int = 0

    @property
    def name(self) -> str:
        """Name on the shelf; never changes."""
        return self.record.name

    @property
    def title(self) -> str:
        """What the person calls it, else its name."""
        return self.entry.title or self.record.name

    @property
    def photos(self) -> int | None:
        """Photos that it was retrained on; None where that is not known."""
        count = _number(self.record.meta.training.get("photos"))
        return None if count is None else int(count)

    @property
    def dice(self) -> tuple[float, float] | None:
        """Mean Dice before and after its retraining; None where it was not judged."""
        told = self.record.meta.figures.get("retraining")
        figures = told if isinstance(told, dict) else {}
        before, after = _number(figures.get("dice_before")), _number(figures.get("dice_after"))
        return None if before is None or after is None else (before, after)


def list_versions(current: str) -> list[Version]:
    """All versions, each parent before its children, the oldest first. Never fails.

    Args:
        current: Name of the one in use.
    """
    return in_tree_order(list_models(), read_shelf(), current)


def in_tree_order(records: Sequence[ModelRecord], shelf: Shelf, current: str) -> list[Version]:
    """The versions as a tree, written line by line.

    A parent that is not on the shelf, or has only its name in common with the one that is, makes
    a root; so does the first of versions that claim to come from each other.

    Args:
        records: The models.
        shelf: What is said about them.
        current: Name of the one in use.
    """
    # A damaged copy may share the name of a sound model: the sound one comes first.
    names: dict[str, ModelRecord] = {}
    for record in records:
        names.setdefault(record.name, record)
    children: dict[str, list[ModelRecord]] = {}
    for record in records:
        children.setdefault(_parent(record, names, shelf), []).append(record)
    found: list[Version] = []
    seen: set[int] = set()

    def add(record: ModelRecord, parent: str, depth: int) -> None:
        # A stack, not a call for each level: a chain of versions may be long.
        waiting = [(record, parent, depth)]
        while waiting:
            record, parent, depth = waiting.pop()
            if id(record) in seen:
                continue
            seen.add(id(record))
            entry = shelf.entry(record.name)
            found.append(Version(record, entry, _state(record, entry, current), parent, depth))
            if names[record.name] is record:
                below = sorted(children.get(record.name, ()), key=_age, reverse=True)
                waiting += [(child, record.name, depth + 1) for child in below]

    for root in children.get("", ()):
        add(root, "", 0)
    for record in records:
        add(record, "", 0)  # what is left comes from itself, through others
    return found


def set_title(name: str, title: str) -> None:
    """Call a version something else; its name, by which predictions know it, stays.

    Args:
        name: The version.
        title: In one line; "" takes the title away.

    Raises:
        InputError: no such version, too long, or another version is called so.
        StorageError: it could not be saved.
    """
    versions = list_versions("")
    find(versions, name)
    plain = clean_title(title)
    plain = "" if plain == name else plain
    for other in versions:
        called = (other.name.casefold(), other.title.casefold())
        if plain and other.name != name and plain.casefold() in called:
            raise InputError(
                f"Another version is called “{plain}” already.", "Choose another title."
            )
    update_shelf(lambda s: s.with_entry(name, replace(s.entry(name), title=plain)))


def find(versions: Sequence[Version], name: str) -> Version:
    """The version of this name, else the one with this title.

    Raises:
        InputError: there is none.
    """
    for version in versions:
        if version.name == name:
            return version
    for version in versions:
        if version.entry.title and version.entry.title.casefold() == name.casefold():
            return version
    known = ", ".join(v.name for v in versions) or "none"
    raise InputError(f"There is no version '{name}' on the shelf.", f"There are: {known}.")


def _parent(record: ModelRecord, names: dict[str, ModelRecord], shelf: Shelf) -> str:
    parent = record.meta.parent
    here = parent in names and parent != record.name
    return parent if here and not shelf.entry(record.name).parent_elsewhere else ""


def _state(record: ModelRecord, entry: ShelfEntry, current: str) -> State:
    if record.damaged:
        return State.DAMAGED
    if record.name == current:
        return State.IN_USE
    if entry.candidate:
        return State.CANDIDATE
    return State.SHIPPED if record.shipped else State.KEPT


def _age(record: ModelRecord) -> tuple[str, str]:
    return record.meta.created, record.name


def _number(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
    return float(value) if usable else None
