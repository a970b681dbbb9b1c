"""The shelf of models: versions that came with the program and the user's own.

What one model is: model_folder. What a person says of it: shelf_record. A damaged folder stops
nothing: `list_models` names its fault and goes on.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.atomic import TEMP_PREFIX, storage_error, write_json
from plantseg_gui.storage.model_folder import (
    CARD,
    CONFIG,
    KNOWN,
    OUTSIDE,
    WEIGHTS,
    ModelRecord,
    read_model,
    read_small_json,
    valid_name,
)
from plantseg_gui.storage.paths import models_dir, user_models_dir
from plantseg_gui.storage.platform_files import fsync_dir
from plantseg_gui.storage.shelf_record import ShelfEntry, read_shelf, update_shelf

_MANIFEST = "manifest.json"

__all__ = ["CARD", "CONFIG", "WEIGHTS", "ModelRecord", "read_model", "valid_name"]


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
    """Make a model the one that is used from now on; the one before is remembered.

    Raises:
        InputError: there is no such usable model.
        StorageError: the choice could not be saved.
    """
    if name not in {r.name for r in list_models() if not r.damaged}:
        raise InputError(f"There is no usable model '{name}'.", "Choose one from the list.")
    before = default_model()
    update_shelf(lambda shelf: shelf.chosen(name, before))
    _write_default(name)


def previous_default() -> str:
    """Name of the version that was in use before the one in use; empty when there is none."""
    usable = {r.name for r in list_models() if not r.damaged}
    now = default_model() if usable else ""
    past = (name for name in reversed(read_shelf().before) if name in usable and name != now)
    return next(past, "")


def go_back() -> str:
    """Use the version that was in use before; again: the one before that.

    Returns:
        Its name.

    Raises:
        InputError: there is none.
        StorageError: the choice could not be saved.
    """
    name = previous_default()
    if not name:
        raise InputError("No other version was in use before.", "Choose one from the list.")
    _write_default(name)
    # After the choice: what is cut off here can only be gone back to once more.
    update_shelf(lambda shelf: replace(shelf, before=_up_to(shelf.before, name)))
    return name


def new_version_name(base: str) -> str:
    """A free name for a version made from `base`: "leaf" → "leaf-v2", "leaf-v2" → "leaf-v3".

    The names of deleted versions, and of parents that are not here, are not free: they would make
    a stranger of what names them.
    """
    stem = re.sub(r"-v\d+$", "", base) if valid_name(base) else "model"
    stem = stem[:80]
    records, shelf = list_models(), read_shelf()
    names = [n for r in records for n in (r.name, r.meta.parent)]
    taken = {name.casefold() for name in (*names, *shelf.gone)}
    number = 2
    while f"{stem}-v{number}".casefold() in taken:
        number += 1
    return f"{stem}-v{number}"


def add_version(folder: Path, name: str = "", *, candidate: bool = False) -> ModelRecord:
    """Copy a model onto the user's shelf; nothing there is ever overwritten.

    The model in use stays the one in use: `set_default` changes that.

    Args:
        folder: The model folder, for instance a training run's result.
        name: Wished name; the folder's own when empty. A taken name gets a new version number.
        candidate: It is kept to be looked at, and not chosen yet.

    Returns:
        The model on the shelf.

    Raises:
        InputError: the folder is no usable model.
        StorageError: it could not be copied; the shelf is as it was.
    """
    source = read_model(Path(folder))
    if source.damaged:
        raise InputError(f"This model cannot be added: {source.damaged}", "Choose another folder.")

    def fill(target: Path) -> None:
        for part in (WEIGHTS, OUTSIDE, KNOWN, CARD):
            if (source.folder / part).is_file() and not (source.folder / part).is_symlink():
                _copy_durably(source.folder / part, target / part)

    return put_on_shelf(
        source.meta, name or source.meta.name, ShelfEntry(candidate=candidate), fill
    )


def put_on_shelf(
    meta: ModelMeta,
    wished: str,
    entry: ShelfEntry,
    fill: Callable[[Path], None],
    weights_sha256: str = "",
) -> ModelRecord:
    """Make a new version on the user's shelf: all of it, or nothing.

    Args:
        meta: Its description; the name in it does not count.
        wished: Name; a taken one gets a new version number.
        entry: What is said about it.
        fill: Writes weights and card into the folder that it is given.
        weights_sha256: Of the weights, where known: so a deleted version that comes back gets its
            name back, and a parent the name that its children know.

    Raises:
        AppError: what `fill` raises; the shelf is as it was.
        StorageError: it could not be written; the shelf is as it was.
    """
    name = wished if _is_free(wished, weights_sha256) else new_version_name(wished)
    shelf = user_models_dir()
    target, temp = shelf / name, shelf / f"{TEMP_PREFIX}{secrets.token_hex(6)}"
    try:
        temp.mkdir(parents=True)
        fill(temp)
        write_json(temp / CONFIG, replace(meta, name=name).to_json())
        fsync_dir(temp)
        update_shelf(lambda record: record.with_entry(name, entry))
        os.rename(temp, target)
        fsync_dir(shelf)
    except OSError as error:
        raise storage_error(error, target, "copied") from error
    finally:
        shutil.rmtree(temp, ignore_errors=True)
    return read_model(target)


def _is_free(name: str, weights_sha256: str) -> bool:
    """Whether a version with these weights may have this name."""
    if not valid_name(name):
        return False
    plain, shelf, records = name.casefold(), read_shelf(), list_models()
    if any(r.name.casefold() == plain for r in records):
        return False
    known = {sha for gone, sha in shelf.gone.items() if gone.casefold() == plain}
    known |= {
        shelf.entry(r.name).parent_sha256 for r in records if r.meta.parent.casefold() == plain
    }
    return not known or bool(weights_sha256 and weights_sha256 in known)


def _up_to(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The names before the last `name`."""
    last = max((i for i, other in enumerate(names) if other == name), default=0)
    return names[:last]


def _write_default(name: str) -> None:
    path = user_models_dir() / _MANIFEST
    write_json(path, _read_manifest(path) | {"default": name})


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


def _read_manifest(path: Path) -> dict[str, Any]:
    """The shelf's manifest; empty when there is none or it is damaged."""
    try:
        data = read_small_json(path)
    except (InputError, StorageError, OSError):
        return {}
    return data if isinstance(data, dict) else {}
