"""Retrain in the window: what it hands over, what it shows, what it keeps."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.images import read_photo, write_png
from plantseg_gui.storage.masks import read_labels
from plantseg_gui.storage.models import default_model, list_models
from plantseg_gui.storage.platform_files import process_alive
from plantseg_gui.storage.training_log import TrainingRecord
from plantseg_gui.ui.dialogs.retrain_choices import Choices
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
    more = {}
    if PLAY == "pictures":
        import numpy as np
        from plantseg_gui.storage.images import write_png
        write_png(run / "p.png", np.full((30, 40, 3), 99, np.uint8))
        write_png(run / "m.png", np.eye(30, 40, dtype=bool))
        names = {"image": "p.png", "before": "m.png", "after": "m.png"}
        more = {"pictures": {ids[0]: names, ids[1]: names | {"after": "gone.png"}}}
    return more | {"method": "leave-one-out estimate", "before": {i: 0.4 for i in ids},
            "seconds_per_update": 0.04, "updates": 40,
            "after": {i: 0.2 if PLAY == "worse" else 0.8 for i in ids}}
say(p.Started(os.getpid(), process_start_time(), str(run), "cpu, test", len(ids)))
say(p.Stage("Reading photos"))
if PLAY == "fault":
    say(p.Error("memory", "Not enough memory.", "Close other programs."))
    sys.exit(1)
if job.get("trial_only") and PLAY == "slow":
    time.sleep(60)
say(p.Trial(0.05, job.get("updates") or 40, 2.0, 1500.0, {
    "batch": job.get("recipe", {}).get("batch", 4), "accumulate": 1, "precision": "fp32",
    "device": "cpu, test", "threads": 2, "frozen": "the decoder; the encoder is frozen",
    "changes": ["Cropped tiles, to save memory."] if PLAY == "slow" else []}))
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
    text = dialog.setup.uses.value.text()
    assert "2 approved photos" in text
    assert "1 corrected photo:" in text
    assert "Too few to judge" in dialog.setup.judged.value.text()
    assert "tiny-test-v2" in dialog.setup.keeps.value.text()
    assert dialog._start.isEnabled()


def test_setup_says_how_long_before_start_and_remembers_it(worked, qtbot, play):
    play(worked, "quick")
    retrain, dialog = worked.retrain, worked.retrain.dialog
    worked.actions_["retrain"].trigger()
    assert dialog.setup.time.text()
    qtbot.waitUntil(lambda: "Measuring" in dialog.setup.time.text(), timeout=WAIT_MS)
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


def test_setup_says_what_the_trial_step_chose_and_remembers_that_too(worked, qtbot, play):
    play(worked, "quick")
    worked.actions_["retrain"].trigger()
    page = worked.retrain.dialog.setup
    assert page.updates.value.text() == "Chosen by the trial step"
    for _ in range(2):
        qtbot.waitUntil(lambda: "40 updates" in page.updates.value.text(), timeout=WAIT_MS)
        assert page.updates.value.text() == "40 updates of 4 crops"
        assert page.trains.value.text() == "The decoder; the encoder is frozen"
        assert "2 cores, full precision, about 1.6 GB of memory" in page.runs_on.value.text()
        assert not page.fitted.value.isVisible()
        worked.retrain.dialog._close.click()
        worked.actions_["retrain"].trigger()


def test_what_the_expert_chooses_is_measured_again_trained_with_and_remembered(
    worked, qtbot, play, ids
):
    play(worked, "quick")
    worked.actions_["retrain"].trigger()
    dialog = worked.retrain.dialog
    expert, page = dialog.setup.expert, dialog.setup
    qtbot.waitUntil(lambda: "40 updates" in page.updates.value.text(), timeout=WAIT_MS)
    expert.batch.setValue(2)
    expert.updates.setValue(30)
    expert.threads.setValue(1)
    expert.photos.item(0).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: page.updates.value.text() == "30 updates of 2 crops", timeout=WAIT_MS)
    assert "1 photo left out" in page.uses.reason.text()
    assert "1 approved photo:" in page.uses.value.text()
    project = worked.session.project
    assert project.get("retrain_choices") == {
        "batch": 2, "updates": 30, "threads": 1, "left_out": [ids(worked)[0]]
    }  # fmt: skip
    command = worked.retrain._command(Path("job.json"))
    assert command[command.index("--threads") + 1] == "1"
    dialog._start.click()
    qtbot.waitUntil(lambda: worked.retrain.process.running, timeout=WAIT_MS)
    job = json.loads((worked.retrain.process.run_dir / "job.json").read_text())
    assert job["recipe"] == {"batch": 2}
    assert job["updates"] == 30
    assert [p["photo_id"] for p in job["photos"]] == ids(worked)[1:]
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    dialog._discard.click()
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)
    # The project is opened again.
    session = worked.session
    session.set_project(project, list(session.records.values()))
    assert expert.choices == Choices()
    qtbot.waitUntil(lambda: expert.choices.batch == 2, timeout=WAIT_MS)
    assert expert.choices.left_out == (ids(worked)[0],)


def test_the_test_set_is_said_and_never_learned_from(worked, qtbot, play, ids):
    play(worked, "quick")
    marked(worked, ids(worked)[0], keep_out=True)
    marked(worked, ids(worked)[2], keep_out=True)
    worked.actions_["retrain"].trigger()
    page = worked.retrain.dialog.setup
    assert "1 approved photo:" in page.uses.value.text()
    assert "Your own test set of 1 photo is used" in page.judged.value.text()
    assert "1 photo of the test set cannot judge" in page.judged.reason.text()
    marked(worked, ids(worked)[1], keep_out=True)
    worked.retrain._setup.show()
    assert not worked.retrain.dialog._start.isEnabled()


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
    assert "Nothing yet" in opened.retrain.dialog.setup.uses.value.text()


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


def marked(window, photo_id, **changes):
    """A record changed in the project and in the session."""
    project = window.session.project
    if "keep_out" in changes:
        project.set_keep_out(photo_id, changes["keep_out"])
    window.session.set_record(project.photo(photo_id))


def test_job_keeps_the_test_set_apart_and_names_earlier_photos(worked, ids):
    session, (first, second, third) = worked.session, ids(worked)
    project = session.project
    for run_id, photo, decision in (
        ("r1", first, "kept"),
        ("r2", second, "discarded"),
        ("r3", third, "candidate"),
    ):
        project.note_training(
            TrainingRecord(run_id, "2026", "b", photos=(photo,), decision=decision)
        )
    marked(worked, first, keep_out=True)
    marked(worked, third, keep_out=True)  # corrected only: nothing to judge by
    run, job = retrain_files.prepare(
        project, retrain_files.usable(list(session.records.values())), session.model, 2.0
    )
    told = {p["photo_id"]: (p["keep_out"], p["earlier"]) for p in job["photos"]}
    assert told == {first: (True, True), second: (False, False)}
    assert run.learned == (second,)
    name = session.records[third].path.name
    assert run.left_out == (f"{name} of your test set is left out: it is not approved.",)
    marked(worked, second, keep_out=True)
    with pytest.raises(InputError, match="nothing to learn from"):
        retrain_files.prepare(
            project, retrain_files.usable(list(session.records.values())), session.model, 2.0
        )


def test_twins_share_a_group_and_a_twin_of_the_test_set_is_left_out(worked, photo_folder, ids):
    session = worked.session
    project = session.project
    leaf = read_photo(session.records[ids(worked)[0]].path)
    write_png(photo_folder / "again.png", np.ascontiguousarray(leaf[::-1]))
    project.scan()
    twin = next(r for r in project.photos() if r.path.name == "again.png")
    project.save(twin.photo_id, project.load(ids(worked)[0]), status="approved")
    records = retrain_files.usable(project.photos())
    _, job = retrain_files.prepare(project, records, session.model, 2.0)
    groups = {p["photo_id"]: p["group"] for p in job["photos"]}
    assert len(groups) == 4
    assert groups[twin.photo_id] == groups[ids(worked)[0]] != ""
    assert groups[ids(worked)[1]] == ""
    project.set_keep_out(twin.photo_id, True)
    records = retrain_files.usable(project.photos())
    run, job = retrain_files.prepare(project, records, session.model, 2.0)
    assert ids(worked)[0] not in {p["photo_id"] for p in job["photos"]}
    assert "looks like again.png of your test set" in run.left_out[0]


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
    assert "Leave-one-out estimate" in dialog.ended.method.text()
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


def test_a_candidate_is_on_the_shelf_and_the_model_in_use_stays(worked, qtbot, play):
    play(worked, "pictures")
    begin(worked, qtbot)
    dialog = worked.retrain.dialog
    qtbot.waitUntil(lambda: dialog.page == "result", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)
    rows, view = dialog.ended.list, dialog.ended.compare.view
    qtbot.waitUntil(lambda: not view.empty, timeout=10_000)
    rows.setCurrentItem(rows.topLevelItem(1))
    qtbot.waitUntil(lambda: "gone.png" in view._empty, timeout=10_000)
    folder = worked.retrain.process.run_dir
    dialog._candidate.click()
    qtbot.waitUntil(lambda: trainings(worked)[0].decision == "candidate", timeout=WAIT_MS)
    assert trainings(worked)[0].model == "tiny-test-v2"
    assert trainings(worked)[0].results["updates"] == 40
    assert "tiny-test-v2" in {m.name for m in list_models()}
    assert worked.session.model == default_model() == "tiny-test"
    assert not folder.exists()
    assert not dialog.isVisible()
    worked.actions_["retrain"].trigger()
    qtbot.waitUntil(
        lambda: "candidate tiny-test-v2" in dialog.setup.earlier.value.text(), timeout=WAIT_MS
    )


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
    assert run.left_out == (f"{bad.path.name} is left out: its saved mask cannot be read.",)
    assert len(job["photos"]) == len(records) - 1


@pytest.mark.slow
def test_real_training_run(worked, qtbot):
    begin(worked, qtbot)
    worked.retrain.dialog.setup.expert.minutes.setCurrentIndex(0)
    qtbot.waitUntil(lambda: worked.retrain.dialog.page in ("result", "fault"), timeout=300_000)
    assert worked.retrain.dialog.page == "result"
    worked.retrain.dialog._keep.click()
    qtbot.waitUntil(lambda: worked.session.model == "tiny-test-v2", timeout=WAIT_MS)
