"""Asks for the right photos: puts them into the order of what their correction would teach.

The order is worked out in the pool, a moment after the last change of what it hangs on. The key
"next photo that teaches most" follows the newest one at once; the rows of the list move only when a
folder is opened, a model was chosen or kept, many photos have been looked at again, or the person
chooses the order anew: never in the middle of the work.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import Descriptor
from plantseg_gui.core.teaching import Asked, Candidate, teaching_order
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.photo_record import SKIPPED
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.order_row import TEACHING
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

SETTLE_MS = 1500
LEARNED = ("corrected", "approved")


class Ranked(NamedTuple):
    """An order, and what it was worked out from.

    Attributes:
        asked: The photos that might be corrected, the one that teaches most first.
        texts: By photo id its place and the reason, for a tooltip.
        facts: By photo id what the order hangs on.
    """

    asked: list[Asked]
    texts: dict[str, str]
    facts: dict[str, Any]


class Teaching(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        actions: Actions,
        predicting: Callable[[], bool],
        window: QWidget,
    ) -> None:
        """Args: predicting: whether many photos are being looked at just now."""
        super().__init__(window)
        self._session, self._store, self._photos = session, store, photos
        self._predicting = predicting
        self._ranked = Ranked([], {}, {})
        self._visited: set[str] = set()
        self._working = self._again = self._move_rows = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._on_settled)
        self._act = actions["next_teaching"]
        self._act.triggered.connect(self.go_on)
        photos.order_chosen.connect(self._on_chosen)
        session.project_opened.connect(self._on_project)
        session.model_changed.connect(self.work_out)
        session.record_changed.connect(self._on_record)
        self._act.setEnabled(False)

    @property
    def asked(self) -> list[Asked]:
        """The newest order."""
        return self._ranked.asked

    def work_out(self) -> None:
        """Work the order out now, and let the list follow it."""
        self._move_rows = True
        self._visited.clear()
        self._work_out()

    def go_on(self) -> None:
        """Show the photo that teaches most of those not corrected and not shown by this before."""
        self._visited.add(self._session.photo_id)
        asked = self._next()
        if asked is None:
            # All were shown once: from the beginning.
            self._visited.clear()
            asked = self._next()
        if asked is None:
            self._session.say("Every photo is corrected, approved or part of your test set.")
            return
        self._visited.add(asked.key)
        self._photos.show_current(asked.key)
        self._store.show(asked.key)
        self._session.say(f"{self._session.records[asked.key].path.name}: {asked.reason}.")

    def _next(self) -> Asked | None:
        ranked = (a for a in self.asked if a.key not in self._visited and self._is_open(a.key))
        return next(ranked, None)

    def _is_open(self, photo_id: str) -> bool:
        record = self._session.records.get(photo_id)
        return record is not None and _may_be_asked(record)

    def _on_project(self) -> None:
        self._timer.stop()
        self._ranked = Ranked([], {}, {})
        self._photos.set_reasons({})
        self._act.setEnabled(False)
        self.work_out()

    def _on_record(self, photo_id: str) -> None:
        record = self._session.records.get(photo_id)
        if record is not None and self._ranked.facts.get(photo_id) != _facts(record):
            self._timer.start()

    def _on_settled(self) -> None:
        if self._predicting():
            # The rows follow once all of them are done.
            self._move_rows = True
            self._timer.start()
        else:
            self._work_out()

    def _on_chosen(self, order: str) -> None:
        if order == TEACHING:
            self.work_out()

    def _work_out(self) -> None:
        project = self._session.project
        if project is None:
            return
        if self._working:
            self._again = True
            return
        self._timer.stop()
        self._working = True
        move_rows, self._move_rows = self._move_rows, False
        records = list(self._session.records.values())
        run_task(
            lambda: rank(project, records),
            on_done=lambda ranked: self._on_ranked(project, ranked, move_rows),
            on_error=self._on_error,
            doing="ordering the photos by what they would teach",
        )

    def _on_ranked(self, project: Project, ranked: Ranked, move_rows: bool) -> None:
        self._working = False
        if self._again or project is not self._session.project:
            self._again = False
            self._move_rows |= move_rows
            self._work_out()
            return
        self._ranked = ranked
        self._act.setEnabled(bool(ranked.asked))
        self._photos.set_reasons(ranked.texts)
        if move_rows and self._photos.order == TEACHING:
            keys = [a.key for a in ranked.asked]
            self._photos.set_order(keys if self._photos.falling else keys[::-1])

    def _on_error(self, error: AppError) -> None:
        self._working = self._again = False
        self._session.fail(error)


def rank(project: Project, records: Iterable[PhotoRecord]) -> Ranked:
    """Read what the photos look like and work their order out; takes its time."""
    records = list(records)
    asked = ask_of(records, project.vectors())
    texts = {a.key: f"No. {n} to correct: {a.reason}" for n, a in enumerate(asked, 1)}
    return Ranked(asked, texts, {r.photo_id: _facts(r) for r in records})


def ask_of(records: Iterable[PhotoRecord], vectors: Mapping[str, Descriptor]) -> list[Asked]:
    """The photos that might be corrected, the one that teaches most first.

    Vectors of one encoder are compared: the one that most photos were looked at with. The others'
    photos stand in the order of their doubt alone.
    """
    records = list(records)
    known = comparable(records, vectors)
    return teaching_order(
        [
            Candidate(
                r.photo_id,
                r.doubt,
                known.get(r.photo_id),
                leaf=r.status == "new" or r.leaf_area_px is not None,
            )
            for r in records
            if _may_be_asked(r)
        ],
        [
            known[r.photo_id]
            for r in records
            if r.status in LEARNED and not r.keep_out and r.photo_id in known
        ],
    )


def comparable(
    records: Iterable[PhotoRecord], vectors: Mapping[str, Descriptor]
) -> dict[str, npt.NDArray[np.floating]]:
    """The vectors of the encoder that most of the photos were looked at with, by photo id."""
    encoders = Counter(
        sorted(vectors[r.photo_id].encoder for r in records if r.photo_id in vectors)
    )
    encoder = encoders.most_common(1)[0][0] if encoders else ""
    return {k: d.vector for k, d in vectors.items() if d.encoder == encoder}


def _may_be_asked(record: PhotoRecord) -> bool:
    readable = not record.error and not record.missing and record.review != SKIPPED
    return readable and not record.keep_out and record.status not in LEARNED


def _facts(record: PhotoRecord) -> tuple[Any, ...]:
    """What a photo's place hangs on."""
    return record.doubt, record.model, record.status in LEARNED, _may_be_asked(record)
