import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QThread

from plantseg_gui.core.errors import (
    AppError,
    DeviceError,
    ErrorCategory,
    InputError,
    MemoryLimitError,
    NumericError,
    StorageError,
)
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import Prediction, TileMode, Uncertainty
from plantseg_gui.core.scribbles import ScribbleStroke
from plantseg_gui.jobs.inference_service import InferenceService
from tests.jobs.engines import PHOTO, ScriptedEngine, make_prediction

MODEL = Path("models/leafy")


class Listener:
    """Writes down what a service says, in order."""

    def __init__(self, service):
        self.said = []
        self.threads = set()
        for name in (
            "tile_ready",
            "finished",
            "uncertainty_ready",
            "features_ready",
            "proposed",
            "failed",
            "cancelled",
        ):
            getattr(service, name).connect(self._hear(name))

    def _hear(self, name):
        def hear(stamp, payload=None):
            self.threads.add(threading.get_ident())
            self.said.append((name, stamp, payload))

        return hear

    def names(self, stamp, *, tiles=False):
        return [n for n, s, _ in self.said if s == stamp and (tiles or n != "tile_ready")]

    def ends(self):
        return sum(n != "tile_ready" for n, _, _ in self.said)


@pytest.fixture
def start(qtbot):
    services = []

    def make(engine, model=MODEL):
        service = InferenceService(engine=lambda: engine)
        services.append(service)
        if model is not None:
            service.set_model(model)
        return service, Listener(service)

    yield make
    for service in services:
        service.shutdown()


def test_tiles_then_the_result_arrive_on_the_main_thread(start, qtbot):
    engine = ScriptedEngine()
    service, heard = start(engine)
    stamp = service.request("a", 3, PHOTO, TileMode.ADAPTIVE)
    assert (stamp.document_id, stamp.revision) == ("a", 3)
    assert service.current == stamp
    with qtbot.waitSignal(service.finished, timeout=3000) as done:
        pass
    assert done.args[0] == stamp
    assert isinstance(done.args[1], Prediction)
    assert heard.names(stamp, tiles=True) == ["tile_ready"] * 4 + ["finished"]
    assert heard.threads == {threading.get_ident()}
    assert engine.threads.isdisjoint(heard.threads)
    assert service.current is None
    assert not service.busy


def test_results_are_handed_over_read_only(start, qtbot):
    service, heard = start(ScriptedEngine())
    service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.finished, timeout=3000) as done:
        pass
    prediction = done.args[1]
    assert not prediction.labels.flags.writeable
    assert not prediction.attention[0].flags.writeable
    assert not heard.said[0][2].probability.flags.writeable


def test_a_newer_request_replaces_the_running_and_the_waiting_one(start, qtbot):
    engine = ScriptedEngine(closed_gate=True)
    service, heard = start(engine)
    first = service.request("a", 0, PHOTO)
    qtbot.waitUntil(engine.began.is_set)
    second = service.request("b", 0, PHOTO)
    third = service.request("c", 0, PHOTO)
    assert heard.names(second) == ["cancelled"]
    engine.gate.set()
    qtbot.waitUntil(lambda: heard.ends() == 3, timeout=3000)
    assert heard.names(first, tiles=True) == ["cancelled"]
    assert heard.names(third) == ["finished"]
    assert len({first.job_id, second.job_id, third.job_id}) == 3


def test_a_result_that_was_overtaken_on_its_way_is_dropped(start, qtbot):
    engine = ScriptedEngine()
    service, heard = start(engine)
    old = service.request("a", 0, PHOTO)
    # No event loop runs on this thread: the result waits in the queue while the next is asked for.
    for _ in range(500):
        if engine.tiles_run == 4:
            break
        QThread.msleep(5)
    QThread.msleep(50)
    assert engine.tiles_run == 4
    new = service.request("a", 1, PHOTO)
    qtbot.waitUntil(lambda: heard.ends() == 2, timeout=3000)
    assert heard.names(old, tiles=True) == ["cancelled"]
    assert heard.names(new) == ["finished"]


def test_cancel_ends_the_job_once(start, qtbot):
    engine = ScriptedEngine(closed_gate=True)
    service, heard = start(engine)
    stamp = service.request("a", 0, PHOTO)
    qtbot.waitUntil(engine.began.is_set)
    service.cancel()
    assert service.current is None
    engine.gate.set()
    qtbot.waitUntil(lambda: heard.ends() == 1, timeout=3000)
    assert heard.names(stamp, tiles=True) == ["cancelled"]
    qtbot.wait(20)
    assert heard.ends() == 1


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (MemoryError(), MemoryLimitError, "memory"),
        (OutOfMemoryError("CUDA out of memory"), MemoryLimitError, "memory"),
        (RuntimeError("CUDA error: device lost"), DeviceError, "graphics card"),
        (NumericError("The network gave a number that is not finite."), NumericError, "finite"),
        (OSError(28, "No space left on device", "x.bin"), StorageError, "x.bin"),
        (ZeroDivisionError("division by zero"), AppError, "ZeroDivisionError"),
    ],
)
def test_a_fault_never_leaves_the_photo_running(start, qtbot, fault, kind, words):
    engine = ScriptedEngine(fault=fault)
    service, heard = start(engine)
    stamp = service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.failed, timeout=3000) as failed:
        pass
    error = failed.args[1]
    assert type(error) is kind
    assert words in error.what
    assert not service.busy
    assert heard.names(stamp) == ["failed"]
    engine.fault = None
    again = service.request("a", 0, PHOTO)
    qtbot.waitUntil(lambda: heard.names(again) == ["finished"], timeout=3000)


def test_without_a_model_the_request_fails_with_words(start, qtbot):
    service, _ = start(ScriptedEngine(), model=None)
    service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.failed, timeout=3000) as failed:
        pass
    assert "No model" in failed.args[1].what
    assert failed.args[1].category is ErrorCategory.INPUT


def test_a_model_that_cannot_be_loaded_is_told_and_tried_again(start, qtbot):
    engine = ScriptedEngine(load_fault=InputError("models/leafy is damaged.", "Copy it again."))
    service = InferenceService(engine=lambda: engine)
    with qtbot.waitSignal(service.model_failed, timeout=3000) as failed:
        service.set_model(MODEL)
    assert failed.args[0].what == "models/leafy is damaged."
    service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.failed, timeout=3000):
        pass
    engine.load_fault = None
    with qtbot.waitSignals([service.model_ready, service.finished], timeout=3000):
        service.request("a", 0, PHOTO)
    service.shutdown()


def test_loading_is_visible(qtbot):
    service = InferenceService(engine=ScriptedEngine)
    said = []
    service.status.connect(said.append)
    with qtbot.waitSignal(service.model_ready, timeout=3000) as ready:
        service.set_model(MODEL)
    assert ready.args == ["leafy (cpu)"]
    assert said == ["Loading model…", "Model leafy (cpu) is ready."]
    service.shutdown()


def test_what_had_to_be_changed_reaches_the_status_bar(start, qtbot):
    service, _ = start(ScriptedEngine(warnings=("Went on on the processor.",)))
    said = []
    service.status.connect(said.append)
    service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    assert said[-1] == "Went on on the processor."


def test_another_model_cancels_the_job_of_the_one_before(start, qtbot):
    engine = ScriptedEngine(closed_gate=True)
    service, heard = start(engine)
    stamp = service.request("a", 0, PHOTO)
    qtbot.waitUntil(engine.began.is_set)
    service.set_model(Path("models/second"))
    engine.gate.set()
    with qtbot.waitSignal(service.model_ready, timeout=3000) as ready:
        pass
    assert heard.names(stamp, tiles=True) == ["cancelled"]
    assert ready.args == ["second (cpu)"]


def test_unload_lets_go_and_the_next_job_loads_again(start, qtbot):
    engine = ScriptedEngine()
    service, heard = start(engine)
    service.unload()
    stamp = service.request("a", 0, PHOTO)
    qtbot.waitUntil(lambda: heard.names(stamp) == ["finished"], timeout=3000)
    assert engine.loads == ["leafy", "closed", "leafy"]


def test_uncertainty_is_a_job_like_any_other(start, qtbot):
    engine = ScriptedEngine()
    service, heard = start(engine)
    stamp = service.request_uncertainty("a", 2, PHOTO, make_prediction())
    with qtbot.waitSignal(service.uncertainty_ready, timeout=3000) as done:
        pass
    assert done.args[0] == stamp
    assert isinstance(done.args[1], Uncertainty)
    engine.gate.clear()
    engine.began.clear()
    second = service.request_uncertainty("a", 2, PHOTO, make_prediction())
    qtbot.waitUntil(engine.began.is_set)
    newer = service.request("b", 0, PHOTO)
    engine.gate.set()
    qtbot.waitUntil(lambda: heard.names(newer) == ["finished"], timeout=3000)
    assert heard.names(second) == ["cancelled"]


def test_shutdown_waits_and_reports_the_running_job(qtbot):
    engine = ScriptedEngine(closed_gate=True)
    service = InferenceService(engine=lambda: engine)
    heard = Listener(service)
    service.set_model(MODEL)
    stamp = service.request("a", 0, PHOTO)
    qtbot.waitUntil(engine.began.is_set)
    threading.Timer(0.1, engine.gate.set).start()
    service.shutdown()
    assert not service._thread.isRunning()
    assert heard.names(stamp) == ["cancelled"]
    late = service.request("a", 1, PHOTO)
    assert heard.names(late) == ["cancelled"]
    qtbot.wait(20)
    assert heard.ends() == 2


def test_shutdown_of_a_service_that_never_ran(qtbot):
    InferenceService(engine=ScriptedEngine).shutdown()


def test_progress_carries_the_stamp(start, qtbot):
    service, _ = start(ScriptedEngine())
    said = []
    service.progress.connect(lambda *args: said.append(args))
    stamp = service.request("a", 0, np.zeros((8, 8, 3), np.uint8))
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    assert said[0] == (stamp, 1, 4, "Finding lesions")
    assert said[-1] == (stamp, 4, 4, "Finding lesions")


def test_another_processor_is_used_from_the_next_job_on(start, qtbot):
    engine = ScriptedEngine()
    service, _ = start(engine)
    cards = []
    service.hardware_found.connect(cards.append)
    service.request("a", 1, PHOTO)
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    assert engine.loads == ["leafy"]
    assert cards == ["Scripted card, 8 GB"]
    service.configure("cpu", 1)
    service.request("b", 1, PHOTO)
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    assert engine.loads == ["leafy", ("cpu", 1), "leafy"]


def test_the_scale_reaches_the_engine(start, qtbot):
    engine = ScriptedEngine()
    service, _ = start(engine)
    service.request("a", 1, PHOTO, scale=2)
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    assert engine.scales == [2]


STROKE = ScribbleStroke(Rect(0, 0, 2, 2), np.ones((2, 2), bool), True)


def test_strokes_are_learned_from_the_photos_features_and_the_newest_win(start, qtbot):
    engine = ScriptedEngine()
    service, heard = start(engine)
    stamp = service.request_features("a", 0, PHOTO, make_prediction())
    qtbot.waitUntil(lambda: heard.names(stamp) == ["features_ready"], timeout=3000)
    engine.gate.clear()
    engine.began.clear()
    first = service.request_fit("a", 0, [STROKE])
    qtbot.waitUntil(engine.began.is_set)
    assert service.fitting
    second = service.request_fit("a", 0, [STROKE] * 2)
    third = service.request_fit("a", 0, [STROKE] * 3)
    engine.gate.set()
    qtbot.waitUntil(lambda: heard.names(third) == ["proposed"], timeout=3000)
    assert heard.names(first) == heard.names(second) == ["cancelled"]
    proposal = heard.said[-1][2]
    assert proposal.strokes == 3
    assert not proposal.labels.flags.writeable
    assert engine.threads.isdisjoint(heard.threads)
    # A prediction in between leaves the features where they are.
    service.request("a", 0, PHOTO)
    with qtbot.waitSignal(service.finished, timeout=3000):
        pass
    again = service.request_fit("a", 0, [STROKE])
    qtbot.waitUntil(lambda: heard.names(again) == ["proposed"], timeout=3000)


@pytest.mark.parametrize("lose", ["never asked", "another photo", "forgotten", "another model"])
def test_strokes_without_features_fail_with_words(start, qtbot, lose):
    service, heard = start(ScriptedEngine())
    if lose != "never asked":
        stamp = service.request_features("a", 0, PHOTO, None)
        qtbot.waitUntil(lambda: heard.names(stamp) == ["features_ready"], timeout=3000)
    if lose == "forgotten":
        service.forget_features()
    if lose == "another model":
        service.set_model(Path("models/second"))
    fit = service.request_fit("b" if lose == "another photo" else "a", 0, [STROKE])
    qtbot.waitUntil(lambda: heard.names(fit) == ["failed"], timeout=3000)
    assert "scribble tool" in heard.said[-1][2].do


def test_reading_features_can_be_cancelled(start, qtbot):
    engine = ScriptedEngine(closed_gate=True)
    service, heard = start(engine)
    stamp = service.request_features("a", 0, PHOTO, None)
    qtbot.waitUntil(engine.began.is_set)
    assert not service.fitting
    service.cancel()
    engine.gate.set()
    qtbot.waitUntil(lambda: heard.names(stamp) == ["cancelled"], timeout=3000)
