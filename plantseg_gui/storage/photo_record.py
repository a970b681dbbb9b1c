"""What the project knows about a photo, as the photo list shows it."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plantseg_gui.core.results import Diagnosis
from plantseg_gui.storage.project_files import path_of

STATUSES = ("new", "predicted", "corrected", "approved")
NEEDS_WORK, SKIPPED = "needs_work", "skipped"
REVIEWS = ("", NEEDS_WORK, SKIPPED)
NO_DATE = "-"


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
        review: What a person said of it besides the mask: "needs_work", "skipped" or "".
        note: One line about it, in the person's words.
        note_by: Who wrote the note.
        note_at: When, ISO 8601; "" without a note.
        taken: When the photo was taken as its file says, ISO 8601; "" not looked for yet,
            `NO_DATE` where the file does not say.
        spent_s: How long people have worked at it, s.
        corrected_by: Who changed the mask last; "" where nobody did.
        corrected_at: When, ISO 8601.
        approved_by: Who approved it; "" while it is not approved.
        approved_at: When, ISO 8601.
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
    review: str = ""
    note: str = ""
    note_by: str = ""
    note_at: str = ""
    taken: str = ""
    spent_s: float = 0.0
    corrected_by: str = ""
    corrected_at: str = ""
    approved_by: str = ""
    approved_at: str = ""

    @property
    def has_work(self) -> bool:
        """Whether something would be lost with this record."""
        said = bool(self.tags) or self.keep_out or bool(self.review) or bool(self.note)
        return self.revision > 0 or self.journaled or said


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
        review=row["review"],
        note=row["note"],
        note_by=row["note_by"],
        note_at=row["note_at"],
        taken=row["taken"],
        spent_s=row["spent_s"],
        corrected_by=row["corrected_by"],
        corrected_at=row["corrected_at"],
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
    )


def mark_columns(marks: Mapping[str, Any]) -> dict[str, Any]:
    """What a person said of a photo, as columns of the table `photos`.

    Args:
        marks: Fields of `PhotoRecord` by name: tags, keep_out, review, note, note_by, note_at.

    Raises:
        ValueError: another field, or a review that does not exist.
    """
    columns: dict[str, Any] = {}
    for name, value in marks.items():
        if name == "tags":
            columns[name] = json.dumps(clean_tags(value), ensure_ascii=False)
        elif name == "keep_out":
            columns[name] = int(bool(value))
        elif name in ("note", "note_by", "note_at"):
            columns[name] = " ".join(str(value).split())
        elif name == "review" and value in REVIEWS:
            columns[name] = value
        else:
            raise ValueError(f"a photo cannot be marked with {name} = {value!r}")
    return columns


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
