"""What the inference thread runs: the network behind a small interface.

Nothing here imports torch until `load`; the interface is what lets tests inject faults.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from plantseg_gui.core.cancel import CancelToken, Progress
from plantseg_gui.core.results import (
    Prediction,
    RgbArray,
    TileMode,
    TileUpdate,
    Uncertainty,
)
from plantseg_gui.core.scribbles import ScribbleProposal, ScribbleStroke
from plantseg_gui.jobs.torch_loading import load_torch


class Report(NamedTuple):
    """Whom a job tells how it goes.

    Attributes:
        progress: Gets done, total, text.
        notify: Gets a sentence when something had to be changed on the way.
    """

    progress: Progress
    notify: Callable[[str], None]


class Head(Protocol):
    """What learns from scribbles on one photo."""

    def fit(self, strokes: Sequence[ScribbleStroke]) -> ScribbleProposal:
        """A proposal for the whole photo; at most 0.2 s."""


class Engine(Protocol):
    """A loaded model. All methods are called in the inference thread, one at a time."""

    def load(self, folder: Path, token: CancelToken) -> str:
        """Load a model folder in place of the one before; returns "name (device)"."""

    def predict(
        self,
        image: RgbArray,
        mode: TileMode,
        token: CancelToken,
        on_tile: Callable[[TileUpdate], None],
        report: Report,
        scale: float,
    ) -> Prediction:
        """Find the lesions of a photo [H, W, 3] uint8; scale is 1, or 2 for tiny lesions."""

    def uncertainty(
        self, image: RgbArray, prediction: Prediction, token: CancelToken, report: Report
    ) -> Uncertainty:
        """The second pass over the same photo."""

    def scribble_head(
        self,
        image: RgbArray,
        prediction: Prediction | None,
        scale: float,
        token: CancelToken,
        report: Report,
    ) -> Head:
        """Read a photo's features, for scribbles that correct `prediction`."""

    def close(self) -> None:
        """Let go of the network and its memory."""

    def configure(self, device: str, threads: int) -> None:
        """Use another processor ("auto", "cpu", "cuda") and thread count (0 = all) from now on.

        The network is let go of; `load` follows.
        """

    def graphics_card(self) -> str:
        """The graphics card that could be used, once loaded; empty where there is none."""


class TorchEngine:
    """The real one."""

    def __init__(self, device: str = "auto", threads: int = 0) -> None:
        self._device, self._threads = device, threads
        self._predictor: Any = None

    def load(self, folder: Path, token: CancelToken) -> str:
        """See `Engine.load`.

        Raises:
            InputError: the folder holds no usable model.
            Cancelled: the window was closed meanwhile.
        """
        load_torch(token)
        from plantseg_gui.inference.device import pick_device, set_thread_policy
        from plantseg_gui.inference.predictor import Predictor
        from plantseg_gui.nn.checkpoint import load_model

        token.raise_if_cancelled()
        set_thread_policy(self._threads)
        policy = pick_device(self._device)
        model = load_model(folder)
        token.raise_if_cancelled()
        self._predictor = Predictor(model, policy)
        return f"{model.meta.name} ({self._predictor.device_label})"

    def predict(
        self,
        image: RgbArray,
        mode: TileMode,
        token: CancelToken,
        on_tile: Callable[[TileUpdate], None],
        report: Report,
        scale: float,
    ) -> Prediction:
        """See `Engine.predict`."""
        result: Prediction = self._predictor.predict(
            image,
            mode=mode,
            token=token,
            on_tile=on_tile,
            progress=report.progress,
            notify=report.notify,
            scale_factor=scale,
        )
        return result

    def uncertainty(
        self, image: RgbArray, prediction: Prediction, token: CancelToken, report: Report
    ) -> Uncertainty:
        """See `Engine.uncertainty`."""
        result: Uncertainty = self._predictor.uncertainty(
            image, prediction, token, report.progress, notify=report.notify
        )
        return result

    def scribble_head(
        self,
        image: RgbArray,
        prediction: Prediction | None,
        scale: float,
        token: CancelToken,
        report: Report,
    ) -> Head:
        """See `Engine.scribble_head`."""
        from plantseg_gui.inference.scribble import ScribbleHead

        features = self._predictor.photo_features(
            image,
            scale_factor=scale if prediction is None else prediction.scale,
            token=token,
            progress=report.progress,
            notify=report.notify,
        )
        token.raise_if_cancelled()
        return ScribbleHead(features, prediction, self._predictor.meta.threshold)

    def close(self) -> None:
        """See `Engine.close`."""
        self._predictor = None

    def configure(self, device: str, threads: int) -> None:
        """See `Engine.configure`."""
        self.close()
        self._device, self._threads = device, threads

    def graphics_card(self) -> str:
        """See `Engine.graphics_card`."""
        from plantseg_gui.inference.device import graphics_card

        return graphics_card()
