"""Tells what the file of the photo on screen says about itself: when, with what and where taken."""

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.photo_facts import PhotoFacts
from plantseg_gui.storage.photo_once import read_facts_and_notes
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.presenters.session import Session


class _Read(NamedTuple):
    photo_id: str
    facts: PhotoFacts
    notes: tuple[str, ...]


class ShowFacts(QObject):
    """See the module's text."""

    def __init__(self, session: Session, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._stage = session, stage
        session.document_opened.connect(self._on_document)

    def _on_document(self) -> None:
        self._stage.show_facts("", "")
        record = self._session.records.get(self._session.photo_id)
        if record is None:
            return
        path, photo_id = Path(record.path), record.photo_id
        run_task(
            lambda: _Read(photo_id, *read_facts_and_notes(path)),
            on_done=self._on_read,
            on_error=self._on_error,
            doing=f"reading {path}",
        )

    def _on_read(self, read: _Read) -> None:
        if read.photo_id == self._session.photo_id:
            self._stage.show_facts(
                facts_line(read.facts), facts_tip(read.facts), " ".join(read.notes)
            )

    def _on_error(self, error: AppError) -> None:
        # The photo is on screen, so it was readable; a drive that has gone is told by the save.
        del error
        self._stage.show_facts("", "")


def facts_line(facts: PhotoFacts) -> str:
    """Date, camera and whether the place is known, as far as the file says so."""
    taken = "" if facts.captured is None else f"{facts.captured:%Y-%m-%d %H:%M}"
    parts = (taken, facts.camera, "GPS" if facts.has_place else "")
    return " · ".join(part for part in parts if part)


def facts_tip(facts: PhotoFacts) -> str:
    """All facts, one a line."""
    taken = "" if facts.captured is None else f"{facts.captured:%Y-%m-%d %H:%M:%S}"
    zone = "" if facts.captured is None else f"{facts.captured:%z}"
    lines = {
        "Taken": f"{taken} (UTC{zone[:3]}:{zone[3:5]})" if zone else taken,
        "Camera": facts.camera,
        "Place": place_text(facts),
        "Size": f"{facts.width:,} × {facts.height:,} px, {facts.format}",
        "Colours": facts.colours,
    }
    text = [f"{name}: {value}" for name, value in lines.items() if value]
    if facts.has_place:
        text.append("The place stays out of exports.")
    return "\n".join(text)


def place_text(facts: PhotoFacts) -> str:
    """Coordinates to about a metre: "48.52009° N, 9.05000° E, 412 m"; empty when not known."""
    if facts.latitude is None or facts.longitude is None:
        return ""
    north = f"{abs(facts.latitude):.5f}° {'N' if facts.latitude >= 0 else 'S'}"
    east = f"{abs(facts.longitude):.5f}° {'E' if facts.longitude >= 0 else 'W'}"
    height = "" if facts.altitude_m is None else f", {facts.altitude_m:.0f} m"
    return f"{north}, {east}{height}"
