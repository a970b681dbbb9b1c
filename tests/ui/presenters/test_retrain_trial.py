"""The sentence about the time of a retraining, and what killed trial steps leave behind."""

import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from plantseg_gui.jobs.run_process import PROCESS_FILE
from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.platform_files import process_start_time
from plantseg_gui.storage.run_times import RunTime
from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.presenters.retrain_trial import sweep_trials, time_text, trial_key


def test_a_shorter_limit_shortens_the_time():
    found = RunTime("k", "leaf", "auto", 130.0, 0.3, 300)
    assert time_text(found, 5.0).startswith("About 2 min 10 s, reading the photos included.")
    assert time_text(found, 1.0).startswith("About 1 min, the time limit; without one")


def test_the_limit_is_for_the_model_and_judging_comes_after_it():
    found = RunTime("k", "leaf", "auto", 80.0, 0.3, 300, plan={"judging_s": 32.0})
    assert time_text(found, 5.0).startswith(
        "About 48 s, reading the photos included. Then the model is there; judging it takes 32 s"
    )
    assert "the time limit" not in time_text(found, 1.0)


def test_the_key_knows_what_changes_the_time():
    record = PhotoRecord("a", Path("a.jpg"), "a.jpg", "approved")
    key = trial_key([record], "leaf", "auto", Choices())
    assert trial_key([record], "leaf", "auto", Choices(minutes=60.0, base="other")) == key
    for other in (
        trial_key([record], "leaf", "auto", Choices(batch=2)),
        trial_key([record], "leaf", "auto", Choices(updates=9)),
        trial_key([record], "leaf", "auto", Choices(threads=1)),
        trial_key([replace(record, keep_out=True)], "leaf", "auto", Choices()),
    ):
        assert other != key


def test_folders_of_killed_trial_steps_are_swept_and_living_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living = {"pid": os.getpid(), "start_time": process_start_time()}
    for name, process in [("dead", {"pid": 1 << 22, "start_time": 5.0}), ("alive", living)]:
        folder = tmp_path / f"plantseg-trial-{name}"
        folder.mkdir()
        (folder / PROCESS_FILE).write_text(json.dumps(process))
    for name, age in [("fresh", 0), ("old", 7200), ("damaged", 7200)]:
        folder = tmp_path / f"plantseg-trial-{name}"
        folder.mkdir()
        if name == "damaged":
            (folder / PROCESS_FILE).write_text("{")
        os.utime(folder, (time.time() - age,) * 2)
    (tmp_path / "another").mkdir()
    assert sweep_trials() == 3
    assert {f.name for f in tmp_path.iterdir()} == {
        "another", "plantseg-trial-alive", "plantseg-trial-fresh",
    }  # fmt: skip
