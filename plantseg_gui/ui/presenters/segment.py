"""Runs the model on the photo on screen and brings its result in, tile by tile.

A result counts only while its photo is on screen; what a person painted meanwhile is never
overwritten (`Document.set_prediction`). Uncertainty follows as a second pass of its own.
"""

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QTimer, Slot

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import JobStamp, Prediction, TileMode, TileUpdate, Uncertainty
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.models import ModelRecord, list_models, read_model, resolve_model
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_switch
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.view_state import ViewState

FINDING = "Finding lesions"
UNSURE_PASS = "Computing uncertainty"
PATIENCE_MS = 1500


class Segment(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        service: InferenceService,
        jobs: JobModel,
        canvas: CanvasView,
        view: ViewState,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._service, self._jobs = session, service, jobs
        self._canvas, self._view, self._actions = canvas, view, actions
        self._stamp: JobStamp | None = None
        self._document: Document | None = None
        self._prediction: Prediction | None = None
        self._job = 0
        self._ready = False
        self._chosen = self._closed = False
        self._device = ""
        self._threshold = 0.5
        service.tile_ready.connect(self._on_tile)
        service.finished.connect(self._on_finished)
        service.uncertainty_ready.connect(self._on_uncertainty)
        service.failed.connect(self._on_failed)
        service.cancelled.connect(self._on_cancelled)
        service.progress.connect(self._on_progress)
        service.status.connect(session.say)
        service.model_ready.connect(self._on_model_ready)
        service.model_failed.connect(self._on_model_failed)
        session.document_opened.connect(self._on_document)
        session.model_changed.connect(self._load_model)
        session.prediction_changed.connect(self._refresh)
        session.settings_changed.connect(self._on_settings)
        session.scale_changed.connect(self._auto_run)
        actions["run"].triggered.connect(lambda: self.run())
        actions["uncertainty"].triggered.connect(lambda: self.run_uncertainty())
        self._bind_settings()
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether a job for the photo on screen runs."""
        return self._stamp is not None

    @property
    def ready(self) -> bool:
        """Whether the network is loaded."""
        return self._ready

    def choose_model_soon(self, *, wait_for_photo: bool) -> None:
        """Take up the default model of the shelf; once, after the window is visible.

        Args:
            wait_for_photo: A photo is about to be shown. While torch's libraries are being mapped,
                the loader's lock is held for half a second; a thread that imports any extension
                module meanwhile waits for that lock with the interpreter's lock in its hand, and
                the window stands still (measured: 0.4 to 1.2 s). So the first photo, which brings
                in the image readers and the database, goes first.
        """
        if wait_for_photo:
            self._session.document_opened.connect(self._on_first_photo)
        QTimer.singleShot(PATIENCE_MS if wait_for_photo else 0, self._choose_model)

    def _on_first_photo(self) -> None:
        if self._session.document is not None:
            self._choose_model()

    def _choose_model(self) -> None:
        if self._chosen:
            return
        self._chosen = True
        run_task(_default, on_done=self._on_default, on_error=self._session.fail)

    def run(self) -> None:
        """Find the lesions of the photo on screen."""
        document = self._session.document
        if document is None or not self._session.model:
            return
        self._begin(document, FINDING)
        self._canvas.preview_threshold = self._threshold
        self._canvas.clear_preview()
        self._stamp = self._service.request(
            document.document_id,
            document.revision,
            document.image,
            self._view.mode,
            self._session.scale,
        )

    def run_uncertainty(self) -> None:
        """Second pass over the photo on screen."""
        document = self._session.document
        if document is None or document.prediction is None:
            return
        if document.prediction.model != self._session.model:
            # One model's doubts say nothing about another's prediction.
            self._session.say(
                f"This prediction is by {document.prediction.model}, the model in use is "
                f"{self._session.model}: run the model first (Model menu)."
            )
            return
        self._begin(document, UNSURE_PASS)
        self._prediction = document.prediction
        self._stamp = self._service.request_uncertainty(
            document.document_id, document.revision, document.image, document.prediction
        )

    def cancel(self) -> None:
        """Stop what runs."""
        self._service.cancel()

    def release_gpu(self) -> None:
        """Free a GPU's memory for the training process; the next run loads the network again."""
        if "cuda" in self._device:
            self._service.unload()

    def shutdown(self) -> None:
        """The window goes: begin nothing any more, and wait for the thread."""
        self._chosen = self._closed = True
        self._service.shutdown()

    def _begin(self, document: Document, text: str) -> None:
        self._end()
        self._document, self._prediction = document, None
        self._job = self._jobs.add(text, self.cancel)

    def _end(self) -> None:
        if self._job:
            self._jobs.remove(self._job)
        self._job, self._stamp = 0, None
        self._document, self._prediction = None, None

    def _on_document(self) -> None:
        document = self._session.document
        if self._stamp is not None and (
            document is None or document.document_id != self._stamp.document_id
        ):
            self._service.cancel()
            self._end()
        self._refresh()
        self._auto_run()

    def _auto_run(self) -> None:
        """Run by itself where no such prediction is there and no person's work is."""
        document = self._session.document
        if document is None or not self._ready or not self._session.settings.predict_on_open:
            return
        prediction = document.prediction
        wanted = self._session.model, self._session.scale
        if prediction is None or (
            (prediction.model, prediction.scale) != wanted and document.status == "predicted"
        ):
            self.run()

    @Slot(object, object)
    def _on_tile(self, stamp: JobStamp, update: TileUpdate) -> None:
        document = self._session.document
        if stamp == self._stamp and document is not None and not document.human_edits:
            self._canvas.show_tile(update)

    @Slot(object, int, int, str)
    def _on_progress(self, stamp: JobStamp, done: int, total: int, text: str) -> None:
        if stamp == self._stamp:
            self._jobs.update(self._job, done, total, text)

    @Slot(object, object)
    def _on_finished(self, stamp: JobStamp, prediction: Prediction) -> None:
        document = self._document
        if stamp != self._stamp or document is None:
            return
        self._end()
        self._canvas.clear_preview()
        if not self._session.is_shown(document):
            return
        filled = document.set_prediction(prediction)
        for warning in prediction.warnings:
            self._session.say(warning)
        if not filled:
            self._session.say(
                "The new prediction waits beside your mask: Accept takes it, Reset goes back to it."
            )
        elif not prediction.warnings:
            self._session.say(f"Done in {prediction.seconds:.1f} s.")
        self._refresh()
        if self._session.settings.uncertainty_on_open:
            self.run_uncertainty()

    @Slot(object, object)
    def _on_uncertainty(self, stamp: JobStamp, uncertainty: Uncertainty) -> None:
        document, prediction = self._document, self._prediction
        if stamp != self._stamp or document is None or prediction is None:
            return
        self._end()
        # Another run since: this uncertainty speaks of the one before.
        now = document.prediction
        if now is not None and now.probability is prediction.probability:
            document.update_prediction(now.with_uncertainty(uncertainty))
        self._refresh()

    @Slot(object, object)
    def _on_failed(self, stamp: JobStamp, error: AppError) -> None:
        if stamp == self._stamp:
            self._end()
            self._canvas.clear_preview()
            self._session.fail(error)
            self._refresh()

    @Slot(object)
    def _on_cancelled(self, stamp: JobStamp) -> None:
        if stamp == self._stamp:
            first_pass = self._prediction is None
            self._end()
            self._canvas.clear_preview()
            self._session.say(
                "Stopped. Run the model again for a mask." if first_pass else "Stopped."
            )
            self._refresh()

    def _on_settings(self, names: frozenset[str]) -> None:
        """Another processor: the network is loaded again at the next photo, or now if it runs."""
        if names & {"device", "threads"}:
            running, first_pass = self.running, self._prediction is None
            self._service.configure(self._session.settings.device, self._session.settings.threads)
            if running and first_pass:
                self.run()

    def _load_model(self) -> None:
        name = self._session.model
        self._ready = False
        self._refresh()
        run_task(
            lambda: resolve_model(name),
            on_done=self._on_resolved,
            on_error=self._on_model_failed,
            doing=f"looking for the model {name}",
        )

    def _on_default(self, record: ModelRecord | None) -> None:
        if record is not None and not self._closed:
            self._session.set_model(record.name)

    def _on_resolved(self, folder: Path) -> None:
        record = read_model(folder)
        if record.name == self._session.model:
            self._threshold = record.meta.threshold
            self._service.set_model(folder)

    @Slot(str)
    def _on_model_ready(self, text: str) -> None:
        self._ready = True
        self._device = text
        self._session.say(f"Model ready: {text}.")
        self._refresh()
        self._auto_run()

    @Slot(object)
    def _on_model_failed(self, error: AppError) -> None:
        self._ready = False
        self._session.fail(error)
        self._refresh()

    def _refresh(self) -> None:
        document = self._session.document
        ready = document is not None and bool(self._session.model)
        self._actions.enable(ready, "run")
        self._actions.enable(
            ready and document is not None and document.prediction is not None, "uncertainty"
        )

    def _bind_settings(self) -> None:
        session, view, actions = self._session, self._view, self._actions
        actions["auto_run"].setChecked(session.settings.predict_on_open)
        actions["auto_run"].triggered.connect(lambda on: session.keep(predict_on_open=on))
        actions["auto_uncertainty"].setChecked(session.settings.uncertainty_on_open)
        actions["auto_uncertainty"].triggered.connect(
            lambda on: session.keep(uncertainty_on_open=on)
        )
        for mode in TileMode:
            bind_switch(
                actions[f"mode_{mode}"],
                view.mode_changed,
                lambda mode=mode: view.mode == mode,  # type: ignore[misc]
                lambda _, mode=mode: view.set_mode(mode),  # type: ignore[misc]
            )


def _default() -> ModelRecord | None:
    # See `choose_model_soon`: the image readers' extension modules, before torch is mapped.
    Image.init()
    folder = resolve_model()
    return next((r for r in list_models() if r.folder == folder), None)
