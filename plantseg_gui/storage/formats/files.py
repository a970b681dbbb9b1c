"""Reading files that nobody vouched for: size first, then content, with words for what is wrong."""

import json
import math
from pathlib import Path, PurePosixPath
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.storage.image_open import open_file

MAX_JSON_BYTES = 128 << 20
# What the parsed text may take; each bracket, comma and string costs Python an object.
_MAX_PARSED_BYTES = 640 << 20
MAX_SIDE = 1_000_000
_HERE = PurePosixPath()


def read_limited(path: Path, limit: int) -> bytes:
    """The whole content of a regular file.

    Args:
        path: The file.
        limit: Bytes.

    Raises:
        InputError: missing, a folder or device, empty, not readable, or longer than `limit`.
    """
    try:
        with open_file(path) as handle:
            data = handle.read(limit + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the file and its drive."
        ) from error
    if len(data) > limit:
        raise InputError(
            f"{path} is too large: the limit for this kind of file is {limit >> 20} MB.",
            "Export the annotations in several files.",
        )
    return data


def read_json(path: Path) -> Any:
    """The value in a JSON file; NaN and infinities become None.

    Raises:
        InputError: unreadable, no JSON, too large, or nested too deeply.
    """
    data = read_limited(path, MAX_JSON_BYTES)
    containers = data.count(b"[") + data.count(b"{")
    cost = 2 * len(data) + 80 * containers + 36 * data.count(b",") + 30 * data.count(b'"')
    if cost > _MAX_PARSED_BYTES:
        raise InputError(
            f"{path} holds too many entries to be read at once.",
            "Export the annotations in several files.",
        )
    try:
        return json.loads(data, parse_constant=lambda _: None)
    except RecursionError as error:
        raise broken(path, "it is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise broken(path, f"it is no readable JSON: {str(error)[:100]}") from error
    except MemoryError as error:
        raise broken(path, "it does not fit into memory") from error


def write_json_file(path: Path, value: Any) -> None:
    """Write compact JSON in UTF-8, durably. Raises StorageError."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    write_bytes(path, text.encode("utf-8", "replace"))


def broken(path: Path, reason: str) -> InputError:
    """The words for a file that is not what it should be."""
    return InputError(
        f"{path} cannot be used: {reason}.", "Export it again from the program that made it."
    )


def whole(value: Any, lowest: int = 0, highest: int = MAX_SIDE) -> int | None:
    """A whole number in a range as int; None for anything else ("12" and 12.0 are taken)."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    if isinstance(value, bool) or not lowest <= number <= highest or number != int(number):
        return None
    return int(number)


def text(value: Any, limit: int = 1000) -> str:
    """A name as text; "" for what is none. Numbers are names too, as some tools write them."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:limit]


def photo_name(said: Any, beside: PurePosixPath = _HERE) -> str:
    """The photo that a file names, as a relative path with "/".

    Windows paths are understood; absolute paths and those that leave the folder keep their file
    name only.

    Args:
        said: What the file says, for instance "../images/a.jpg".
        beside: The annotation file's folder, relative to the folder that was chosen.
    """
    name = text(said).replace("\\", "/").strip().replace("\0", "")
    path = PurePosixPath(name)
    if path.is_absolute() or name[1:2] == ":" or "://" in name:
        return path.name
    parts: list[str] = list(beside.parts)
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return path.name
    return "/".join(parts)
