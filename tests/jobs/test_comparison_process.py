"""The window's side of a comparison: its lines, its end, and its leash."""

import json
import os
import sys
from pathlib import Path

import pytest

from plantseg_gui.jobs.comparison_process import ComparisonProcess
from plantseg_gui.storage.platform_files import process_alive

WAIT_MS = 20_000


def say(**event):
    return f"print({json.dumps(json.dumps(event))}, flush=True)"


@pytest.fixture
def process(qapp):
    """Runs a line of Python in place of the comparison; ended at the end of the test."""
    code = []
    made = ComparisonProcess(
        command=lambda *_: [sys.executable, "-c", "\n".join(code)], stop_ms=200
    )
    made.code = code
    yield made
    made.end_now()
    made.deleteLater()


def begin(process, *lines):
    process.code[:] = lines
    process.start("a", "b", Path("pairs.json"))


def test_lines_become_signals_and_rubbish_is_passed_over(process, qtbot):
    seen = []
    process.progress.connect(lambda *a: seen.append(a))
    process.judged.connect(lambda row: seen.append(row["image"]))
    process.noted.connect(seen.append)
    with qtbot.waitSignal(process.finished, timeout=WAIT_MS) as done:
        begin(
            process,
            say(event="progress", done=0.5, total=3, text="x"),
            "print('a library speaks')",
            "print('[[[')",
            say(event="photo", image="p", dice_first=0.1),
            say(event="error", file="q", what="q is damaged.", do="Copy it."),
            say(event="comparison", n=1),
        )
    assert seen == [(0.5, 3, "x"), "p", "q is damaged. Copy it."]
    assert done.args[0]["n"] == 1
    assert not process.running


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            ["import sys", "sys.stderr.write('plantseg: No such model.\\n')", "sys.exit(2)"],
            "No such",
        ),
        (["import os", "os._exit(9)"], "unexpectedly (code 9)"),
    ],
)
def test_without_a_result_it_says_why(process, qtbot, lines, words):
    with qtbot.waitSignal(process.failed, timeout=WAIT_MS) as told:
        begin(process, *lines)
    assert words in str(told.args[0])


def test_a_program_that_is_not_there(qapp, qtbot):
    process = ComparisonProcess(command=lambda *_: ["/no/such/program"])
    with qtbot.waitSignal(process.failed, timeout=WAIT_MS):
        process.start("a", "b", Path())
    assert not process.running


def test_stop_closes_its_input_and_waits_for_what_it_has(process, qtbot):
    with qtbot.waitSignal(process.judged, timeout=WAIT_MS):
        begin(
            process,
            say(event="photo", image="p"),
            "import sys",
            "sys.stdin.read()",
            say(event="comparison", n=1),
        )
    with qtbot.waitSignal(process.finished, timeout=WAIT_MS) as done:
        process.stop()
    assert done.args[0]["n"] == 1


def test_one_that_does_not_stop_is_killed(process, qtbot):
    with qtbot.waitSignal(process.judged, timeout=WAIT_MS):
        begin(process, say(event="photo", image="p"), "import time", "time.sleep(100)")
    with qtbot.waitSignal(process.failed, timeout=WAIT_MS) as told:
        process.stop()
    assert "Stopped before" in str(told.args[0])


def test_it_dies_with_the_window(process, qtbot):
    with qtbot.waitSignal(process.judged, timeout=WAIT_MS) as told:
        pid = 'import os, time; print(\'{"event": "photo", "pid": %d}\' % os.getpid(), flush=True)'
        begin(process, pid, "time.sleep(100)")
    child = told.args[0]["pid"]
    assert process_alive(child)
    assert child != os.getpid()
    process.end_now()
    assert not process_alive(child)
