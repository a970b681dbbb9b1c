"""A second view right of the canvas: another photo, or this one by another model version.

It is read-only. Photos that are open are shown as they are; others are read beside the work and
are never saved from here. Zoom and place are linked (`LinkedViews`).
"""

from PySide6.QtCore import QObject, QTimer

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.model_tree import State, Version, list_versions
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.linked_views import LinkedViews
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.photo_model import STATUS_TEXT
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.panels.side_view import MODEL, NEXT, PHOTO, PREVIOUS, SideView
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.presenters.display import FROM_LABELS
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.photo_tasks import Loaded, load_photo
from plantseg_gui.ui.presenters.reading import PRIORITY as READ_PRIORITY
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.side_looks import Looked, figures, look_at, other_version
from plantseg_gui.ui.presenters.version_runs import Run, VersionRuns
from plantseg_gui.ui.theme import Theme
from plantseg_gui.ui.view_state import LAYERS, ViewState

PAUSE_MS = 100
READ_ONLY = "Read-only: changes are made on the left"
_FOLLOWING = [(NEXT, "Next photo"), (PREVIOUS, "Previous photo")]


class SideBySide(QObject):
    """See the module's text.

    Attributes:
        side: The view.
        link: Keeps both views at one place.
        runs: Runs other versions.
    """

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        canvas: CanvasView,
        stage: Stage,
        photos: PhotosPanel,
        layers: ViewState,
        jobs: JobModel,
        theme: Theme,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._photos = session, store, photos
        self._layers, self._action = layers, actions["side_by_side"]
        self._kind = PHOTO
        self._wish = {PHOTO: NEXT, MODEL: ""}
        self._versions: list[Version] = []
        self._name = ""
        # The photo that is being read, and the run that was stopped by the person.
        self._reading = ""
        self._stopped: Run | None = None
        self.side = SideView(theme, actions)
        stage.put_beside(self.side, self.side.left_head)
        self.link = LinkedViews(canvas, self.side.canvas, self)
        self.runs = VersionRuns(session, jobs, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._refresh)
        self._connect()
        for name in LAYERS:
            self._on_layer(name)
        self._on_document()

    @property
    def on(self) -> bool:
        """Whether the second view is there."""
        return not self.side.isHidden()

    @property
    def document(self) -> Document | None:
        """What is shown on the right."""
        return self.side.canvas.document

    def set_on(self, on: bool) -> None:
        """Show or hide the second view; the place on the left stays."""
        on = on and self._session.document is not None
        self._action.setChecked(on)
        if on == self.on:
            return
        self.side.setVisible(on)
        self.link.set_on(on)
        if on:
            self._show_left()
            self.choose_kind(self._kind)
        else:
            self.link.show(None)
            self.runs.release()

    def choose_kind(self, kind: str) -> None:
        """Show another photo (`PHOTO`), or this one by another version (`MODEL`)."""
        self._kind = kind
        self.side.show_kind(kind)
        if kind == PHOTO:
            self.runs.cancel()
            self._fill_photos()
            self._refresh()
        else:
            self._list_versions()

    def choose(self, key: str) -> None:
        """Show a photo (`NEXT`, `PREVIOUS` or an id) or a version (its name)."""
        self._wish[self._kind] = key
        self._stopped = None
        self._refresh()

    def shutdown(self) -> None:
        """The window goes: nothing that its end still tells is answered."""
        self._pause.stop()
        self._pause.timeout.disconnect()
        self.runs.shutdown()
        self.side.canvas.shutdown()

    def _connect(self) -> None:
        session, side, runs = self._session, self.side, self.runs
        self._action.triggered.connect(self.set_on)
        side.closed.connect(lambda: self.set_on(False))
        side.kind_chosen.connect(self.choose_kind)
        side.chosen.connect(self.choose)
        side.pinned.connect(self.link.set_locked)
        side.act_wanted.connect(self._on_act)
        runs.finished.connect(lambda _: self._refresh())
        runs.progress.connect(self._on_progress)
        runs.failed.connect(self._on_failed)
        runs.stopped.connect(self._on_stopped)
        session.document_opened.connect(self._on_document)
        session.project_opened.connect(lambda: self._wish.update({PHOTO: NEXT}))
        self._photos.listed.connect(self._on_list)
        session.prediction_changed.connect(self._soon)
        session.record_changed.connect(self._on_record)
        session.model_changed.connect(self._on_model)
        session.scale_changed.connect(self._soon)
        self._layers.layer_changed.connect(self._on_layer)

    def _soon(self) -> None:
        if self.on and not self._pause.isActive():
            self._pause.start()

    def _on_layer(self, name: str) -> None:
        layers = self._layers
        self.side.canvas.set_layer(name, layers.visible(name), layers.opacity(name))

    def _on_list(self) -> None:
        if self.on and self._kind == PHOTO:
            self._fill_photos()
            self._soon()

    def _on_document(self) -> None:
        document = self._session.document
        self._action.setEnabled(document is not None)
        self._stopped = None
        if document is None:
            self.set_on(False)
        else:
            self._show_left()
            # The list learns of the photo in the same moment.
            QTimer.singleShot(0, self._refresh)

    def _on_record(self, photo_id: str) -> None:
        """The numbers on the left are others, or an act on many changed a photo on the right."""
        if photo_id == self._session.photo_id:
            self._show_left()
        shown = self.document
        closed = self._kind == PHOTO and self._store.document(photo_id) is None
        if shown is not None and photo_id == shown.document_id and closed:
            self.link.show(None)
            self._soon()

    def _show_left(self) -> None:
        record = self._session.records.get(self._session.photo_id)
        if record is not None:
            words = figures(record.severity_pct, record.lesion_count)
            self.side.show_left("  ·  ".join([*words, STATUS_TEXT[record.status]]))

    def _on_model(self) -> None:
        if self.on and self._kind == MODEL:
            self._list_versions()

    def _on_act(self) -> None:
        """The button below the waiting text: stop, or try again."""
        self._stopped = None
        if self.runs.running is not None:
            self.runs.cancel()
        else:
            self._refresh()

    def _fill_photos(self) -> None:
        rows = [(row.photo_id, row.path.name) for row in self._photos.model.rows]
        self.side.show_choices(_FOLLOWING + rows, self._wish[PHOTO])

    def _list_versions(self) -> None:
        current = self._session.model
        run_task(
            lambda: [v for v in list_versions(current) if v.state is not State.DAMAGED],
            on_done=self._on_versions,
            on_error=self._session.fail,
            doing="looking at the models",
        )

    def _on_versions(self, versions: list[Version]) -> None:
        self._versions = versions
        if not self.on or self._kind != MODEL:
            return
        if self._wish[MODEL] not in [v.name for v in versions]:
            self._wish[MODEL] = other_version(versions)
        in_use = {State.IN_USE: " (in use)"}
        rows = [(v.name, v.title + in_use.get(v.state, "")) for v in versions]
        self.side.show_choices(rows, self._wish[MODEL])
        self._refresh()

    def _refresh(self) -> None:
        """Show what is wished for: at once, or as soon as it is read or predicted."""
        document = self._session.document
        if not self.on or document is None:
            return
        if self._kind == PHOTO:
            self._show_photo()
        elif self._wish[MODEL]:
            self._show_version(document, self._wish[MODEL])
        else:
            self._wait("No model version is there", "Import one, or install the program again.")

    def _show_photo(self) -> None:
        wish = self._wish[PHOTO]
        steps = {NEXT: 1, PREVIOUS: -1}
        photo_id = self._photos.step(steps[wish]) if wish in steps else wish
        record, project = self._session.records.get(photo_id), self._session.project
        if record is None or project is None:
            self._reading = ""
            where = "after" if wish == NEXT else "before"
            self._wait(f"No photo comes {where} this one", "Choose another one above.")
            return
        found, shown = self._store.document(photo_id), self.document
        if found is None and shown is not None and shown.document_id == photo_id:
            found = shown
        if found is not None:
            self._present(found, record.path.name)
            return
        if self._reading == photo_id:
            return
        self._reading = photo_id
        self._wait(f"Reading {record.path.name}…")
        run_task(
            lambda: load_photo(project, record),
            on_done=self._on_loaded,
            on_error=lambda error: self._on_unreadable(record, error),
            priority=READ_PRIORITY - 1,
            doing=f"reading {record.path}",
        )

    def _on_loaded(self, loaded: Loaded) -> None:
        photo_id = loaded.document.document_id
        if photo_id != self._reading:
            return  # gone on meanwhile
        self._reading = ""
        if loaded.note is not None:
            self._session.fail(loaded.note)
        if self.on and self._kind == PHOTO:
            opened = self._store.document(photo_id)
            self._present(opened or loaded.document, loaded.record.path.name)

    def _on_unreadable(self, record: PhotoRecord, error: AppError) -> None:
        if record.photo_id == self._reading:
            self._reading = ""
            self._wait("This photo cannot be shown", f"{error.what}\n{error.do}".strip())

    def _show_version(self, document: Document, version: str) -> None:
        run = Run(document.document_id, version, self._session.scale, self._layers.mode)
        own = document.prediction
        same = own is not None and (own.model, own.scale) == (version, run.scale)
        prediction = own if same else self.runs.result(run)
        if prediction is not None:
            if self.runs.running is not None:
                self.runs.cancel()
            shown = self.document
            if shown is None or shown.prediction is not prediction:
                shown = Document(
                    document.document_id, document.image, prediction.labels, prediction=prediction
                )
            self._present(shown, version)
        elif run != self._stopped:
            self.runs.start(run, document)

    def _present(self, document: Document, name: str) -> None:
        if document is self.document and name == self._name and self.side.waiting is None:
            return
        self._name = name
        self.side.show_photo(name, tip=f"{name}\n{READ_ONLY}")
        self.link.show(document)
        leaf = self._session.leaves.get(document.document_id)
        run_task(
            lambda: look_at(document, leaf),
            on_done=self._on_looked,
            on_error=self._session.fail,
            doing=f"measuring {name}",
        )

    def _on_looked(self, looked: Looked) -> None:
        if looked.document is not self.document:
            return
        for name in LAYERS:
            if name not in FROM_LABELS:
                self.side.canvas.set_map(name, looked.maps.get(name))
        found = looked.diagnosis
        severity, lesions = (found.severity_pct, found.lesion_count) if found else (None, None)
        words = figures(severity, lesions)
        if self._kind == PHOTO:
            words.append(STATUS_TEXT[looked.document.status])
        self.side.show_photo(self._name, "  ·  ".join(words), f"{self._name}\n{READ_ONLY}")

    def _wait(self, title: str, text: str = "", *, act: str = "") -> None:
        self.link.show(None)
        self.side.show_waiting(title, text, act=act)

    def _on_progress(self, run: Run, share: float, text: str) -> None:
        if self.on and self._kind == MODEL:
            self.link.show(None)
            self.side.show_waiting(f"Looking with {run.version}", text, act="Cancel", share=share)

    def _on_failed(self, run: Run, error: AppError) -> None:
        if self.on and self._kind == MODEL:
            self._stopped = run
            self._wait(
                f"{run.version} cannot look at this photo",
                f"{error.what}\n{error.do}".strip(),
                act="Try again",
            )

    def _on_stopped(self, run: Run) -> None:
        wished = run[:2] == (self._session.photo_id, self._wish[MODEL])
        if self.on and self._kind == MODEL and wished:
            self._stopped = run
            self._wait("Stopped", f"{run.version} did not finish.", act="Run again")
