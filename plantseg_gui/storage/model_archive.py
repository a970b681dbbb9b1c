"""One version as one zip file, to give away or to keep elsewhere, and back onto the shelf.

In the zip lie `weights.safetensors`, `config.json`, `card.md` (where there is one) and
`archive.json`: the format, the program that wrote it, title and notes, and the SHA-256 of each
file. Nothing else may be in it. It is data: importing one cannot run code.
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui import __version__
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.atomic import atomic_path, storage_error
from plantseg_gui.storage.model_folder import (
    CARD,
    CONFIG,
    KNOWN,
    MAX_JSON_BYTES,
    OUTSIDE,
    WEIGHTS,
    ModelRecord,
    check_weights,
    valid_name,
)
from plantseg_gui.storage.models import list_models, put_on_shelf
from plantseg_gui.storage.project_files import hash_file
from plantseg_gui.storage.safe_zip import (
    Limits,
    checked_entries,
    damaged,
    extract,
    open_zip,
    read_small,
    unsafe,
)
from plantseg_gui.storage.shelf_record import MAX_NOTES, ShelfEntry, clean_title, read_shelf

SUFFIX = ".plantseg-model.zip"
INDEX = "archive.json"
ARCHIVE_FORMAT = 1
_KIND = "plantseg-model"
_NEEDED = {WEIGHTS, CONFIG, INDEX}
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Room for a far larger network than any that this program builds.
_LIMITS = Limits(entries=8, total_bytes=8 << 30)


@dataclass(frozen=True)
class _Index:
    """What `archive.json` says.

    Attributes:
        files: File name → SHA-256.
        title: The person's title.
        notes: The person's notes.
        parent_sha256: Of the parent's weights; empty where the writer did not have them.
    """

    files: dict[str, str]
    title: str
    notes: str
    parent_sha256: str


def export_model(name: str, target: Path) -> None:
    """Write a version on the shelf as one zip file.

    Args:
        name: The version; a damaged one is refused.
        target: The file; one of this name is replaced when the new one is whole.

    Raises:
        InputError: no such version, or it is damaged.
        StorageError: not readable, or no space; an old file of this name is as it was.
    """
    records = list_models()
    record = next((r for r in records if r.name == name), None)
    if record is None or record.damaged:
        why = f": {record.damaged}" if record is not None else "."
        raise InputError(f"The model '{name}' cannot be exported{why}", "Choose another model.")
    shelf = read_shelf()
    entry = shelf.entry(name)
    parent = next((r for r in records if r.name == record.meta.parent and not r.damaged), None)
    known = parent is not None and not entry.parent_elsewhere
    names = [n for n in (WEIGHTS, OUTSIDE, KNOWN, CONFIG, CARD) if (record.folder / n).is_file()]
    index = {
        "kind": _KIND,
        "format": ARCHIVE_FORMAT,
        "program": __version__,
        "name": name,
        "title": entry.title,
        "notes": entry.notes,
        "parent_sha256": (
            hash_file(parent.folder / WEIGHTS) if known and parent else entry.parent_sha256
        ),
        "files": {n: hash_file(record.folder / n) for n in names},
    }
    with atomic_path(target) as temp, zipfile.ZipFile(temp, "w", strict_timestamps=False) as out:
        text = json.dumps(index, ensure_ascii=False, indent=2)
        out.writestr(INDEX, text, zipfile.ZIP_DEFLATED)
        for n in names:
            # Weights hardly shrink, and are read faster as they are.
            how = zipfile.ZIP_STORED if n in (WEIGHTS, OUTSIDE) else zipfile.ZIP_DEFLATED
            out.write(record.folder / n, n, how)


def import_model(archive: Path, *, candidate: bool = False) -> ModelRecord:
    """Put a version from a zip file onto the person's shelf; nothing there is ever overwritten.

    Its name stays where it is free, else it gets a new version number. The name of its parent
    stays as text, whether the parent is here or not. The model in use stays the one in use.

    Args:
        archive: The zip file.
        candidate: Mark it as not chosen yet.

    Returns:
        The version on the shelf.

    Raises:
        InputError: no such archive, damaged, not safe, or of a newer program; nothing was added.
        StorageError: it could not be written; nothing was added.
    """
    with open_zip(archive) as source:
        infos = {info.filename: info for info in checked_entries(archive, source, _LIMITS)}
        _check_names(archive, infos)
        index = _read_index(archive, read_small(archive, source, infos[INDEX], MAX_JSON_BYTES))
        if set(index.files) != set(infos) - {INDEX}:
            raise damaged(archive, f"{INDEX} names other files than there are")
        meta = _read_meta(archive, read_small(archive, source, infos[CONFIG], MAX_JSON_BYTES))
        if bool(meta.scope) != (OUTSIDE in infos):
            raise damaged(archive, f"{OUTSIDE} and {CONFIG} do not fit each other")

        def fill(folder: Path) -> None:
            for name, sha256 in index.files.items():
                if extract(archive, source, infos[name], folder / name) != sha256:
                    raise damaged(archive, f"{name} is not as it was written")
            # The name in it is the shelf's to give.
            (folder / CONFIG).unlink()
            for name in (WEIGHTS, OUTSIDE) if meta.scope else (WEIGHTS,):
                try:
                    check_weights(folder / name)
                except InputError as error:
                    raise damaged(archive, f"{name} is no file of weights") from error

        weights = index.files[WEIGHTS]
        entry = ShelfEntry(
            title=_free_title(index.title),
            notes=index.notes,
            candidate=candidate,
            parent_sha256=index.parent_sha256,
            parent_elsewhere=_is_stranger(meta.parent, index.parent_sha256),
        )
        try:
            return put_on_shelf(meta, meta.name, entry, fill, weights)
        except AppError:
            raise
        except OSError as error:
            raise storage_error(error, archive, "imported") from error


def _check_names(archive: Path, infos: dict[str, zipfile.ZipInfo]) -> None:
    missing = sorted(_NEEDED - set(infos))
    if missing:
        raise damaged(archive, f"it is no model of this program, {', '.join(missing)} is missing")
    extra = sorted(set(infos) - _NEEDED - {CARD, KNOWN, OUTSIDE})
    if extra:
        raise unsafe(archive, f"{extra[0][:100]!r} does not belong to a model")
    if any(info.compress_type not in _METHODS for info in infos.values()):
        raise damaged(archive, "it is packed in a way that this program does not write")
    for name in (CARD, KNOWN):
        if name in infos and infos[name].file_size > MAX_JSON_BYTES:
            raise unsafe(archive, f"{name} is too large")


def _json(archive: Path, name: str, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged(archive, f"{name} is not JSON") from error
    if not isinstance(found, dict):
        raise damaged(archive, f"{name} is not as this program writes it")
    return found


def _read_index(archive: Path, data: bytes) -> _Index:
    found = _json(archive, INDEX, data)
    if found.get("kind") != _KIND:
        raise damaged(archive, "it is no model of this program")
    if found.get("format") != ARCHIVE_FORMAT:
        raise InputError(
            f"{archive} has format {str(found.get('format'))[:20]}; this program reads format "
            f"{ARCHIVE_FORMAT}.",
            "Update the program.",
        )
    texts = [found.get(key, "") for key in ("title", "notes", "parent_sha256")]
    files = found.get("files")
    sound = isinstance(files, dict) and all(isinstance(sha, str) for sha in files.values())
    if not sound or not isinstance(files, dict) or not all(isinstance(t, str) for t in texts):
        raise damaged(archive, f"{INDEX} is not as this program writes it")
    title, notes, parent = texts
    if len(notes) > MAX_NOTES or len(parent) > 64:
        raise damaged(archive, f"{INDEX} is not as this program writes it")
    return _Index(dict(files), clean_title(title), notes, parent)


def _read_meta(archive: Path, data: bytes) -> ModelMeta:
    meta = ModelMeta.from_json(_json(archive, CONFIG, data), f"{archive}, {CONFIG}")
    if not valid_name(meta.name):
        raise unsafe(archive, f"{meta.name[:60]!r} is no allowed name for a model")
    return meta


def _free_title(title: str) -> str:
    """The title, unless a version here is called so already."""
    shelf = read_shelf()
    used = {r.name.casefold() for r in list_models()}
    used |= {entry.title.casefold() for entry in shelf.entries.values()}
    return "" if title.casefold() in used else title


def _is_stranger(parent: str, sha256: str) -> bool:
    """Whether the version here that has the parent's name is another one."""
    here = next((r for r in list_models() if r.name == parent), None)
    return here is not None and hash_file(here.folder / WEIGHTS) != sha256
