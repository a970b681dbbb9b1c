"""Which photos a command was given, and what their output files are called.

Folders are walked and their sub-folders mirrored; the names are `storage.output_names`'s.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.images import PHOTO_SUFFIXES, is_photo_name
from plantseg_gui.storage.output_names import meeting_groups, output_bases
from plantseg_gui.storage.project_files import PROJECT_FOLDER


@dataclass(frozen=True)
class FoundPhoto:
    """One photo of a batch.

    Attributes:
        path: The file.
        relative: Its place below the folder that was given; what outputs call it.
        base: Place and beginning of the names of its outputs, below the output folder.
    """

    path: Path
    relative: PurePath
    base: PurePath


@dataclass(frozen=True)
class Batch:
    """What was found.

    Attributes:
        photos: In the order given, folders sorted by name.
        problems: One for each argument or folder that cannot be used.
    """

    photos: tuple[FoundPhoto, ...]
    problems: tuple[InputError, ...]


@dataclass(frozen=True)
class _Candidate:
    path: Path
    root: Path


def collect_photos(paths: Sequence[Path], out: Path) -> Batch:
    """Find the photos.

    Args:
        paths: Photos and folders. A file is taken whatever its name; in a folder, the files with a
            photo's name count; hidden ones and the window's project are left out.
        out: Output folder; it is left out of the search, so that a second run does not take the
            results of the first for photos.

    Raises:
        InputError: `out` is one of the folders, so results would be mixed up with photos.
    """
    candidates: dict[Path, _Candidate] = {}
    problems: list[InputError] = []
    for path in paths:
        # os.path answers False where Path raises: a name that is too long, a link to itself.
        if not os.path.lexists(path):
            problems.append(InputError(f"{path} does not exist.", "Check the name."))
        elif os.path.isdir(path):
            if _same(path, out):
                raise InputError(
                    f"{path} holds the photos and is the output folder too.",
                    f"Choose another one, for instance --out {path / 'results'}.",
                )
            files = list(_walk(path, out, problems))
            if not files:
                kinds = ", ".join(sorted(PHOTO_SUFFIXES))
                problems.append(
                    InputError(f"{path} holds no photo.", f"Photos are files ending in {kinds}.")
                )
            for file in files:
                candidates.setdefault(_key(file), _Candidate(file, path))
        else:
            candidates.setdefault(_key(path), _Candidate(path, path.parent))
    return Batch(tuple(_named(list(candidates.values()))), tuple(problems))


def _walk(folder: Path, out: Path, problems: list[InputError]) -> Iterable[Path]:
    def refused(error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        problems.append(
            InputError(f"{error.filename} cannot be opened: {reason}.", "Check its permissions.")
        )

    for name, folders, files in os.walk(folder, onerror=refused):
        here = Path(name)
        folders[:] = sorted(
            f
            for f in folders
            if not f.startswith(".") and f != PROJECT_FOLDER and not _same(here / f, out)
        )
        for file in sorted(files):
            if not file.startswith(".") and is_photo_name(here / file):
                yield here / file


def _named(candidates: list[_Candidate]) -> list[FoundPhoto]:
    relative = [PurePath(os.path.relpath(c.path, c.root)) for c in candidates]
    # Two folders with files of the same place and name: tell them apart by the folder's name, then
    # by the whole path.
    for wider in (_below_root_name, _below_anchor):
        for group in meeting_groups(relative):
            if len({candidates[index].root for index in group}) > 1:
                for index in group:
                    relative[index] = wider(candidates[index])
    named = zip(candidates, relative, output_bases(relative), strict=True)
    return [FoundPhoto(c.path, r, b) for c, r, b in named]


def _below_root_name(candidate: _Candidate) -> PurePath:
    name = candidate.root.absolute().name
    return PurePath(name) / os.path.relpath(candidate.path, candidate.root)


def _below_anchor(candidate: _Candidate) -> PurePath:
    absolute = Path(os.path.abspath(candidate.path))
    return absolute.relative_to(absolute.anchor)


def _key(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return _key(first) == _key(second)
