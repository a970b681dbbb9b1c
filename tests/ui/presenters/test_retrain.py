"""Retrain in the window: what it hands over, what it shows, what it keeps."""

import json
import sys

import numpy as np
import pytest

from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.masks import read_labels
from plantseg_gui.storage.models import default_model, list_models
from plantseg_gui.storage.platform_files import process_alive
from plantseg_gui.ui.presenters import retrain_files
from tests.ui.conftest import WAIT_MS, paint, wait_photo, wait_prediction, wait_saved

# Speaks the protocol and gives the base model back under the new name; starts at once.
CHILD = """
import json, os, shutil, sys, time
from pathlib import Path
sys.path.insert(0, ROOT)
from plantseg_gui.storage.platform_files import process_start_time
from plantseg_gui.training import protocol as p
run = Path(sys.argv[1]).parent
job = json.loads(Path(sys.argv[1]).read_text())
def say(event):
    with open(run / "events.jsonl", "a") as file:
        file.write(event.to_line() + "\\n")
reader = p.CommandReader(run)
ids = [x["photo_id"] for x in job["photos"]]
def results():
    return {"method": "leave-one-out estimate", "before": {i: 0.4 for i in ids},
            "seconds_per_update": 0.04, "updates": 40,
            "after": {i: 0.2 if PLAY == "worse" else 0.8 for i in ids}}
say(p.Started(os.getpid(), process_start_time(), str(run), "cpu, test", len(ids)))
say(p.Stage("Reading photos"))
if PLAY == "fault":
    say(p.Error("memory", "Not enough memory.", "Close other programs."))
    sys.exit(1)
if job.get("trial_only") and PLAY == "slow":
    time.sleep(60)
say(p.Trial(0.05, 40, 2.0))
if job.get("trial_only"):
    say(p.Finished(0, 3.0, ""))
    sys.exit(0)
shutil.copytree(job["base"], job["out"])
for n in range(1, 41):
    say(p.Step(n, 40, 1.0 / n, (40 - n) * 0.05, 0.05, phase="train" if n < 30 else "check"))
    if n % 10 == 0:
        say(p.Epoch(n, 40, {}, 0.02 * n, True))
    if "stop" in reader.poll():
        say(p.Stopped(n, 1.0, job["out"], {}))
        sys.exit(0)
    time.sleep(0.05 if PLAY == "slow" else 0.002)
say(p.Finished(40, 2.0, job["out"], results()))
"""


@pytest.fixture
def play(tmp_path):
    """Makes a window train with the child above: play(window, "quick" | "slow" | "fault")."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[3]

    def use(window, how):
        script = tmp_path / f"child_{how}.py"
        script.write_text(f"ROOT, PLAY = {str(root)!r}, {how!r}\n{CHILD}")
        for process in (window.retrain.process, window.retrain._trial.process):
            process._command = lambda job: [sys.executable, str(script), str(job)]

    return use


@pytest.fixture
def worked(opened, qtbot, ids):
    """Two photos approved, one corrected."""
    window = opened
    window.view.set_brush_px(20)
    for photo in ids(window)[:2]:
        window.store.show(photo)
        wait_photo(qtbot, window, photo)
        wait_prediction(qtbot, window)
        paint(window, (60, 60), (60, 100))
        window.session.document.approve(True)
    window.store.show(ids(window)[2])
    wait_photo(qtbot, window, ids(window)[2])
    wait_prediction(qtbot, window)
    paint(window, (80, 80), (80, 120))
    wait_saved(qtbot, window)
    return window


def begin(window, qtbot):
    window.actions_["retrain"].trigger()
    qtbot.waitUntil(lambda: window.retrain.dialog.page == "setup", timeout=10_000)
    window.retrain.dialog._start.click()


def test_setup_says_what_it_would_use(worked):
    worked.actions_["retrain"].trigger()
    dialog = worked.retrain.dialog
    assert dialog.isVisible()
    text = dialog.setup._uses.text()
    assert "2 approved photos" in text
    assert "1 corrected photo:" in text
    assert "Too few to judge" in dialog.setup._judged.text()
    assert "tiny-test-v2" in dialog.setup._keeps.text()
    assert dialog._start.isEnabled()


def test_setup_says_how_long_before_start_and_remembers_it(worked, qtbot, play):
    play(worked, "quick")
    retrain, dialog = worked.retrain, worked.retrain.dialog
    worked.actions_["retrain"].trigger()
    assert "Measuring" in dialog.setup.time.text()
    folder = retrain._trial._folder
    qtbot.waitUntil(lambda: dialog.setup.time.text().startswith("About 5 s"), timeout=WAIT_MS)
    assert "trial step" in dialog.setup.time.text()
    assert "0.05 s for each of 40 updates" in dialog.setup.time.text()
    qtbot.waitUntil(lambda: not retrain._trial.measuring, timeout=10_000)
    qtbot.waitUntil(lambda: not folder.exists(), timeout=10_000)
    assert dialog.page == "setup"
    assert not retrain.running
    dialog._close.click()
    worked.actions_["retrain"].trigger()
    qtbot.waitUntil(lambda: dialog.setup.time.text().startswith("About 5 s"), timeout=WAIT_MS)
    assert not retrain._trial.measuring
    # A whole run knows better.
    dialog._start.click()
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not retrain.process.running, timeout=10_000)
    dialog._discard.click()
    worked.actions_["retrain"].trigger()
    qtbot.waitUntil(lambda: dialog.setup.time.text().startswith("About 2 s"), timeout=WAIT_MS)
    assert "in a run on these photos" in dialog.setup.time.text()


def test_closing_the_dialog_ends_the_trial_step(worked, qtbot, play):
    play(worked, "slow")
    trial = worked.retrain._trial
    worked.actions_["retrain"].trigger()
    qtbot.waitUntil(lambda: trial.process.running, timeout=WAIT_MS)
    pid, folder = trial.process._pid, trial._folder
    worked.retrain.dialog._close.click()
    qtbot.waitUntil(lambda: not process_alive(pid), timeout=10_000)
    qtbot.waitUntil(lambda: not folder.exists(), timeout=10_000)
    assert not trial.measuring


def test_a_trial_step_that_breaks_off_is_said_and_start_stays_possible(worked, qtbot, play):
    play(worked, "fault")
    worked.actions_["retrain"].trigger()
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: "Could not be measured" in dialog.setup.time.text(), timeout=WAIT_MS)
    assert "Not enough memory" in dialog.setup.time.text()
    assert dialog._start.isEnabled()
    assert dialog.page == "setup"


@pytest.mark.slow
def test_a_real_trial_step(worked, qtbot):
    worked.actions_["retrain"].trigger()
    time = worked.retrain.dialog.setup.time
    qtbot.waitUntil(lambda: time.text().startswith("About"), timeout=120_000)
    assert "updates" in time.text()


def test_setup_without_work_cannot_be_started(opened):
    opened.actions_["retrain"].trigger()
    assert not opened.retrain.dialog._start.isEnabled()
    assert "Nothing yet" in opened.retrain.dialog.setup._uses.text()


def test_job_hands_over_labels_and_touched_pixels(worked):
    session = worked.session
    records = retrain_files.usable(list(session.records.values()))
    run, job = retrain_files.prepare(session.project, records, session.model, 2.0)
    assert json.loads(json.dumps(job)) == job
    assert [p["approved"] for p in job["photos"]].count(True) == 2
    for photo in job["photos"]:
        labels = read_labels(photo["labels"])
        assert labels.any()
        if photo["approved"]:
            assert photo["touched"] is None
        else:
            touched = read_photo(photo["touched"])[..., 0] > 0
            assert touched.any()
            assert not touched.all()
            assert np.array_equal(labels, session.document.labels.array)
    assert job["minutes"] == 2.0
    assert run.new_name == "tiny-test-v2"


def trainings(window):
    return window.session.project.trainings()


def test_keep_makes_a_version_and_looks_with_it(worked, qtbot, play):
    window = worked
    play(window, "quick")
    begin(window, qtbot)
    dialog = window.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    assert "0.05 s for each of 40 updates" in dialog.running.log_text
    assert dialog.ended.headline.text() == "The new model is better: on all 3 photos."
    assert dialog._keep.property("primary")
    assert not dialog._discard.property("primary")
    assert "leave-one-out estimate" in dialog.ended.method.text()
    assert len(dialog.running.curves.loss.values) == 29
    qtbot.waitUntil(lambda: not window.retrain.process.running, timeout=10_000)
    folder = window.retrain.process.run_dir
    dialog._keep.click()
    qtbot.waitUntil(lambda: window.session.model == "tiny-test-v2", timeout=WAIT_MS)
    assert {m.name for m in list_models()} >= {"tiny-test", "tiny-test-v2"}
    assert default_model() == "tiny-test-v2"
    qtbot.waitUntil(lambda: trainings(window)[0].decision == "kept", timeout=10_000)
    assert trainings(window)[0].model == "tiny-test-v2"
    assert retrain_files.find() is None
    assert not folder.exists()
    qtbot.waitUntil(lambda: window.segment.ready, timeout=WAIT_MS)
    window.models.use("tiny-test")
    qtbot.waitUntil(lambda: window.session.model == "tiny-test", timeout=10_000)


def test_discard_leaves_the_shelf_as_it_was(worked, qtbot, play):
    play(worked, "quick")
    begin(worked, qtbot)
    qtbot.waitUntil(lambda: worked.retrain.dialog.page == "result", timeout=WAIT_MS)
    before = [m.name for m in list_models()]
    folder = worked.retrain.process.run_dir
    worked.retrain.dialog._discard.click()
    qtbot.waitUntil(lambda: not folder.exists(), timeout=10_000)
    assert [m.name for m in list_models()] == before
    assert worked.session.model == "tiny-test"
    qtbot.waitUntil(lambda: trainings(worked)[0].decision == "discarded", timeout=10_000)


def test_a_worse_result_is_said_and_keep_is_not_the_coloured_button(worked, qtbot, play):
    play(worked, "worse")
    begin(worked, qtbot)
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    assert "worse: on all 3 photos" in dialog.ended.headline.text()
    assert "Discard it" in dialog.ended.advice.text()
    assert not dialog._keep.property("primary")
    assert dialog._discard.property("primary")
    assert dialog._keep.isEnabled()
    dialog._discard.click()
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)


def test_stop_keeps_the_best_so_far(worked, qtbot, play):
    play(worked, "slow")
    begin(worked, qtbot)
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: bool(dialog.running.curves.loss.values), timeout=WAIT_MS)
    assert worked.jobs.jobs
    dialog._stop.click()
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    assert "Stopped" in dialog.ended.note.text()
    assert dialog._keep.isEnabled()
    qtbot.waitUntil(lambda: not worked.jobs.jobs, timeout=10_000)


def test_fault_is_told_with_what_to_do(worked, qtbot, play):
    play(worked, "fault")
    begin(worked, qtbot)
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "fault", timeout=WAIT_MS)
    assert "Not enough memory. Close other programs." in dialog.fault.text.text()
    qtbot.waitUntil(lambda: not worked.jobs.jobs, timeout=10_000)
    dialog._close.click()
    worked.actions_["retrain"].trigger()
    assert dialog.page == "setup"


def test_the_next_window_finds_a_run_that_was_left(worked, qtbot, play, make_window):
    play(worked, "slow")
    begin(worked, qtbot)
    qtbot.waitUntil(lambda: bool(worked.retrain.dialog.running.curves.loss.values), timeout=WAIT_MS)
    worked.retrain.process.keep()
    assert not worked.retrain.running
    again = make_window()
    again.retrain.find_running()
    qtbot.waitUntil(lambda: again.retrain.dialog.page == "result", timeout=WAIT_MS)
    assert again.retrain.dialog.isVisible()
    again.retrain.dialog._discard.click()
    qtbot.waitUntil(lambda: not again.retrain.process.running, timeout=10_000)


def test_start_learns_from_what_is_on_screen_and_stop_while_preparing_holds(worked, qtbot, play):
    play(worked, "slow")
    worked.retrain.show()
    paint(worked, (150, 150), (150, 200))
    painted = worked.session.document.labels.array.copy()
    worked.retrain.start(1.0)
    worked.retrain._pause(True)
    qtbot.waitUntil(lambda: worked.retrain.process.running, timeout=WAIT_MS)
    assert worked.retrain.process.paused
    masks = worked.retrain.process.run_dir / "masks"
    labels = read_labels(masks / f"{worked.session.photo_id}_labels.png")
    assert np.array_equal(labels, painted)
    worked.retrain._pause(False)
    worked.retrain.stop()
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)
    dialog._discard.click()
    worked.retrain.start(1.0)
    worked.retrain.stop()
    qtbot.waitUntil(lambda: dialog.page == "setup", timeout=WAIT_MS)
    assert not worked.retrain.process.running
    assert not worked.jobs.jobs


def test_keep_that_fails_can_be_tried_again(worked, qtbot, play):
    from plantseg_gui.storage.paths import user_models_dir

    play(worked, "quick")
    begin(worked, qtbot)
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    shelf = user_models_dir()
    shelf.rename(shelf.with_name("aside"))
    shelf.write_text("in the way")
    dialog._keep.click()
    qtbot.waitUntil(lambda: "could not be kept" in dialog.ended.note.text(), timeout=10_000)
    assert dialog.page == "result"
    shelf.unlink()
    shelf.with_name("aside").rename(shelf)
    dialog._keep.click()
    qtbot.waitUntil(lambda: worked.session.model == "tiny-test-v2", timeout=WAIT_MS)


def test_one_damaged_mask_is_left_out_and_named(worked):
    session = worked.session
    records = retrain_files.usable(list(session.records.values()))
    bad = records[0]
    for path in session.project.arrays_dir.glob(f"*{bad.photo_id}*"):
        path.write_bytes(b"broken")
    run, job = retrain_files.prepare(session.project, records, session.model, 2.0)
    assert run.skipped == (bad.path.name,)
    assert len(job["photos"]) == len(records) - 1


@pytest.mark.slow
def test_real_training_run(worked, qtbot):
    begin(worked, qtbot)
    worked.retrain.dialog.setup._limit.setCurrentIndex(0)
    qtbot.waitUntil(lambda: worked.retrain.dialog.page in ("result", "fault"), timeout=300_000)
    assert worked.retrain.dialog.page == "result"
    worked.retrain.dialog._keep.click()
    qtbot.waitUntil(lambda: worked.session.model == "tiny-test-v2", timeout=WAIT_MS)
