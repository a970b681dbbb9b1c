"""The trainings that were made from a project's masks, and what became of them."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT, CANDIDATE, DISCARDED = "kept", "candidate", "discarded"


@dataclass(frozen=True)
class TrainingRecord:
    """One training.

    Attributes:
        run_id: Name of its folder.
        ended: Local time, ISO 8601.
        base: Model that it started from.
        model: Version that it became; empty until it is on the shelf.
        photos: Ids of the photos that it learned from.
        results: As the training said them: "before" and "after" hold the Dice by photo.
        decision: KEPT (and used from then on), CANDIDATE (on the shelf, not in use), DISCARDED, or
            "" while nobody decided.
    """

    run_id: str
    ended: str
    base: str
    model: str = ""
    photos: tuple[str, ...] = ()
    results: Mapping[str, Any] = field(default_factory=dict)
    decision: str = ""

    @property
    def sentence(self) -> str:
        """In words, for a list."""
        before, after = self.results.get("dice_before"), self.results.get("dice_after")
        figures = ""
        if isinstance(before, int | float) and isinstance(after, int | float):
            figures = f", Dice {before:.2f} before, {after:.2f} after"
        end = {
            KEPT: f"kept as {self.model}",
            CANDIDATE: f"candidate {self.model}",
            DISCARDED: "discarded",
        }.get(self.decision, "not decided")
        count = len(self.photos)
        photos = "1 photo" if count == 1 else f"{count} photos"
        return f"{self.ended[:16].replace('T', ' ')}: {photos}, from {self.base}{figures}; {end}"


def learned_from(trainings: Iterable[TrainingRecord]) -> set[str]:
    """Ids of the photos that a version on the shelf has learned from."""
    shelved = (t for t in trainings if t.decision in (KEPT, CANDIDATE))
    return {photo_id for training in shelved for photo_id in training.photos}


def write(connection: sqlite3.Connection, record: TrainingRecord) -> None:
    """Enter a training, or what became of it, inside a transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO training_runs VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            record.run_id,
            record.ended,
            record.base,
            record.model,
            json.dumps(list(record.photos)),
            json.dumps(dict(record.results), ensure_ascii=False),
            record.decision,
        ),
    )


def read_row(row: sqlite3.Row) -> TrainingRecord:
    """A training from its row; damaged JSON is left out."""
    return TrainingRecord(
        row["run_id"],
        row["ended"],
        row["base"],
        row["model"],
        tuple(str(p) for p in _json(row["photos"], list)),
        _json(row["results"], dict),
        row["decision"],
    )


def _json(text: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()
