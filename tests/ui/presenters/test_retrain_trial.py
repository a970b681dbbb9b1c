"""The sentence about the time of a retraining."""

from dataclasses import replace
from pathlib import Path

from plantseg_gui.storage.photo_record import PhotoRecord
from plantseg_gui.storage.run_times import RunTime
from plantseg_gui.ui.dialogs.retrain_choices import Choices
from plantseg_gui.ui.presenters.retrain_trial import time_text, trial_key


def test_a_shorter_limit_shortens_the_time():
    found = RunTime("k", "leaf", "auto", 130.0, 0.3, 300)
    assert time_text(found, 5.0).startswith("About 2 min 10 s, reading the photos included.")
    assert time_text(found, 1.0).startswith("About 1 min, the time limit; without one")


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
