"""Cells of the photo table that cannot be what the program wrote.

SQLite checks the form of its pages, not what they hold: a bit that a faulty disk turned may make a
number a text. Nothing else in the program has to reckon with that; what is put right here is found
again in the array files, the journal and the folder of photos.
"""

from plantseg_gui.storage.photo_record import REVIEWS, STATUSES
from plantseg_gui.storage.project_db import Database

_LARGEST_SIDE = 1_000_000
_NUL = "INSTR(CAST({} AS BLOB), x'00') > 0"
_LAST = "COALESCE((SELECT MAX(seq) FROM journal WHERE journal.photo_id = photos.photo_id), 0)"
_STATUSES = ", ".join(f"'{status}'" for status in STATUSES)
_REVIEWS = ", ".join(f"'{review}'" for review in REVIEWS)


def _changes() -> list[tuple[str, str, str]]:
    """Column, new value, and when it is needed."""
    count = "TYPEOF({0}) <> 'integer' OR {0} < 0"
    side = f"{count} OR {{0}} > {_LARGEST_SIDE}"
    texts = ("photo_id", "path", "sha256", "reason", "model", "tags", "error", "updated")
    people = ("corrected_by", "corrected_at", "approved_by", "approved_at", "removed")
    notes = ("note", "note_by", "note_at", "taken")
    areas = ("lesion_area_px", "leaf_area_px")
    numbers = ("severity_pct", "disease_probability", "lesion_count", "doubt", *areas)
    return [
        *((c, f"CAST({c} AS TEXT)", f"TYPEOF({c}) <> 'text'") for c in (*texts, *people, *notes)),
        *((c, "NULL", f"TYPEOF({c}) NOT IN ('null', 'integer', 'real')") for c in numbers),
        *((c, "0", side.format(c)) for c in ("width", "height")),
        ("spent_s", "0", "TYPEOF(spent_s) NOT IN ('integer', 'real') OR spent_s < 0"),
        *((c, "0", count.format(c)) for c in ("revision", "saved_seq")),
        # The next look at the folder finds these photos by their content.
        *((c, "-1", f"TYPEOF({c}) <> 'integer'") for c in ("size", "mtime_ns")),
        ("missing", "1", "TYPEOF(missing) <> 'integer' OR missing NOT IN (0, 1)"),
        ("path", "'?' || rowid", _NUL.format("path")),
        ("photo_id", "LOWER(HEX(RANDOMBLOB(16)))", _NUL.format("photo_id")),
        ("status", "'corrected'", f"TYPEOF(status) <> 'text' OR status NOT IN ({_STATUSES})"),
        ("review", "''", f"TYPEOF(review) <> 'text' OR review NOT IN ({_REVIEWS})"),
        ("last_seq", _LAST, count.format("last_seq")),
    ]


_CHANGES = _changes()


def mend(database: Database) -> list[str]:
    """Put such cells right; before anything else is read.

    Returns:
        A plain sentence when there were some.

    Raises:
        StorageError: the database could not be read or written.
    """
    wrong = " OR ".join(f"({condition})" for _, _, condition in _CHANGES)
    found = database.query(f"SELECT COUNT(*) AS n FROM photos WHERE {wrong}")[0]["n"]
    if not found:
        return []
    with database.transaction() as connection:
        for column, value, condition in _CHANGES:
            connection.execute(f"UPDATE photos SET {column} = {value} WHERE {condition}")
    return [f"The entries of {found} photo(s) in the project's list were damaged and put right."]
