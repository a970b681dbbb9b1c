"""The sentence about the time of a retraining."""

from plantseg_gui.storage.run_times import RunTime
from plantseg_gui.ui.presenters.retrain_trial import time_text


def test_a_shorter_limit_shortens_the_time():
    found = RunTime("k", "leaf", "auto", 130.0, 0.3, 300)
    assert time_text(found, 5.0).startswith("About 2 min 10 s, reading the photos included.")
    assert time_text(found, 1.0).startswith("About 1 min, the time limit; without one")
