"""The object that lives in the inference thread and owns the network.

It keeps no state of jobs: the service on the main thread decides what runs, so there is no lock.
"""

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from plantseg_gui.core.cancel import Cancelled, CancelToken
from plantseg_gui.core.errors import AppError, InputError
from plantseg_gui.core.results import (
    JobStamp,
    Prediction,
    RgbArray,
    TileMode,
    TileUpdate,
    Uncertainty,
)
from plantseg_gui.core.scribbles import ScribbleProposal, ScribbleStroke
from plantseg_gui.jobs.bridge import Throttle, as_app_error, give_up
from plantseg_gui.jobs.engine import Engine, Head, Report


@dataclass(frozen=True)
class InferenceRequest:
    """One job.

    Attributes:
        stamp: Whose job it is.
        image: [H, W, 3] uint8; read only.
        mode: Tile mode.
        scale: Network px per design px: 1, or 2 for tiny lesions.
        prediction: The first pass, when the second is asked for; else None.
        token: Cancels this job alone.
    """

    stamp: JobStamp
    image: RgbArray
    mode: TileMode
    scale: float = 1.0
    prediction: Prediction | None = None
    token: CancelToken = field(default_factory=CancelToken)


@dataclass(frozen=True)
class FeatureRequest:
    """Read the photo's features and keep them, for scribbles.

    Attributes:
        stamp: Whose job it is.
        image: [H, W, 3] uint8; read only.
        scale: Network px per design px, used without a prediction.
        prediction: What the scribbles correct; None: what the network says in this run.
        token: Cancels this job alone.
    """

    stamp: JobStamp
    image: RgbArray
    scale: float = 1.0
    prediction: Prediction | None = None
    token: CancelToken = field(default_factory=CancelToken)


@dataclass(frozen=True)
class FitRequest:
    """Learn from strokes on the photo whose features are kept.

    Attributes:
        stamp: Whose job it is.
        strokes: All of the photo's, in their order.
        token: Cancels this job alone.
    """

    stamp: JobStamp
    strokes: tuple[ScribbleStroke, ...]
    token: CancelToken = field(default_factory=CancelToken)


Request = InferenceRequest | FeatureRequest | FitRequest


class FeaturesKept:
    """The result of a `FeatureRequest`: the features stay in the thread."""


Result = Prediction | Uncertainty | FeaturesKept | ScribbleProposal


@dataclass(frozen=True)
class LoadRequest:
    """Load this model folder next."""

    folder: Path
    token: CancelToken


@dataclass(frozen=True)
class Outcome:
    """How a job ended: with a result, an error, or None when it was cancelled."""

    request: Request
    result: Result | AppError | None


class InferenceWorker(QObject):
    """Runs one request at a time and reports each by exactly one `ended`."""

    tile = Signal(object, object)  # JobStamp, TileUpdate
    advanced = Signal(object, int, int, str)  # JobStamp, done, total, text
    ended = Signal(object)  # Outcome
    loaded = Signal(str)  # "name (device)"
    load_failed = Signal(object)  # AppError
    status = Signal(str)
    hardware = Signal(str)  # the graphics card, "" without one

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self._wanted: LoadRequest | None = None
        self._loaded = False
        # Of the photo on screen: its document id, and what learns from scribbles on it.
        self._head: tuple[str, Head] | None = None

    @Slot(object)
    def load(self, request: LoadRequest) -> None:
        """Load a model now, so that the first photo need not wait for it."""
        self._wanted = request
        self._loaded, self._head = False, None
        try:
            self._ensure_loaded()
        except Cancelled:
            return
        except AppError as error:
            self.load_failed.emit(error)

    @Slot()
    def unload(self) -> None:
        """Free the network; the next job loads it again."""
        self._engine.close()
        self._loaded, self._head = False, None

    @Slot()
    def forget_features(self) -> None:
        """Give the memory of the photo's features back."""
        self._head = None

    @Slot(str, int)
    def configure(self, device: str, threads: int) -> None:
        """Use another processor; the next job loads the network again."""
        self._engine.configure(device, threads)
        self._loaded, self._head = False, None

    @Slot(object)
    def run(self, request: Request) -> None:
        """Run one job; whatever happens in it, `ended` follows."""
        result: Result | AppError | None
        try:
            result = self._run(request)
        except Cancelled:
            result = None
        except Exception as error:  # noqa: BLE001 - the border of the thread: nothing may leave it
            learning = isinstance(request, FitRequest)
            result = as_app_error(error, "learning strokes" if learning else "finding lesions")
        self.ended.emit(Outcome(request, result))

    def _run(self, request: Request) -> Result:
        request.token.raise_if_cancelled()
        if isinstance(request, FitRequest):
            result = self._fit(request)
        else:
            self._ensure_loaded()
            result = self._look(request)
        request.token.raise_if_cancelled()
        give_up(result)
        return result

    def _fit(self, request: FitRequest) -> Result:
        if self._head is None or self._head[0] != request.stamp.document_id:
            raise InputError(
                "The photo's features are not there any more.", "Take up the scribble tool again."
            )
        return self._head[1].fit(request.strokes)

    def _look(self, request: InferenceRequest | FeatureRequest) -> Result:
        progress = Throttle(
            lambda done, total, text: self.advanced.emit(request.stamp, done, total, text)
        )
        report = Report(progress, self.status.emit)
        if isinstance(request, FeatureRequest):
            self._head = None  # two photos' features would be kept at once
            head = self._engine.scribble_head(
                request.image, request.prediction, request.scale, request.token, report
            )
            self._head = request.stamp.document_id, head
            return FeaturesKept()
        if request.prediction is not None:
            return self._engine.uncertainty(
                request.image, request.prediction, request.token, report
            )

        def on_tile(update: TileUpdate) -> None:
            give_up(update)
            self.tile.emit(request.stamp, update)

        return self._engine.predict(
            request.image, request.mode, request.token, on_tile, report, request.scale
        )

    def _ensure_loaded(self) -> None:
        """Load the wanted model unless it is there.

        Raises:
            AppError: there is none, or it cannot be loaded.
            Cancelled: the window is closing.
        """
        if self._loaded:
            return
        if self._wanted is None:
            raise InputError("No model is chosen.", "Choose one in the list of models.")
        self.status.emit("Loading model…")
        try:
            name = self._engine.load(self._wanted.folder, self._wanted.token)
        except Cancelled:
            raise
        except Exception as error:
            doing = f"loading the model {self._wanted.folder.name}"
            problem = as_app_error(error, doing)
            self.status.emit(problem.what)
            raise problem from error
        self._loaded = True
        self.hardware.emit(self._engine.graphics_card())
        self.status.emit(f"Model {name} is ready.")
        self.loaded.emit(name)
