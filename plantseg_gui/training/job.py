"""What a retraining run is asked to do: read from job.json, or made from two folders.

Loads neither torch nor photos, so that the run can say within a moment that it has started.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError

MAX_JOB_BYTES = 16 << 20
RUN_FOLDER = "run"
# Reading them takes a moment each.
MOST_LIKE = 24
# A year: what a person cannot mean is a slip of the keyboard.
MAX_MINUTES = 525_600.0


@dataclass(frozen=True)
class JobPhoto:
    """One photo with a person's labels.

    Attributes:
        image: Photo file.
        labels: Label image or mask of the photo's size.
        photo_id: Names the photo in events.
        touched: 8-bit picture of the pixels that a person touched; None where it is not known.
        approved: Whether a person checked the whole leaf.
        numbered: `labels` is surely a label image; False: look at the file.
        keep_out: The person's own test set: only judged by, never trained on.
        group: Photos of one group look alike and stay on one side of the gate; empty = alone.
        earlier: Whether an earlier training has learned from it.
    """

    image: Path
    labels: Path
    photo_id: str
    touched: Path | None = None
    approved: bool = True
    numbered: bool = False
    keep_out: bool = False
    group: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class FinetuneJob:
    """One retraining run.

    Attributes:
        photos: What to learn from.
        base: Model folder to start from.
        out: Folder of the resulting model.
        run_dir: Folder of events, logs and checkpoint.
        name: Of the resulting model; empty = chosen from `out` or `base`.
        minutes: At most so long; 0 = chosen by the number of photos.
        updates: Exactly so many updates, whatever the time; 0 = as fit.
        recipe: What differs from the recipe's defaults.
        window: Started by a window: end when the window is gone.
        trial_only: Measure the trial step, say how long it will take, and end.
        like: Further photos that the new version shall be for; nothing is learned from them.
    """

    photos: tuple[JobPhoto, ...]
    base: Path
    out: Path
    run_dir: Path
    name: str = ""
    minutes: float = 0.0
    updates: int = 0
    recipe: dict[str, Any] = field(default_factory=dict)
    window: bool = False
    trial_only: bool = False
    like: tuple[Path, ...] = ()

    @property
    def approved(self) -> int:
        """Number of approved photos."""
        return sum(p.approved for p in self.photos)


def read_job(path: Path) -> FinetuneJob:
    """Read the job.json of a window; its folder is the run's folder.

    Relative paths count from that folder.

    Raises:
        InputError: missing, damaged, or a value of the wrong kind; says which.
    """
    try:
        if path.stat().st_size > MAX_JOB_BYTES:
            raise InputError(f"{path} is too large for a job.")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: it is not JSON.", "Start Retrain again.") from error
    if not isinstance(data, dict) or not isinstance(data.get("photos"), list):
        raise InputError(f"{path} names no photos.", "Start Retrain again.")
    home = path.parent
    photos = tuple(_photo(item, number, home) for number, item in enumerate(data["photos"], 1))
    recipe = data.get("recipe") or {}
    if not isinstance(recipe, dict):
        raise InputError("'recipe' in the job is not a table.")
    return FinetuneJob(
        photos,
        home / _text(data, "base", "the job"),
        home / _text(data, "out", "the job"),
        home,
        name=str(data.get("name") or ""),
        minutes=check_minutes(data.get("minutes") or 0.0),
        updates=_whole(data.get("updates") or 0),
        recipe=recipe,
        window=True,
        trial_only=data.get("trial_only") is True,
        like=some_of([home / p for p in data.get("like") or () if isinstance(p, str)]),
    )


def folder_job(
    pairs: Sequence[tuple[str, Path, Path]], base: Path, out: Path, **options: Any
) -> FinetuneJob:
    """The job of the command line: every photo counts as checked in full.

    Args:
        pairs: Name, photo and mask of each photo.
        base: Model folder to start from.
        out: Folder of the resulting model; the run's files go into its sub-folder `run`.
        options: Further fields of `FinetuneJob`.
    """
    photos = tuple(JobPhoto(image, mask, name) for name, image, mask in pairs)
    return FinetuneJob(photos, base, out, out / RUN_FOLDER, **options)


def some_of(photos: Sequence[Path]) -> tuple[Path, ...]:
    """At most `MOST_LIKE` of some photos, evenly spread."""
    count = min(MOST_LIKE, len(photos))
    return tuple(photos[k * len(photos) // count] for k in range(count))


def check_minutes(value: Any) -> float:
    """A sensible number of minutes; 0 = not given.

    Raises:
        InputError: it is none.
    """
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 <= value <= MAX_MINUTES:
        raise InputError(f"{value!r} minutes is not a length of time.", "Give minutes, say 2.")
    return float(value)


def _photo(item: Any, number: int, home: Path) -> JobPhoto:
    where = f"photo {number} of the job"
    if not isinstance(item, dict):
        raise InputError(f"{where.capitalize()} is not a table.", "Start Retrain again.")
    touched = item.get("touched")
    if touched is not None and not isinstance(touched, str):
        raise InputError(f"'touched' of {where} is not a path.", "Start Retrain again.")
    image = _text(item, "image", where)
    return JobPhoto(
        home / image,
        home / _text(item, "labels", where),
        str(item.get("photo_id") or Path(image).name),
        home / touched if touched else None,
        item.get("approved") is True,
        numbered=True,
        keep_out=item.get("keep_out") is True,
        group=str(item.get("group") or ""),
        earlier=item.get("earlier") is True,
    )


def _text(data: dict[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"'{key}' of {where} is missing or not text.", "Start Retrain again.")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
        raise InputError(f"{value!r} is not a number of updates.")
    return value
