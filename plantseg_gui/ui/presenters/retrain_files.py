"""The files of a retraining run: job.json's content, the masks it learns from, where it lies."""

import json
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.storage.atomic import write_json
from plantseg_gui.storage.images import write_png
from plantseg_gui.storage.look_alike import look_alike_groups
from plantseg_gui.storage.masks import write_labels
from plantseg_gui.storage.models import new_version_name, resolve_model
from plantseg_gui.storage.paths import user_data_dir
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.storage.training_log import learned_from
from plantseg_gui.ui.dialogs.retrain_choices import Choices

USED = ("approved", "corrected")


@dataclass(frozen=True)
class Run:
    """One retraining run.

    Attributes:
        folder: Run folder.
        base: Name of the model that it starts from.
        new_name: Name that the result will have.
        names: photo id → file name, for the result.
        kept_out: Ids of the photos among them that it is only judged by: the person's test set.
        left_out: Sentences, one for each photo that was left out, with the reason.
    """

    folder: Path
    base: str
    new_name: str
    names: dict[str, str]
    kept_out: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def model_dir(self) -> Path:
        """Where the process puts the result."""
        return self.folder / "model"

    @property
    def learned(self) -> tuple[str, ...]:
        """Ids of the photos that it learns from."""
        return tuple(photo_id for photo_id in self.names if photo_id not in self.kept_out)

    def to_json(self) -> dict[str, Any]:
        """For the note that lets the next window find the run."""
        return {
            "folder": str(self.folder),
            "base": self.base,
            "new_name": self.new_name,
            "names": self.names,
            "kept_out": list(self.kept_out),
        }


def usable(records: Sequence[PhotoRecord]) -> list[PhotoRecord]:
    """The photos that a person worked on and that can be read."""
    return [r for r in records if r.status in USED and not r.error and not r.missing]


def prepare(
    project: Project,
    records: Sequence[PhotoRecord],
    base: str,
    minutes: float,
    folder: Path | None = None,
    *,
    choices: Choices | None = None,
) -> tuple[Run, dict[str, Any]]:
    """Write labels and touched pixels of each photo into a run folder; runs in the pool.

    Args:
        project: Open project.
        records: Photos to learn from, and approved ones of the person's test set to judge by.
        base: Model to start from.
        minutes: At most so long.
        folder: Of the run; None = a new one in the project.
        choices: Of the expert; None = the defaults.

    Returns:
        The run and the job for `jobs.training_process.TrainingProcess.start`.

    Raises:
        InputError: nothing to learn from.
        StorageError: masks could not be read or written.
    """
    if folder is None:
        home = user_data_dir() / "runs" if project.read_only else project.runs_dir
        folder = home / time.strftime("%Y%m%d-%H%M%S")
    groups = look_alike_groups(project, [*records, *_test_set(project, records)])
    twins = {groups[r.photo_id]: r.path.name for r in project.photos() if _in_test_set(r, groups)}
    learned = learned_from(project.trainings())
    masks = folder / "masks"
    photos: list[dict[str, Any]] = []
    left_out: list[str] = []
    for known in records:
        name, group = known.path.name, groups.get(known.photo_id, "")
        if group in twins and not known.keep_out:
            left_out.append(f"{name} is left out: it looks like {twins[group]} of your test set.")
            continue
        try:
            arrays = project.load(known.photo_id)
            # With the arrays: a damaged save goes back to an earlier one, and its status.
            record = project.photo(known.photo_id)
        except AppError:
            left_out.append(f"{name} is left out: its saved mask cannot be read.")
            continue
        if record.status not in USED or arrays.labels is None:
            continue
        approved = record.status == "approved"
        if record.keep_out and not approved:
            left_out.append(f"{name} of your test set is left out: it is not approved.")
            continue
        labels = masks / f"{record.photo_id}_labels.png"
        touched = masks / f"{record.photo_id}_touched.png"
        write_labels(labels, arrays.labels)
        if arrays.touched is not None and not approved:
            write_png(touched, arrays.touched)
        photos.append(
            {
                "image": str(record.path),
                "labels": str(labels),
                "touched": None if approved or arrays.touched is None else str(touched),
                "approved": approved,
                "photo_id": record.photo_id,
                "keep_out": record.keep_out,
                "group": group,
                "earlier": record.photo_id in learned,
            }
        )
    if all(p["keep_out"] for p in photos):
        raise InputError(
            "There is nothing to learn from yet.",
            " ".join(["Correct a mask or approve a photo, then retrain.", *left_out]),
        )
    used = {str(p["photo_id"]) for p in photos}
    names = {r.photo_id: r.path.name for r in records if r.photo_id in used}
    kept_out = tuple(str(p["photo_id"]) for p in photos if p["keep_out"])
    run = Run(folder, base, new_version_name(base), names, kept_out, tuple(left_out))
    job: dict[str, Any] = {
        "photos": photos,
        "base": str(resolve_model(base)),
        "out": str(run.model_dir),
        "name": run.new_name,
        "minutes": minutes,
        "like": _others(project, used),
    }
    if choices is not None and choices.updates:
        job["updates"] = choices.updates
    if choices is not None and choices.recipe:
        job["recipe"] = choices.recipe
    return run, job


def _test_set(project: Project, records: Sequence[PhotoRecord]) -> list[PhotoRecord]:
    """The photos of the test set that are not among `records`, because nobody worked on them."""
    there = {r.photo_id for r in records}
    return [r for r in project.photos() if r.keep_out and r.photo_id not in there]


def _others(project: Project, used: Collection[str]) -> list[str]:
    """The other photos of the project: the new version shall be for them, too."""
    return [
        str(r.path)
        for r in project.photos()
        if r.photo_id not in used and not r.keep_out and not r.missing and not r.error
    ]


def _in_test_set(record: PhotoRecord, groups: Mapping[str, str]) -> bool:
    """Whether it is in the test set and there are photos that look like it."""
    return record.keep_out and record.photo_id in groups


def remember(run: Run | None) -> None:
    """Note which run is going on, so that a later window finds it; None: none is. Never fails."""
    path = _note()
    try:
        if run is None:
            path.unlink(missing_ok=True)
        else:
            write_json(path, run.to_json())
    except (AppError, OSError):
        return  # the run is not harmed; it just has to be looked for by hand


def find() -> Run | None:
    """The run that an earlier window left, if its folder is still there."""
    try:
        data = json.loads(_note().read_text(encoding="utf-8"))
        run = Run(
            Path(data["folder"]),
            str(data["base"]),
            str(data["new_name"]),
            dict(data["names"]),
            tuple(data.get("kept_out", ())),
        )
    except (OSError, ValueError, TypeError, LookupError):
        return None
    return run if run.folder.is_dir() else None


def forget(run: Run) -> None:
    """Throw the run's folder away: it holds copies only."""
    remember(None)
    shutil.rmtree(run.folder, ignore_errors=True)


def _note() -> Path:
    return user_data_dir() / "current_run.json"
