"""Which file is which photo: new, unchanged, renamed, changed or gone.

Size and time of change decide for known files, so that opening a large folder reads no photo.
Only files that are new or changed, and only while some known photo is looked for, are hashed.
`Project.load` checks the hash of the single photo anyway.
"""

import os
import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from plantseg_gui.storage.project_db import Database, insert, update
from plantseg_gui.storage.project_files import FileFact, hash_file

_RESET = {"width": 0, "height": 0, "error": "", "sha256": "", "taken": ""}


@dataclass
class ScanReport:
    """What a look at the folder found; photo ids.

    Attributes:
        added: Not seen before.
        renamed: Found again under another name.
        changed: Files whose content is another than before; they are new photos, the work on
            the earlier content is kept.
        missing: Photos with work that are no longer there; the work is kept.
        notes: Plain sentences for the person.
    """

    added: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def reconcile(database: Database, files: Sequence[FileFact], *, forget: bool = True) -> ScanReport:
    """Bring the table of photos in line with the files.

    Args:
        database: Of the project.
        files: What is there now.
        forget: Whether a photo that is not among `files` is gone (a look at the whole folder), or
            just not talked about.

    Raises:
        StorageError: the database could not be read or written; nothing was changed.
    """
    files, notes = _nameable(files)
    rows = database.query("SELECT * FROM photos")
    rows.sort(key=lambda row: not row["missing"])
    # By path; a photo that is there goes before one that was there once.
    by_path = {row["path"]: row for row in rows}
    unmatched = {row["photo_id"]: row for row in rows}
    open_files: list[FileFact] = []
    for fact in files:
        row = by_path.get(fact.key)
        if row is not None and not row["missing"] and _same_stamp(row, fact):
            unmatched.pop(row["photo_id"], None)
        else:
            open_files.append(fact)
    if not forget:
        # Files that still exist elsewhere are not candidates for a rename.
        touched = {fact.key for fact in open_files}
        unmatched = {k: r for k, r in unmatched.items() if r["missing"] or r["path"] in touched}
    found = _match(open_files, unmatched, by_path)
    report = _apply(database, open_files, found, unmatched, by_path, forget=forget)
    report.notes += notes
    return report


def _nameable(files: Sequence[FileFact]) -> tuple[list[FileFact], list[str]]:
    """Without the files whose names are bytes that are no text: no table can hold them.

    Returns:
        The others, and a sentence for each name that was left out.
    """
    faults = [unnameable(fact.key) for fact in files]
    good = [fact for fact, fault in zip(files, faults, strict=True) if not fault]
    return good, [fault for fault in faults if fault]


def unnameable(key: str) -> str:
    """Why the project cannot name a file, in a sentence; "" where it can."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        name = os.fsencode(key).decode("utf-8", "replace")
        return f"{name} is left out: its name is not valid text (UTF-8). Rename the file."
    return ""


def _match(
    files: Sequence[FileFact],
    unmatched: dict[str, sqlite3.Row],
    by_path: dict[str, sqlite3.Row],
) -> dict[str, tuple[sqlite3.Row | None, str]]:
    """For each file the row whose content it has, and its hash ("" when not needed).

    Matched rows are taken out of `unmatched`.
    """
    by_size: dict[int, list[sqlite3.Row]] = {}
    for row in unmatched.values():
        if row["sha256"]:
            by_size.setdefault(row["size"], []).append(row)
    found: dict[str, tuple[sqlite3.Row | None, str]] = {}
    for fact in files:
        here = by_path.get(fact.key)
        if here is not None and here["photo_id"] in unmatched and _same_stamp(here, fact):
            # Back again, for instance with its drive.
            unmatched.pop(here["photo_id"])
            found[fact.key] = (here, here["sha256"])
            continue
        # A stale fingerprint has size -1 and stands for any size.
        candidates = by_size.get(fact.size, []) + by_size.get(-1, [])
        digest = hash_file(fact.path) if candidates else ""
        same = [r for r in candidates if r["sha256"] == digest and r["photo_id"] in unmatched]
        # The one of this name first, else the first: two copies of a photo stay two photos.
        same.sort(key=lambda r: r["path"] != fact.key)
        match = same[0] if same else None
        if match is None and here is not None and here["photo_id"] in unmatched:
            # Nobody has seen the earlier content: the row simply describes the new one.
            match = None if _keep(here) else here
        if match is not None:
            unmatched.pop(match["photo_id"])
        found[fact.key] = (match, digest)
    return found


def _apply(
    database: Database,
    files: Sequence[FileFact],
    found: dict[str, tuple[sqlite3.Row | None, str]],
    gone: dict[str, sqlite3.Row],
    by_path: dict[str, sqlite3.Row],
    *,
    forget: bool,
) -> ScanReport:
    """Write what `_match` found."""
    report = ScanReport()
    with database.transaction() as connection:
        # Paths are unique among present photos: free them all before they are given out again.
        for row in gone.values():
            if _keep(row):
                update(connection, row["photo_id"], {"missing": 1})
                if _worked_on(row) and not row["missing"] and not row["removed"]:
                    report.missing.append(row["photo_id"])
            elif forget or row["path"] in found:
                connection.execute("DELETE FROM photos WHERE photo_id = ?", (row["photo_id"],))
        matched = [row["photo_id"] for row, _ in found.values() if row is not None]
        connection.executemany(
            "UPDATE photos SET missing = 1 WHERE photo_id = ?", [(m,) for m in matched]
        )
        for fact in files:
            match, digest = found[fact.key]
            facts = {
                "path": fact.key,
                "size": fact.size,
                "mtime_ns": fact.mtime_ns,
                "missing": 0,
            }
            if match is not None:
                fresh = {} if digest == match["sha256"] else _RESET
                update(connection, match["photo_id"], facts | fresh)
                if match["path"] != fact.key:
                    report.renamed.append(match["photo_id"])
                continue
            photo_id = uuid.uuid4().hex
            insert(connection, {"photo_id": photo_id, **facts, "sha256": digest})
            before = by_path.get(fact.key)
            replaced = before is not None and not before["missing"] and not before["removed"]
            if before is not None and replaced and before["photo_id"] in gone:
                report.changed.append(photo_id)
                kept = ", and the masks of the earlier one are kept" if _worked_on(before) else ""
                report.notes.append(
                    f"{fact.key} is another photo than before; it starts anew{kept}."
                )
            report.added.append(photo_id)
    if report.missing:
        count = len(report.missing)
        report.notes.append(
            f"{count} photo{'s' if count > 1 else ''} with masks "
            f"{'are' if count > 1 else 'is'} no longer in the folder; the masks are kept."
        )
    return report


def _same_stamp(row: sqlite3.Row, fact: FileFact) -> bool:
    """Whether size and time of change are those of the last look."""
    return bool((row["size"], row["mtime_ns"]) == (fact.size, fact.mtime_ns))


def _worked_on(row: sqlite3.Row) -> bool:
    """Whether something would be lost with this row."""
    said = row["keep_out"] or row["review"] or row["note"] or row["removed"]
    worked = row["revision"] or row["last_seq"] or said
    return bool(worked or row["tags"] != "[]" or row["status"] != "new")


def _keep(row: sqlite3.Row) -> bool:
    """Whether the row stays: with work, or opened once, by which it was tied to its content.

    Somebody may have it open now, and draw on it next.
    """
    return _worked_on(row) or bool(row["sha256"])
