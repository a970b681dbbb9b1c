"""In which order the photos stand: worked out in the pool, and remembered for each project.

The rows move when a folder is opened, the person chooses an order (also the same again), or many
photos have been looked at: never in the middle of the work. What teaches most is worked out by
`Teaching`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.teaching import novelties
from plantseg_gui.jobs.io_pool import run_task, storage_pool
from plantseg_gui.storage.photo_facts import read_photo_facts
from plantseg_gui.storage.photo_record import NO_DATE, SKIPPED, PhotoRecord
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.order_row import (
    BY_DATE,
    BY_DOUBT,
    BY_NAME,
    BY_NOVELTY,
    BY_SEVERITY,
    ORDERS,
    TEACHING,
)
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.predict_all import PredictAll
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.teaching import LEARNED, Teaching, comparable

KEPT = "photo_order"


class PhotoOrder(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        teaching: Teaching,
        predict_all: PredictAll,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._photos = session, store, photos
        self._teaching = teaching
        self._asked = 0
        self._visited: set[str] = set()
        self._action = actions["next_doubtful"]
        self._action.triggered.connect(self.go_to_doubtful)
        photos.order_chosen.connect(self._on_chosen)
        session.project_opened.connect(self._on_project)
        session.record_changed.connect(lambda _: self._refresh())
        predict_all.ended.connect(self.bring_up_to_date)
        self._refresh()

    def bring_up_to_date(self) -> None:
        """Let the rows stand as they should by now."""
        project, order, falling = self._session.project, self._photos.order, self._photos.falling
        if project is None or order == TEACHING:
            return
        records = list(self._session.records.values())
        self._asked += 1
        asked = self._asked
        if order == BY_NAME:
            self._photos.set_order([r.photo_id for r in reversed(records)] if falling else ())
            return
        run_task(
            lambda: in_order(project, records, order, falling),
            on_done=lambda ids: self._on_ordered(project, asked, ids),
            on_error=self._session.fail,
            doing="putting the photos in order",
        )

    def go_to_doubtful(self) -> None:
        """Show the photo that is the most doubtful of those still to do and not shown by this."""
        here = self._session.photo_id
        self._visited.add(here)
        found = self._doubtful()
        if found is None:
            # All were shown once: from the beginning.
            self._visited = {here}
            found = self._doubtful()
        if found is None:
            self._session.say("No other photo is both still to do and looked at by a model.")
            return
        self._visited.add(found.photo_id)
        self._photos.show_current(found.photo_id)
        self._store.show(found.photo_id)
        share = 100 * (found.doubt or 0.0)
        self._session.say(f"{found.path.name}: the model is unsure on {share:.1f} % of the leaf.")

    def _doubtful(self) -> PhotoRecord | None:
        records = self._session.records
        shown = (records[i] for i in self._photos.shown_ids() if i in records)
        open_ = [r for r in shown if r.photo_id not in self._visited and _is_open(r)]
        return max(open_, key=lambda r: r.doubt or 0.0, default=None)

    def _on_project(self) -> None:
        self._visited.clear()
        self._asked += 1
        self._photos.set_order(())
        project = self._session.project
        kept = project.get(KEPT, {}) if project is not None else {}
        kept = kept if isinstance(kept, dict) else {}
        by = str(kept.get("by"))
        order = by if by in ORDERS else BY_NAME
        falls = bool(kept.get("falling", ORDERS[order].falls))
        self._photos.order_row.set_order(order, falls)
        self.bring_up_to_date()
        self._refresh()

    def _on_chosen(self, order: str) -> None:
        project = self._session.project
        if project is not None and not project.read_only:
            kept = {"by": order, "falling": self._photos.falling}
            # One thread: the last choice is what is kept.
            run_task(
                lambda: project.set(KEPT, kept),
                on_error=self._session.fail,
                pool=storage_pool(),
                doing="keeping the order of the photos",
            )
        self._asked += 1  # an order that is still being worked out comes too late
        self.bring_up_to_date()

    def _on_ordered(self, project: Project, asked: int, ids: list[str]) -> None:
        if asked == self._asked and project is self._session.project:
            self._photos.set_order(ids)

    def _refresh(self) -> None:
        self._action.setEnabled(any(_is_open(r) for r in self._session.records.values()))


def in_order(
    project: Project, records: Iterable[PhotoRecord], order: str, falling: bool
) -> list[str]:
    """Photo ids in an order; those without a value are left out: they come last.

    Args:
        project: Of the photos.
        records: The photos, in the order of their names, which decides between equals.
        order: A key of `ORDERS` with a value for each photo.
        falling: Whether the largest comes first.

    Raises:
        StorageError: the project could not be read.
    """
    records = list(records)
    value = _VALUES[order](project, records)
    known = [r.photo_id for r in records if r.photo_id in value]
    sign = -1 if falling else 1
    return sorted(known, key=lambda i: sign * value[i])


def _dates(project: Project, records: list[PhotoRecord]) -> dict[str, float]:
    """When photos were taken, s; else when their files were written."""
    found: dict[str, float] = {}
    new: dict[str, str] = {}
    for record in records:
        taken = record.taken
        try:
            if not taken:
                captured = read_photo_facts(record.path).captured
                taken = new[record.photo_id] = captured.isoformat() if captured else NO_DATE
            if taken != NO_DATE:
                # The clock of the camera counts: where it stood is another matter.
                found[record.photo_id] = (
                    datetime.fromisoformat(taken).replace(tzinfo=None) - datetime(1970, 1, 1)
                ).total_seconds()
            else:
                written = datetime.fromtimestamp(record.path.stat().st_mtime)
                found[record.photo_id] = (written - datetime(1970, 1, 1)).total_seconds()
        except (AppError, OSError, ValueError):
            continue  # it stands last, and the list says elsewhere why it cannot be read
    if new and not project.read_only:
        project.set_taken(new)
    return found


def _field(name: str) -> Callable[[Project, list[PhotoRecord]], dict[str, float]]:
    def values(_: Project, records: list[PhotoRecord]) -> dict[str, float]:
        pairs = ((r.photo_id, getattr(r, name)) for r in records if not r.error)
        return {i: float(v) for i, v in pairs if v is not None and math.isfinite(v)}

    return values


def _novelty(project: Project, records: list[PhotoRecord]) -> dict[str, float]:
    vectors = comparable(records, project.vectors())
    learned = [
        r.photo_id
        for r in records
        if r.status in LEARNED and not r.keep_out and r.photo_id in vectors
    ]
    return novelties(vectors, learned)


def _is_open(record: PhotoRecord) -> bool:
    done = record.status in LEARNED or record.review == SKIPPED
    return record.doubt is not None and not (done or record.error or record.missing)


_VALUES: Mapping[str, Callable[[Project, list[PhotoRecord]], dict[str, Any]]] = {
    BY_DATE: _dates,
    BY_SEVERITY: _field("severity_pct"),
    BY_DOUBT: _field("doubt"),
    BY_NOVELTY: _novelty,
}
