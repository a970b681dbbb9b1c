"""The shelf of models: versions that came with the program and the user's own.

A model is a folder with `weights.safetensors`, `config.json` (`ModelMeta`) and `card.md`. A folder
may come from a stranger: whatever is in it, `list_models` names the fault and goes on. Nothing here
loads weights (nn.checkpoint does).
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.atomic import TEMP_PREFIX, storage_error, write_json
from plantseg_gui.storage.paths import models_dir, user_models_dir
from plantseg_gui.storage.platform_files import fsync_dir

WEIGHTS = "weights.safetensors"
CONFIG = "config.json"
CARD = "card.md"
_MANIFEST = "manifest.json"
_MAX_JSON_BYTES = 4 << 20
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


def list_models() -> list[ModelRecord]:
    """All models, the shipped ones first, damaged ones included. Never fails."""
    records: list[ModelRecord] = []
    taken: set[str] = set()
    for shelf, shipped in ((models_dir(), True), (user_models_dir(), False)):
        for folder in _folders(shelf):
            record = read_model(folder, shipped=shipped)
            if record.name in taken:
                record = replace(record, damaged="A model of this name came with the program.")
            taken.add(record.name)
            records.append(record)
    return records


def read_model(folder: Path, *, shipped: bool = False) -> ModelRecord:
    """Look at one model folder; faults are told in `damaged`, never raised."""
    folder = Path(folder)
    try:
        meta = _read_meta(folder)
        _check_weights(folder / WEIGHTS)
    except InputError as error:
        return ModelRecord(folder.name, folder, ModelMeta(folder.name, {}), shipped, error.what)
    except OSError as error:
        reason = f"{folder} cannot be read: {error.strerror or error}."
        return ModelRecord(folder.name, folder, ModelMeta(folder.name, {}), shipped, reason)
    return ModelRecord(folder.name, folder, replace(meta, name=folder.name), shipped)


def resolve_model(name_or_path: str | Path = "") -> Path:
    """The folder of a model.

    Args:
        name_or_path: Name on the shelf, or path of a model folder; empty for the default model.

    Raises:
        InputError: there is none, or it is damaged; says which models there are.
    """
    wanted = str(name_or_path) or default_model()
    records = list_models()
    found = next((r for r in records if r.name == wanted), None)
    if found is None:
        folder = Path(wanted)
        if folder.is_dir():
            found = read_model(folder)
        else:
            known = ", ".join(r.name for r in records if not r.damaged) or "none"
            raise InputError(
                f"There is no model '{wanted}'.",
                f"Give a model folder or one of these names: {known}.",
            )
    if found.damaged:
        raise InputError(
            f"The model '{found.name}' cannot be used: {found.damaged}", "Choose another model."
        )
    return found.folder


def default_model() -> str:
    """Name of the model to use: the person's choice, else the program's, else any that works.

    Raises:
        InputError: no model can be used.
    """
    usable = [r for r in list_models() if not r.damaged]
    names = {r.name for r in usable}
    for shelf in (user_models_dir(), models_dir()):
        chosen = _read_manifest(shelf / _MANIFEST).get("default")
        if isinstance(chosen, str) and chosen in names:
            return chosen
    if usable:
        return usable[0].name
    raise InputError("No usable model is installed.", "Install the program again.")


def set_default(name: str) -> None:
    """Make a model the one that is used from now on.

    Raises:
        InputError: there is no such usable model.
        StorageError: the choice could not be saved.
    """
    if name not in {r.name for r in list_models() if not r.damaged}:
        raise InputError(f"There is no usable model '{name}'.", "Choose one from the list.")
    path = user_models_dir() / _MANIFEST
    write_json(path, _read_manifest(path) | {"default": name})


def new_version_name(base: str) -> str:
    """A free name for a version made from `base`: "leaf" → "leaf-v2", "leaf-v2" → "leaf-v3"."""
    stem = re.sub(r"-v\d+$", "", base) if valid_name(base) else "model"
    stem = stem[:80]
    taken = {r.name.casefold() for r in list_models()}
    number = 2
    while f"{stem}-v{number}".casefold() in taken:
        number += 1
    return f"{stem}-v{number}"


def add_version(folder: Path, name: str = "", *, candidate: bool = False) -> ModelRecord:
    """Copy a model onto the user's shelf; nothing there is ever overwritten.

    Args:
        folder: The model folder, for instance a training run's result.
        name: Wished name; the folder's own when empty. A taken name gets a new version number.
        candidate: Put there to be compared, not to be used yet.

    Returns:
        The model on the shelf.

    Raises:
        InputError: the folder is no usable model.
        StorageError: it could not be copied; the shelf is as it was.
    """
    del candidate  # adding never makes a model the one in use; see `set_default`
    source = read_model(Path(folder))
    if source.damaged:
        raise InputError(f"This model cannot be added: {source.damaged}", "Choose another folder.")
    wished = name or source.meta.name
    taken = {r.name.casefold() for r in list_models()}
    if not valid_name(wished) or wished.casefold() in taken:
        wished = new_version_name(wished)
    shelf = user_models_dir()
    target, temp = shelf / wished, shelf / f"{TEMP_PREFIX}{secrets.token_hex(6)}"
    try:
        temp.mkdir(parents=True)
        for part in (WEIGHTS, CARD):
            if (source.folder / part).is_file() and not (source.folder / part).is_symlink():
                _copy_durably(source.folder / part, temp / part)
        write_json(temp / CONFIG, replace(source.meta, name=wished).to_json())
        fsync_dir(temp)
        os.rename(temp, target)
        fsync_dir(shelf)
    except OSError as error:
        raise storage_error(error, target, "copied") from error
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return read_model(target)


def _copy_durably(source: Path, target: Path) -> None:
    """Copy content only, and flush it to the disk."""
    shutil.copyfile(source, target)
    with target.open("r+b") as handle:
        os.fsync(handle.fileno())


def _folders(shelf: Path) -> list[Path]:
    """Sub-folders of a shelf in the order of their names; half-copied ones left out."""
    try:
        entries = sorted(shelf.iterdir(), key=lambda p: p.name)
    except OSError:
        return []
    folders = []
    for entry in entries:
        with contextlib.suppress(OSError):
            if not entry.name.startswith((".", "_")) and (entry.is_dir() or entry.is_symlink()):
                folders.append(entry)
    return folders


def _read_meta(folder: Path) -> ModelMeta:
    """`config.json`, checked. Raises InputError or OSError."""
    if folder.is_symlink():
        raise InputError(f"{folder} is a link, not a folder.", "Copy the model itself.")
    if not valid_name(folder.name):
        raise InputError(f"{folder.name!r} is no allowed name for a model.", "Rename the folder.")
    data = _read_json(folder / CONFIG)
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


def _read_json(path: Path) -> Any:
    """A small JSON file. Raises InputError or OSError."""
    if _regular(path) > _MAX_JSON_BYTES:
        raise InputError(f"{path} is too large for a description.", "Copy the model again.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: it is not JSON.", "Copy the model again.") from error


def _check_weights(path: Path) -> None:
    """The safetensors header must fit into the file. Raises InputError or OSError."""
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


def _read_manifest(path: Path) -> dict[str, Any]:
    """The shelf's manifest; empty when there is none or it is damaged."""
    try:
        data = _read_json(path)
    except (InputError, StorageError, OSError):
        return {}
    return data if isinstance(data, dict) else {}
