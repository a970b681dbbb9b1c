"""Tables for spreadsheets and statistics programs."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plantseg_gui.storage.atomic import write_bytes

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as CSV, durably: comma, UTF-8, CRLF (RFC 4180), decimal point.

    The columns are all keys in the order in which they first appear. None is an empty cell,
    lists are joined with "; ". A text that a spreadsheet would run as a formula gets a leading
    apostrophe. With letters outside ASCII the file begins with a byte order mark, without which
    Excel shows them wrongly.

    Raises:
        StorageError: it could not be written.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if columns:
        writer.writerow([_cell(column) for column in columns])
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    content = text.getvalue()
    # File names may hold bytes that are no text; they come back as "?" instead of an error.
    encoding = "utf-8" if content.isascii() else "utf-8-sig"
    write_bytes(path, content.encode(encoding, errors="replace"))


def _cell(value: Any) -> str:
    """One value as a spreadsheet should read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if value == value else ""
    if isinstance(value, list | tuple | set | frozenset):
        return _cell("; ".join(str(v) for v in value))
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
