"""Predictions by another version than the one in use: marked, offered, made anew on request."""

from dataclasses import replace

import pytest

from plantseg_gui.storage.models import add_version
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.shelf_record import read_shelf
from plantseg_gui.ui.panels.photo_model import PhotoRole
from plantseg_gui.ui.presenters import predict_all as predict_module
from plantseg_gui.ui.presenters.outdated import in_order
from tests.ui.conftest import paint, wait_saved


@pytest.fixture
def predicted(opened, qtbot, monkeypatch):
    """A window whose three photos have predictions of the tiny model."""
    monkeypatch.setattr(predict_module, "ask", lambda *a: "Run")
    opened.session.keep(predict_on_open=False)
    opened.predict_all.ask()
    qtbot.waitUntil(lambda: not opened.predict_all.running, timeout=60_000)
    return opened


def marks(window):
    model = window.photos.model
    return [model.index(i).data(PhotoRole.OUTDATED) for i in range(model.rowCount())]


def models(window):
    return sorted(r.model for r in window.session.project.photos())


def test_marked_offered_and_refreshed_but_a_corrected_mask_stays(predicted, qtbot, tiny_model):
    window, session = predicted, predicted.session
    said = []
    session.said.connect(said.append)
    paint(window, (60, 60), (60, 90))
    wait_saved(qtbot, window)
    drawn = session.document.labels.array.copy()
    mine = session.photo_id
    assert not any(marks(window))
    add_version(tiny_model, "tiny-v2")
    window.models.use("tiny-v2")
    qtbot.waitUntil(lambda: any("2 predictions are not by tiny-v2" in s for s in said))
    assert sum(marks(window)) == 2
    assert window.actions_["refresh_outdated"].text().endswith("(2)")
    assert window.diagnosis.texts["model"] == "tiny-test, not in use"
    qtbot.waitUntil(lambda: window.segment.ready, timeout=60_000)
    order = []
    window.service.finished.connect(lambda stamp, _: order.append(stamp.document_id))
    rest = [r for r in session.records.values() if r.photo_id != mine]
    for record, doubt in zip(rest, (0.2, 0.7), strict=True):
        session.set_record(replace(record, doubt=doubt))
    window.actions_["refresh_outdated"].trigger()
    assert window.jobs.jobs[0].text == "Refresh outdated predictions"
    qtbot.waitUntil(lambda: not window.predict_all.running, timeout=60_000)
    assert order == [rest[1].photo_id, rest[0].photo_id]
    assert not any(marks(window))
    assert models(window) == ["tiny-test", "tiny-v2", "tiny-v2"]
    assert (session.document.labels.array == drawn).all()
    qtbot.waitUntil(lambda: not window.actions_["refresh_outdated"].isEnabled())
    assert read_shelf().before[-1] == "tiny-test"


def test_the_most_doubtful_first_and_the_unknown_last(tmp_path):
    doubts = [None, 0.1, 0.9, None, 0.4]
    records = [PhotoRecord(str(i), tmp_path, str(i), doubt=d) for i, d in enumerate(doubts)]
    assert [r.photo_id for r in in_order(records)] == ["2", "4", "1", "0", "3"]
