"""The window's door to the network: one job at a time, the newest wins, each ends exactly once.

All state of jobs lives here, on the main thread; the worker only runs what it is given. A job ends
with one of `finished`, `uncertainty_ready`, `features_ready`, `proposed`, `failed` or `cancelled`,
also when its result arrives after it was replaced: so no photo stays "running".
"""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.results import (
    JobStamp,
    Prediction,
    RgbArray,
    TileMode,
    TileUpdate,
    Uncertainty,
)
from plantseg_gui.core.scribbles import ScribbleProposal, ScribbleStroke
from plantseg_gui.jobs.bridge import connect_queued
from plantseg_gui.jobs.engine import Engine, TorchEngine
from plantseg_gui.jobs.inference_worker import (
    FeatureRequest,
    FeaturesKept,
    FitRequest,
    InferenceRequest,
    InferenceWorker,
    LoadRequest,
    Outcome,
    Request,
)

SHUTDOWN_WAIT_MS = 5000


class InferenceService(QObject):
    """Runs predictions in one long-lived thread.

    Signals carry the stamp of the job that they speak of; the receiver compares document and
    revision with what it shows before it applies anything.
    """

    model_ready = Signal(str)  # "name (device)"
    model_failed = Signal(object)  # AppError
    tile_ready = Signal(object, object)  # JobStamp, TileUpdate
    finished = Signal(object, object)  # JobStamp, Prediction
    uncertainty_ready = Signal(object, object)  # JobStamp, Uncertainty
    features_ready = Signal(object)  # JobStamp
    proposed = Signal(object, object)  # JobStamp, ScribbleProposal
    failed = Signal(object, object)  # JobStamp, AppError
    cancelled = Signal(object)  # JobStamp
    progress = Signal(object, int, int, str)  # JobStamp, done, total, text
    status = Signal(str)
    hardware_found = Signal(str)  # the graphics card, "" without one; after a model was loaded
    _load = Signal(object)
    _run = Signal(object)
    _unload = Signal()
    _configure = Signal(str, int)
    _forget = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        engine: Callable[[], Engine] = TorchEngine,
    ) -> None:
        """Make the service; its thread starts with the first model or request.

        Args:
            parent: Owner.
            engine: Makes the engine; called once.
        """
        super().__init__(parent)
        self._job_ids = itertools.count(1)
        self._running: Request | None = None
        self._waiting: Request | None = None
        self._load_token = CancelToken()
        self._closed = False
        self._thread = QThread()
        self._thread.setObjectName("inference")
        self._worker = InferenceWorker(engine())
        self._worker.moveToThread(self._thread)
        connect_queued(
            {
                self._load: self._worker.load,
                self._run: self._worker.run,
                self._unload: self._worker.unload,
                self._configure: self._worker.configure,
                self._forget: self._worker.forget_features,
                self._worker.hardware: self._on_hardware,
                self._worker.tile: self._on_tile,
                self._worker.advanced: self._on_advanced,
                self._worker.ended: self._on_ended,
                self._worker.loaded: self._on_loaded,
                self._worker.load_failed: self._on_load_failed,
                self._worker.status: self._on_status,
            }
        )

    @property
    def current(self) -> JobStamp | None:
        """The newest job that was neither ended nor cancelled."""
        newest = self._waiting or self._running
        return newest.stamp if newest is not None and not newest.token.cancelled else None

    @property
    def busy(self) -> bool:
        """Whether the thread works on a job or one waits."""
        return self._running is not None or self._waiting is not None

    @property
    def fitting(self) -> bool:
        """Whether nothing but scribbles is worked on: newer ones may take their place."""
        jobs = [job for job in (self._running, self._waiting) if job is not None]
        return bool(jobs) and all(isinstance(job, FitRequest) for job in jobs)

    def set_model(self, folder: Path) -> None:
        """Load another model; a running job is cancelled, it would speak of the model before.

        `model_ready` or `model_failed` follows.
        """
        if self._closed:
            return
        if self._running is not None:
            self._running.token.cancel()
        self._load_token.cancel()
        self._load_token = CancelToken()
        self._start_thread()
        self._load.emit(LoadRequest(Path(folder), self._load_token))

    def unload(self) -> None:
        """Free the network (one GPU, training is about to start); the next job loads it again."""
        self.cancel()
        self._unload.emit()

    def configure(self, device: str, threads: int) -> None:
        """Use another processor and thread count; what runs is cancelled.

        The next job loads the network again, and `model_ready` or its failure follows.

        Args:
            device: "auto", "cpu" or "cuda".
            threads: 0 = as many as there are cores.
        """
        if not self._closed:
            self.cancel()
            self._configure.emit(device, threads)

    def request(
        self,
        document_id: str,
        revision: int,
        image: RgbArray,
        mode: TileMode = TileMode.ADAPTIVE,
        scale: float = 1.0,
    ) -> JobStamp:
        """Ask for a prediction; an older job is cancelled.

        Args:
            document_id: Whose photo.
            revision: The document's revision now.
            image: [H, W, 3] uint8; must not change while the job runs.
            mode: Tile mode.
            scale: Network px per design px: 1, or 2 for tiny lesions.

        Returns:
            The stamp that every signal about this job carries.
        """
        stamp = JobStamp(document_id, revision, next(self._job_ids))
        return self._submit(InferenceRequest(stamp, image, mode, scale))

    def request_uncertainty(
        self, document_id: str, revision: int, image: RgbArray, prediction: Prediction
    ) -> JobStamp:
        """Ask for the second pass over a photo; an older job is cancelled. See `request`."""
        stamp = JobStamp(document_id, revision, next(self._job_ids))
        return self._submit(
            InferenceRequest(stamp, image, prediction.mode, prediction.scale, prediction)
        )

    def request_features(
        self,
        document_id: str,
        revision: int,
        image: RgbArray,
        prediction: Prediction | None,
        scale: float = 1.0,
    ) -> JobStamp:
        """Ask for the photo's features to be read and kept; an older job is cancelled.

        They stay until another photo's are asked for, the model changes, or `forget_features`.

        Args:
            document_id: Whose photo.
            revision: See `request`.
            image: See `request`.
            prediction: What scribbles will correct; None: what the network says in this run.
            scale: See `request`; used without a prediction.
        """
        stamp = JobStamp(document_id, revision, next(self._job_ids))
        return self._submit(FeatureRequest(stamp, image, scale, prediction))

    def request_fit(
        self, document_id: str, revision: int, strokes: Sequence[ScribbleStroke]
    ) -> JobStamp:
        """Ask for a proposal from all strokes of the photo; an older job is cancelled.

        Its features must be there (`features_ready`), else `failed` follows.
        """
        stamp = JobStamp(document_id, revision, next(self._job_ids))
        return self._submit(FitRequest(stamp, tuple(strokes)))

    def forget_features(self) -> None:
        """Give the memory of the photo's features back: the scribble tool is put down."""
        if not self._closed:
            self._forget.emit()

    def cancel(self) -> None:
        """Stop what runs at its next tile and drop what waits; `cancelled` follows."""
        if self._running is not None:
            self._running.token.cancel()
        self._drop_waiting()

    def shutdown(self) -> None:
        """Cancel, then wait for the thread: destroying a running one aborts the program.

        Blocks until the tile or import that runs has ended.
        """
        if self._closed:
            return
        self._closed = True
        self.cancel()
        self._load_token.cancel()
        if self._thread.isRunning():
            self._thread.quit()
            if not self._thread.wait(SHUTDOWN_WAIT_MS):
                self.status.emit("Waiting for the network to finish its last step…")
                self._thread.wait()
        if self._running is not None:
            stamp, self._running = self._running.stamp, None
            self.cancelled.emit(stamp)

    def _start_thread(self) -> None:
        if not self._thread.isRunning():
            self._thread.start()

    def _submit(self, request: Request) -> JobStamp:
        if self._closed:
            request.token.cancel()
            self.cancelled.emit(request.stamp)
            return request.stamp
        self._start_thread()
        self.cancel()
        self._waiting = request
        self._dispatch()
        return request.stamp

    def _dispatch(self) -> None:
        if self._running is None and self._waiting is not None:
            self._running, self._waiting = self._waiting, None
            self._run.emit(self._running)

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            dropped, self._waiting = self._waiting, None
            dropped.token.cancel()
            self.cancelled.emit(dropped.stamp)

    def _is_live(self, stamp: JobStamp) -> bool:
        running = self._running
        return running is not None and running.stamp == stamp and not running.token.cancelled

    @Slot(object, object)
    def _on_tile(self, stamp: JobStamp, update: TileUpdate) -> None:
        if self._is_live(stamp):
            self.tile_ready.emit(stamp, update)

    @Slot(object, int, int, str)
    def _on_advanced(self, stamp: JobStamp, done: int, total: int, text: str) -> None:
        if self._is_live(stamp):
            self.progress.emit(stamp, done, total, text)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        stamp, result = outcome.request.stamp, outcome.result
        if self._running is None or self._running.stamp != stamp:
            return  # already reported by shutdown()
        self._running = None
        if result is None or outcome.request.token.cancelled:
            self.cancelled.emit(stamp)
        elif isinstance(result, AppError):
            self.failed.emit(stamp, result)
        elif isinstance(result, Uncertainty):
            self.uncertainty_ready.emit(stamp, result)
        elif isinstance(result, FeaturesKept):
            self.features_ready.emit(stamp)
        elif isinstance(result, ScribbleProposal):
            self.proposed.emit(stamp, result)
        else:
            self.finished.emit(stamp, result)
        self._dispatch()

    @Slot(str)
    def _on_loaded(self, name: str) -> None:
        self.model_ready.emit(name)

    @Slot(object)
    def _on_load_failed(self, error: AppError) -> None:
        self.model_failed.emit(error)

    @Slot(str)
    def _on_hardware(self, card: str) -> None:
        self.hardware_found.emit(card)

    @Slot(str)
    def _on_status(self, text: str) -> None:
        self.status.emit(text)
