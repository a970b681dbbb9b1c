import json

import pytest

from plantseg_gui.storage import run_times
from plantseg_gui.storage.run_times import (
    RunTime,
    known_time,
    last_time,
    photos_key,
    remember_time,
)

KEY = photos_key([("a", "approved"), ("b", "corrected")])


def made(**changes):
    kept = {
        "photos": KEY,
        "base": "leaf-v1",
        "device": "auto",
        "seconds": 52.0,
        "seconds_per_update": 0.2,
        "updates": 190,
    }
    return RunTime(**(kept | changes))


def test_the_key_knows_photos_and_their_status():
    assert photos_key([("b", "corrected"), ("a", "approved")]) == KEY
    assert photos_key([("a", "approved"), ("b", "approved")]) != KEY
    assert photos_key([("a", "approved")]) != KEY


def test_a_figure_is_found_again_for_the_same_only():
    remember_time(made())
    assert known_time(KEY, "leaf-v1", "auto").seconds == 52.0
    assert known_time(KEY, "leaf-v2", "auto") is None
    assert known_time(KEY, "leaf-v1", "cpu") is None
    assert known_time("other", "leaf-v1", "auto") is None
    assert last_time("leaf-v1", "auto").updates == 190


def test_a_newer_figure_replaces_the_older():
    remember_time(made())
    remember_time(made(seconds=40.0, whole=True))
    assert known_time(KEY, "leaf-v1", "auto").seconds == 40.0
    assert len(run_times._read()) == 1


def test_figures_of_another_computer_are_kept_and_not_used():
    remember_time(made(machine="elsewhere"))
    assert known_time(KEY, "leaf-v1", "auto") is None
    remember_time(made(base="leaf-v2"))
    assert len(run_times._read(every_machine=True)) == 2


def test_the_file_stays_small():
    for number in range(run_times.MAX_KEPT + 5):
        remember_time(made(base=f"m{number}"))
    assert len(run_times._read()) == run_times.MAX_KEPT
    assert last_time("m0", "auto") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"runs": 7}', '{"runs": [{}, 7, {"photos": 1}]}', "[" * 9999]
)
def test_a_damaged_file_counts_as_empty(text):
    run_times._path().write_text(text)
    assert known_time(KEY, "leaf-v1", "auto") is None
    remember_time(made())
    assert known_time(KEY, "leaf-v1", "auto") is not None


def test_memory_and_plan_are_kept_and_older_figures_have_none():
    remember_time(made(memory_mib=900.5, plan={"batch": 4}))
    found = known_time(KEY, "leaf-v1", "auto")
    assert (found.memory_mib, found.plan) == (900.5, {"batch": 4})
    data = json.loads(run_times._path().read_text())
    del data["runs"][0]["memory_mib"]
    data["runs"][0]["plan"] = 7
    run_times._path().write_text(json.dumps(data))
    found = known_time(KEY, "leaf-v1", "auto")
    assert (found.memory_mib, found.plan) == (0.0, {})


def test_wrong_types_are_left_out():
    remember_time(made())
    data = json.loads(run_times._path().read_text())
    data["runs"][0]["seconds"] = True
    run_times._path().write_text(json.dumps(data))
    assert known_time(KEY, "leaf-v1", "auto") is None
