"""What the project knows about a photo, as the photo list shows it."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui.core.results import Diagnosis
from plantseg_gui.storage.project_files import path_of

STATUSES = ("new", "predicted", "corrected", "approved")


@dataclass(frozen=True)
class PhotoRecord:
    """One photo of a project.

    Attributes:
        photo_id: Stays the same when the file is renamed or moved inside the folder.
        path: Where the file is (or was, when `missing`).
        name: Path relative to the folder, for lists.
        status: "new", "predicted", "corrected" or "approved".
        width: px after EXIF orientation; 0 until known.
        height: px; 0 until known.
        severity_pct: None where no number can be given; see `reason`.
        disease_probability: 0 to 1; None without a prediction.
        lesion_count: None until saved once.
        model: Name of the model of the stored prediction.
        tags: The person's own words.
        error: Why the photo or its masks could not be used; empty otherwise.
        lesion_area_px: None until saved once.
        leaf_area_px: None without a leaf.
        reason: Why a number is None.
        missing: No file with this content was found at the last look; the work on it is kept.
        revision: Number of saves; 0 when nothing is stored.
        journaled: Whether operations on its mask are in the journal.
        keep_out: Whether it is part of the person's own test set, which is never trained on.
        doubt: Of the stored prediction, 0 = sure to 1; None where it is not known.
    """

    photo_id: str
    path: Path
    name: str
    status: str = "new"
    width: int = 0
    height: int = 0
    severity_pct: float | None = None
    disease_probability: float | None = None
    lesion_count: int | None = None
    model: str = ""
    tags: tuple[str, ...] = ()
    error: str = ""
    lesion_area_px: int | None = None
    leaf_area_px: int | None = None
    reason: str = ""
    missing: bool = False
    revision: int = 0
    journaled: bool = False
    keep_out: bool = False
    doubt: float | None = None

    @property
    def has_work(self) -> bool:
        """Whether something would be lost with this record."""
        return self.revision > 0 or self.journaled or bool(self.tags) or self.keep_out


def record_of(row: sqlite3.Row, folder: Path) -> PhotoRecord:
    """The record in a row of the table `photos`."""
    return PhotoRecord(
        photo_id=row["photo_id"],
        path=path_of(row["path"], folder),
        name=row["path"],
        status=row["status"],
        width=row["width"],
        height=row["height"],
        severity_pct=row["severity_pct"],
        disease_probability=row["disease_probability"],
        lesion_count=row["lesion_count"],
        model=row["model"],
        tags=parse_tags(row["tags"]),
        error=row["error"],
        lesion_area_px=row["lesion_area_px"],
        leaf_area_px=row["leaf_area_px"],
        reason=row["reason"],
        missing=bool(row["missing"]),
        revision=row["revision"],
        journaled=row["last_seq"] > 0,
        keep_out=bool(row["keep_out"]),
        doubt=row["doubt"],
    )


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags as stored; nothing when damaged."""
    if text == "[]":
        return ()
    try:
        tags = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(str(t) for t in tags) if isinstance(tags, list) else ()


def clean_tags(tags: Any) -> tuple[str, ...]:
    """Trimmed, without empty ones and repetitions, in the given order."""
    return tuple(dict.fromkeys(t for t in (str(tag).strip() for tag in tags) if t))


def diagnosis_columns(diagnosis: Diagnosis | None) -> dict[str, Any]:
    """A diagnosis as columns of the table `photos`."""
    if diagnosis is None:
        return {}
    severity, probability = diagnosis.severity_pct, diagnosis.disease_probability
    leaf = diagnosis.leaf_area_px
    # Plain numbers: SQLite would store NumPy's as bytes.
    return {
        "severity_pct": None if severity is None else float(severity),
        "disease_probability": None if probability is None else float(probability),
        "lesion_count": int(diagnosis.lesion_count),
        "lesion_area_px": int(diagnosis.lesion_area_px),
        "leaf_area_px": None if leaf is None else int(leaf),
        "reason": str(diagnosis.reason),
    }
