"""Two versions compared from the window: a real process, the real (tiny) networks."""

import json

import pytest

from plantseg_gui.storage.model_tree import list_versions
from plantseg_gui.storage.models import add_version
from plantseg_gui.storage.training_log import TrainingRecord
from plantseg_gui.ui.presenters.compare_models import learned_from
from tests.helpers.model_folders import make_model
from tests.ui.conftest import paint, wait_saved


@pytest.fixture
def ready(opened, qtbot, tiny_model):
    """A window with one corrected photo, and another version to compare with."""
    other = add_version(tiny_model, "tiny-v2")
    config = other.folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"threshold": 0.9}))
    opened.view.set_brush_px(24)
    paint(opened, (60, 60), (60, 120))
    wait_saved(qtbot, opened)
    opened.models.refresh()
    qtbot.waitUntil(lambda: "tiny-v2" in [v.name for v in opened.models.versions])
    return opened


def test_from_the_choice_to_the_figures(ready, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ready.models.compare_wanted.emit("tiny-v2")
    dialog = ready.compare.dialog
    assert (dialog.first.currentData(), dialog.second.currentData()) == ("tiny-test", "tiny-v2")
    # No photo is approved: the set that has photos is chosen.
    assert dialog.photos.currentText() == "All photos with masks (1)"
    assert "favours" in dialog.texts["note"]
    dialog._start.click()
    assert ready.compare.running
    assert [job.text for job in ready.jobs.jobs] == ["Comparing models"]
    qtbot.waitUntil(lambda: not ready.compare.running, timeout=120_000)
    assert "tiny-v2" in dialog.texts["sentence"]
    assert "too few photos" in dialog.texts["sentence"]
    assert dialog.table.topLevelItemCount() == 1
    assert dialog.texts["0,2"] == "2nd: tiny-v2"
    assert not ready.jobs.jobs
    qtbot.waitUntil(lambda: not list(tmp_path.glob("plantseg-compare-*")))


def test_stopped_while_it_loads_and_nothing_stays(ready, qtbot):
    ready.models.compare_wanted.emit("tiny-v2")
    ready.compare.start("tiny-test", "tiny-v2", "all")
    qtbot.waitUntil(lambda: ready.compare.process.running, timeout=20_000)
    ready.compare.stop()
    qtbot.waitUntil(lambda: not ready.compare.running, timeout=60_000)
    shown = ready.compare.dialog.texts
    assert "No photo was judged" in shown["sentence"] or "Stopped" in shown["progress"]


def test_one_version_with_itself_is_not_offered(ready):
    ready.models.compare_wanted.emit("")
    dialog = ready.compare.dialog
    dialog.second.setCurrentIndex(dialog.second.findData(dialog.first.currentData()))
    assert not dialog._start.isEnabled()
    assert dialog._start.toolTip() == "Choose two different versions"


def test_photos_that_taught_a_version_or_its_parents_are_told(plantseg_home):
    make_model(plantseg_home / "models" / "v2", parent="v1")
    make_model(plantseg_home / "models" / "v3", parent="v2")
    held_out = {"method": "held-out photos", "after": {"c": 0.5}}
    trainings = [
        TrainingRecord("1", "", "v1", "v2", ("a", "b", "c"), held_out, "kept"),
        TrainingRecord("2", "", "v2", "v3", ("b", "d"), {}, "kept"),
        TrainingRecord("3", "", "v2", "", ("e",), {}, "discarded"),
    ]
    versions = list_versions("")
    assert learned_from("v2", trainings, versions) == {"a", "b"}
    assert learned_from("v3", trainings, versions) == {"a", "b", "d"}
    assert learned_from("v1", trainings, versions) == set()
