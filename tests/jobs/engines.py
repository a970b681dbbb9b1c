"""Engines for the inference thread that do exactly what a test says."""

import threading
from pathlib import Path

import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import (
    LeafResult,
    Prediction,
    TileMode,
    TileUpdate,
    Uncertainty,
)
from plantseg_gui.core.scribbles import ScribbleProposal

PHOTO = np.zeros((64, 96, 3), np.uint8)


def make_prediction(height=64, width=96, model="scripted", warnings=()):
    return Prediction(
        model=model,
        height=height,
        width=width,
        probability=np.zeros((height, width), np.float32),
        attention=(np.zeros((8, 12), np.float32), np.zeros((4, 6), np.float32)),
        affinity=np.zeros((8, height // 4, width // 4), np.float16),
        boxes=(),
        labels=np.zeros((height, width), np.uint16),
        leaf=LeafResult(None, "none"),
        threshold=0.5,
        disease_probability=0.25,
        tiles_total=4,
        tiles_processed=4,
        seconds=0.1,
        mode=TileMode.ADAPTIVE,
        device="cpu",
        warnings=warnings,
    )


class ScriptedHead:
    """Proposes as many lesions as there are strokes; waits at the engine's gate."""

    def __init__(self, engine, image):
        self.engine, self.shape = engine, image.shape[:2]

    def fit(self, strokes):
        self.engine.began.set()
        assert self.engine.gate.wait(5)
        labels = np.full(self.shape, len(strokes), np.uint16)
        return ScribbleProposal(labels, len(strokes), 0.1)


class ScriptedEngine:
    """Four tiles; waits at `gate` before each; raises `fault` at the second tile."""

    def __init__(self, *, load_fault=None, fault=None, closed_gate=False, warnings=()):
        self.load_fault = load_fault
        self.fault = fault
        self.warnings = warnings
        self.gate = threading.Event()
        self.began = threading.Event()
        if not closed_gate:
            self.gate.set()
        self.loads = []
        self.scales = []
        self.tiles_run = 0
        self.threads = set()

    def load(self, folder, token):
        self.threads.add(threading.get_ident())
        self.loads.append(Path(folder).name)
        token.raise_if_cancelled()
        if self.load_fault is not None:
            raise self.load_fault
        return f"{Path(folder).name} (cpu)"

    def predict(self, image, mode, token, on_tile, report, scale):
        self.scales.append(scale)
        self.threads.add(threading.get_ident())
        self.began.set()
        for n in range(1, 5):
            assert self.gate.wait(5)
            token.raise_if_cancelled()
            if n == 2 and self.fault is not None:
                raise self.fault
            tile = np.full((32, 48), 0.9, np.float32)
            on_tile(TileUpdate(Rect(0, 0, 32, 48), tile, n, 4, 64, 96))
            report.progress(n, 4, "Finding lesions")
            self.tiles_run += 1
        for warning in self.warnings:
            report.notify(warning)
        return make_prediction(*image.shape[:2], warnings=self.warnings)

    def uncertainty(self, image, prediction, token, report):
        self.began.set()
        assert self.gate.wait(5)
        token.raise_if_cancelled()
        return Uncertainty(np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32))

    def scribble_head(self, image, prediction, scale, token, report):
        self.threads.add(threading.get_ident())
        self.began.set()
        assert self.gate.wait(5)
        token.raise_if_cancelled()
        if self.fault is not None:
            raise self.fault
        report.progress(4, 4, "Reading")
        return ScriptedHead(self, image)

    def close(self):
        self.loads.append("closed")

    def configure(self, device, threads):
        self.loads.append((device, threads))

    def graphics_card(self):
        return "Scripted card, 8 GB"
