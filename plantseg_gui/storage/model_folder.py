"""One model folder: `weights.safetensors`, `config.json` (`ModelMeta`) and `card.md`, checked.

It may come from a stranger: whatever is in it, the fault is named. Nothing here loads weights
(nn.checkpoint does).
"""

import json
import re
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta

WEIGHTS = "weights.safetensors"
# Only a retrained version has it: see core.scope.
OUTSIDE = "outside.safetensors"
# Only a model that was trained from many photos has it.
KNOWN = "known.safetensors"
CONFIG = "config.json"
CARD = "card.md"
MAX_JSON_BYTES = 4 << 20
_MAX_HEADER_BYTES = 64 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,99}")
# Windows knows these as devices, with any suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class ModelRecord:
    """One model on the shelf.

    Attributes:
        name: Folder name; unique on the shelf.
        folder: Where it lies.
        meta: Its description; with an empty network when it is damaged.
        shipped: Whether it came with the program.
        damaged: Why it cannot be used, in plain words; empty when it can.
    """

    name: str
    folder: Path
    meta: ModelMeta
    shipped: bool
    damaged: str = ""


def valid_name(name: str) -> bool:
    """Whether a name can be a folder on every system and is no path."""
    plain = _NAME.fullmatch(name) is not None and not name.endswith((" ", "."))
    return plain and _DEVICES.fullmatch(name) is None


def read_model(folder: Path, *, shipped: bool = False) -> ModelRecord:
    """Look at one model folder; faults are told in `damaged`, never raised."""
    folder = Path(folder)
    try:
        meta = _read_meta(folder)
        check_weights(folder / WEIGHTS)
        if meta.scope:
            check_weights(folder / OUTSIDE)
    except InputError as error:
        return ModelRecord(folder.name, folder, ModelMeta(folder.name, {}), shipped, error.what)
    except OSError as error:
        reason = f"{folder} cannot be read: {error.strerror or error}."
        return ModelRecord(folder.name, folder, ModelMeta(folder.name, {}), shipped, reason)
    return ModelRecord(folder.name, folder, replace(meta, name=folder.name), shipped)


def _read_meta(folder: Path) -> ModelMeta:
    """`config.json`, checked. Raises InputError or OSError."""
    if folder.is_symlink():
        raise InputError(f"{folder} is a link, not a folder.", "Copy the model itself.")
    if not valid_name(folder.name):
        raise InputError(f"{folder.name!r} is no allowed name for a model.", "Rename the folder.")
    data = read_small_json(folder / CONFIG)
    meta = ModelMeta.from_json(data, str(folder / CONFIG))
    if not valid_name(meta.name):
        raise InputError(
            f"{folder / CONFIG} gives the name {meta.name[:60]!r}, which is not allowed.",
            "Use letters, digits, dot, dash and underscore.",
        )
    return meta


def _regular(path: Path) -> int:
    """Size of a regular file that is no link. Raises InputError."""
    if path.is_symlink():
        raise InputError(f"{path} is a link, not a file.", "Copy the file itself.")
    if not path.is_file():
        raise InputError(f"{path} is missing.", "Copy the model again.")
    return path.stat().st_size


def read_small_json(path: Path) -> Any:
    """A JSON file of at most 4 MiB that is no link.

    Raises:
        InputError: it is missing, a link, too large, or no JSON.
        OSError: it cannot be read.
    """
    if _regular(path) > MAX_JSON_BYTES:
        raise InputError(f"{path} is too large for a description.", "Copy the model again.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: it is not JSON.", "Copy the model again.") from error


def check_weights(path: Path) -> None:
    """The safetensors header must fit into the file: no more is looked at.

    Raises:
        InputError: it does not; the file is cut off, damaged, or a link.
        OSError: it cannot be read.
    """
    size = _regular(path)
    with path.open("rb") as handle:
        start = handle.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(_MAX_HEADER_BYTES, size - 8):
            raise InputError(f"{path} is damaged or cut off.", "Copy the model again.")
        try:
            header = json.loads(handle.read(length))
            end = max(t["data_offsets"][1] for k, t in header.items() if k != "__metadata__")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise InputError(f"{path} is damaged.", "Copy the model again.") from error
    if end != size - 8 - length:
        raise InputError(f"{path} is damaged or cut off.", "Copy the model again.")
