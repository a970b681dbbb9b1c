"""Shows the photo on screen: the canvas's document, tool and layers follow the session.

Maps become bytes in the pool; one that comes late for another photo is dropped.
"""

import math
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.overlay import ByteMap
from plantseg_gui.core.results import BoolArray, FloatArray, Prediction
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.input_view import somebody_types
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.photo_model import STATUS_TEXT, note_line
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.tools.registry import TOOLS, make_tool
from plantseg_gui.ui.tools.scribble import ScribbleTool
from plantseg_gui.ui.view_state import LAYERS, ViewState

# Energy of an undecided pixel (z = 0), and of one at |z| = 8, p = 0.9997 (specification 7).
ENERGY_HIGH = -math.log(2.0)
ENERGY_LOW = -4.0
# Attention that differs by less shows one colour: then words say so.
ALIKE_WITHIN = 0.01
# Layers that show the labels themselves: there with every photo.
FROM_LABELS = ("mask", "origin")
NO_PHOTO = "Open a photo first: layers lie over it"
NO_PREDICTION = "Not there yet: run the model first (Model menu)"
NO_UNCERTAINTY = "Not there yet: compute uncertainty first (Model menu)"


class _Maps(NamedTuple):
    document: Document
    prediction: Prediction
    maps: dict[str, ByteMap]


class Display(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        stage: Stage,
        view: ViewState,
        actions: Actions,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._canvas, self._stage = session, canvas, stage
        self._view, self._actions = view, actions
        self._shown: Prediction | None = None
        self._tools = {name: make_tool(name, view) for name in TOOLS}
        # Its strokes are answered by a presenter of its own.
        self.scribble = ScribbleTool(view)
        self._tools[ScribbleTool.name] = self.scribble
        for tool in self._tools.values():
            tool.said.connect(session.say)
        session.document_opened.connect(self._on_document)
        session.prediction_changed.connect(self._on_prediction)
        session.record_changed.connect(self._on_record)
        session.settling.connect(canvas.pointer.settle)
        view.tool_changed.connect(self._on_tool)
        view.brush_changed.connect(canvas.refresh_cursor)
        view.layer_changed.connect(self._on_layer)
        for name, act in {
            "fit": canvas.fit,
            "actual_size": canvas.actual_size,
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
        }.items():
            actions[name].triggered.connect(act)
        actions["smaller"].triggered.connect(lambda: view.step_brush(-1))
        actions["larger"].triggered.connect(lambda: view.step_brush(1))
        for name in LAYERS:
            self._on_layer(name)
        self._on_tool()
        self._on_document()

    def _on_document(self) -> None:
        document = self._session.document
        self._shown = None
        self._canvas.set_document(document)
        self._actions.enable(document is not None, "fit", "actual_size", "zoom_in", "zoom_out")
        if document is None:
            self._view.set_missing(dict.fromkeys(LAYERS, NO_PHOTO))
            return
        self._stage.show_photo()
        self._on_record(document.document_id)
        self._on_prediction()
        if not somebody_types():
            self._canvas.setFocus()

    def _on_record(self, photo_id: str) -> None:
        document, record = self._session.document, self._session.records.get(photo_id)
        if document is None or record is None or photo_id != document.document_id:
            return
        size = f"{document.width:,} × {document.height:,} px"
        self._stage.name_photo(Path(record.name).name, str(record.path), size)
        self._stage.show_tags(record.tags)
        word = STATUS_TEXT[record.review] if record.review else ""
        tip = "\n".join(part for part in (word, note_line(record)) if part)
        self._stage.show_review(record.review, word, record.note, tip)

    def _on_prediction(self) -> None:
        document = self._session.document
        prediction = document.prediction if document is not None else None
        if document is None:
            return
        self._view.set_missing(_missing(prediction), _notes(prediction))
        if prediction is None:
            return
        shown, self._shown = self._shown, prediction
        if shown is not None and _same_maps(shown, prediction):
            return  # another threshold
        run_task(
            lambda: _Maps(document, prediction, byte_maps(prediction)),
            on_done=self._show_maps,
            on_error=self._session.fail,
            doing="colouring the maps",
        )

    def _show_maps(self, made: _Maps) -> None:
        now = made.document.prediction
        if (
            self._session.is_shown(made.document)
            and now is not None
            and _same_maps(now, made.prediction)
        ):
            for name in LAYERS:
                if name not in FROM_LABELS:
                    self._canvas.set_map(name, made.maps.get(name))

    def _on_tool(self) -> None:
        self._canvas.set_tool(self._tools[self._view.tool])
        self._session.say(TOOLS[self._view.tool].hint)

    def _on_layer(self, name: str) -> None:
        self._canvas.set_layer(name, self._view.visible(name), self._view.opacity(name))


def _missing(prediction: Prediction | None) -> dict[str, str]:
    """Layer → why it cannot be shown."""
    if prediction is None:
        return {name: NO_PREDICTION for name in LAYERS if name not in FROM_LABELS}
    missing = {}
    if not prediction.leaf.found:
        missing["leaf"] = prediction.leaf.reason or "No leaf was found"
    if prediction.uncertainty is None:
        missing |= {"variance": NO_UNCERTAINTY, "energy": NO_UNCERTAINTY}
    return missing


def _same_maps(one: Prediction, other: Prediction) -> bool:
    """Whether two predictions of one photo differ in their threshold alone."""
    return one.probability is other.probability and one.uncertainty is other.uncertainty


def _notes(prediction: Prediction | None) -> dict[str, str]:
    """Layer → what its legend says besides."""
    if prediction is None:
        return {}
    notes = {}
    for name, side, values in zip(
        ("attention1", "attention2"), prediction.cells_px, prediction.attention, strict=True
    ):
        notes[name] = f"One cell = {_px(side)} px of the photo"
        # 0 where no tile was processed.
        seen = values[values > 0]
        if seen.size and float(np.ptp(seen)) < ALIKE_WITHIN:
            notes[name] += (
                f".\n{float(seen.mean()):.2f} everywhere: this model weighs all places alike"
            )
    return notes


def _px(side: float) -> str:
    return f"{side:.0f}" if side >= 10 or side == round(side) else f"{side:.1f}"


def byte_maps(prediction: Prediction) -> dict[str, ByteMap]:
    """Layer → map as [h, w] uint8; layers that the prediction has not are left out."""
    maps = {
        "probability": _bytes(prediction.probability, 0.0, 1.0),
        "attention1": _bytes(prediction.attention[0], 0.0, 1.0),
        "attention2": _bytes(prediction.attention[1], 0.0, 1.0),
    }
    if prediction.leaf.mask is not None:
        maps["leaf"] = _leaf_bytes(prediction.leaf.mask, prediction.probability.shape)
    if prediction.uncertainty is not None:
        variance = prediction.uncertainty.variance
        # A few pixels at the rims would make all others look certain.
        high = max(float(np.quantile(variance[::4, ::4], 0.995)), 1e-4)
        maps["variance"] = _bytes(variance, 0.0, high)
        maps["energy"] = _bytes(prediction.uncertainty.energy, ENERGY_LOW, ENERGY_HIGH)
    return maps


def _leaf_bytes(leaf: BoolArray, shape: tuple[int, ...]) -> ByteMap:
    """The leaf mask as bytes, reduced here in the pool to what the overlay keeps of a large one."""
    values = leaf.view(np.uint8) * np.uint8(255)
    if leaf.shape[0] <= shape[0]:
        return values
    return np.asarray(cv2.resize(values, shape[1::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _bytes(values: FloatArray, low: float, high: float) -> ByteMap:
    scaled = (values - low) * (255.0 / (high - low))
    return np.asarray(np.rint(np.clip(scaled, 0.0, 255.0)), dtype=np.uint8)
