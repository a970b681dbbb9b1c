"""What the photo list needs to know of a photo."""

from pathlib import Path
from typing import Protocol


class PhotoRow(Protocol):
    """What the list needs of a photo; `storage.project.PhotoRecord` has it."""

    @property
    def photo_id(self) -> str:
        """Name by content and place."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def status(self) -> str:
        """How far the mask is: "new", "predicted", "corrected" or "approved"."""

    @property
    def review(self) -> str:
        """What a person said besides: "needs_work", "skipped" or ""."""

    @property
    def note(self) -> str:
        """The person's line about it; empty without one."""

    @property
    def note_by(self) -> str:
        """Who wrote the note."""

    @property
    def note_at(self) -> str:
        """When, ISO 8601."""

    @property
    def severity_pct(self) -> float | None:
        """Share of the leaf area, %; None when not known."""

    @property
    def lesion_count(self) -> int | None:
        """Lesions; None when not known."""

    @property
    def model(self) -> str:
        """Version that made the prediction; empty without one."""

    @property
    def tags(self) -> tuple[str, ...]:
        """What the person called it."""

    @property
    def error(self) -> str:
        """Why it cannot be read; empty when it can."""

    @property
    def keep_out(self) -> bool:
        """Whether it is in the person's own test set."""

    @property
    def spent_s(self) -> float:
        """How long people have worked at it, s."""

    @property
    def corrected_by(self) -> str:
        """Who changed the mask last; empty where nobody did."""

    @property
    def corrected_at(self) -> str:
        """When, ISO 8601."""

    @property
    def approved_by(self) -> str:
        """Who approved it; empty while it is not."""

    @property
    def approved_at(self) -> str:
        """When, ISO 8601."""
