"""A run that broke off: it goes on by itself once, or the person is asked; nothing is lost."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from plantseg_gui.storage.run_folder import checkpoint_update
from plantseg_gui.ui.presenters import retrain_files
from tests.ui.conftest import WAIT_MS
from tests.ui.presenters.test_retrain import begin, worked

__all__ = ["worked"]

# Writes a checkpoint's header at update 20 and is killed, `deaths` times; then goes on to the end.
CHILD = """
import json, os, shutil, signal, struct, sys
from pathlib import Path
sys.path.insert(0, ROOT)
from plantseg_gui.storage.platform_files import process_start_time
from plantseg_gui.training import protocol as p
run = Path(sys.argv[1]).parent
job = json.loads(Path(sys.argv[1]).read_text())
with (run / "argv").open("a") as file:
    file.write(json.dumps(sys.argv[2:]) + "\\n")
tries = len((run / "argv").read_text().splitlines())
def say(event):
    with open(run / "events.jsonl", "a") as file:
        file.write(event.to_line() + "\\n")
say(p.Started(os.getpid(), process_start_time(), str(run), "cpu, test", 3))
if job.get("trial_only"):
    say(p.Finished(0, 3.0, ""))
    sys.exit(0)
first = 21 if "--resume" in sys.argv else 1
for n in range(first, 21):
    say(p.Step(n, 40, 1.0, 1.0, 0.05))
if first == 1:
    state = json.dumps({"update": 20})
    header = json.dumps({"__metadata__": {"plantseg_run": state}}).encode()
    (run / "checkpoint.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
if tries <= DEATHS:
    os.kill(os.getpid(), signal.SIGKILL)
if HOW == "numeric":
    say(p.Error("numeric", "The loss was not a number.", "Check the masks."))
    sys.exit(1)
shutil.copytree(job["base"], job["out"], dirs_exist_ok=True)
if "--finish" in sys.argv or HOW == "gone":
    say(p.Stopped(20, 2.0, job["out"], {"window_gone": HOW == "gone"}))
    sys.exit(0)
for n in range(21, 41):
    say(p.Step(n, 40, 1.0, 1.0, 0.05))
say(p.Finished(40, 2.0, job["out"], {}))
"""

if sys.platform == "win32":
    pytest.skip("Windows has no SIGKILL", allow_module_level=True)


@pytest.fixture
def play(tmp_path):
    """play(window, deaths): the window trains with the child above."""
    root = Path(__file__).resolve().parents[3]

    def use(window, deaths, how=""):
        script = tmp_path / "child.py"
        script.write_text(f"ROOT, DEATHS, HOW = {str(root)!r}, {deaths}, {how!r}\n{CHILD}")
        for process in (window.retrain.process, window.retrain._trial.process):
            process._command = lambda job: [sys.executable, str(script), str(job)]
        window.retrain._resume._wait.setInterval(0)

    return use


def tries(folder):
    return [json.loads(line) for line in (folder / "argv").read_text().splitlines()]


def wait_page(qtbot, window, page):
    qtbot.waitUntil(lambda: window.retrain.dialog.page == page, timeout=WAIT_MS)


def test_a_killed_process_goes_on_by_itself_with_less_memory(worked, qtbot, play):
    play(worked, 1)
    begin(worked, qtbot)
    wait_page(qtbot, worked, "result")
    dialog = worked.retrain.dialog
    log = dialog.running.log_text
    assert "was killed, most likely because memory ran out" in log
    assert "started again at update 20, with half the batch" in log
    assert tries(worked.retrain.process.run_dir) == [[], ["--resume", "--save-memory", "1"]]
    # What was shown stays: the curve has both halves.
    assert len(dialog.running.curves.loss.values) == 40
    dialog._discard.click()
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)


def test_killed_again_it_asks_and_saves_more_memory(worked, qtbot, play):
    play(worked, 2)
    begin(worked, qtbot)
    wait_page(qtbot, worked, "fault")
    dialog = worked.retrain.dialog
    assert "was killed" in dialog.fault.text.text()
    assert dialog._go_on.text() == "Go on from update 20"
    for button in (dialog._go_on, dialog._finish, dialog._discard, dialog._close):
        assert button.isVisible()
        assert button.toolTip()
    assert retrain_files.find() is not None
    # Decided on later: it is asked about again.
    dialog._close.click()
    worked.actions_["retrain"].trigger()
    assert dialog.page == "fault"
    dialog._go_on.click()
    wait_page(qtbot, worked, "result")
    assert tries(worked.retrain.process.run_dir)[-1] == ["--resume", "--save-memory", "2"]
    dialog._discard.click()
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)


def test_a_run_that_died_with_its_window_is_asked_about_at_the_next_start(
    worked, qtbot, play, make_window
):
    play(worked, 9)
    begin(worked, qtbot)
    qtbot.waitUntil(lambda: worked.retrain.process.running, timeout=WAIT_MS)
    folder = worked.retrain.process.run_dir
    worked.retrain.process.abandon()  # the window is gone without a word
    qtbot.waitUntil(lambda: checkpoint_update(folder) == 20, timeout=WAIT_MS)
    again = make_window()
    play(again, 1)
    again.retrain.find_running()
    wait_page(qtbot, again, "fault")
    dialog = again.retrain.dialog
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert tries(folder) == [[]]  # nothing is started without a question
    dialog._finish.click()
    wait_page(qtbot, again, "result")
    assert tries(folder)[-1][:2] == ["--resume", "--finish"]
    assert "Stopped" in dialog.ended.note.text()
    dialog._discard.click()
    qtbot.waitUntil(lambda: not again.retrain.process.running, timeout=10_000)


def test_a_run_that_ended_for_want_of_a_window_can_go_on_or_be_kept(worked, qtbot, play):
    play(worked, 0, "gone")
    begin(worked, qtbot)
    wait_page(qtbot, worked, "fault")
    dialog = worked.retrain.dialog
    assert dialog.fault.title.text() == "The training was interrupted"
    assert dialog._go_on.text() == "Go on from update 20"
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)
    dialog._finish.click()
    assert dialog.page == "result"
    assert dialog._keep.isEnabled()
    assert len(tries(worked.retrain.process.run_dir)) == 1
    dialog._discard.click()


def test_numbers_that_are_none_are_not_tried_again_and_discard_leaves_nothing(worked, qtbot, play):
    play(worked, 0, "numeric")
    begin(worked, qtbot)
    wait_page(qtbot, worked, "fault")
    dialog = worked.retrain.dialog
    assert "Check the masks." in dialog.fault.text.text()
    assert not dialog._go_on.isVisible()
    qtbot.waitUntil(lambda: not worked.retrain.process.running, timeout=10_000)
    folder = worked.retrain.process.run_dir
    dialog._discard.click()
    qtbot.waitUntil(lambda: not folder.exists(), timeout=10_000)
    assert retrain_files.find() is None


def test_silence_is_said_and_the_next_word_takes_it_back(worked, qtbot, play):
    from plantseg_gui.training.protocol import Stage

    retrain = worked.retrain
    retrain.dialog.show_running()
    retrain.dialog.show()
    retrain.process.silent.emit(95.0)
    page = retrain.dialog.running
    assert page.notice.isVisible()
    assert "1 min 35 s" in page.notice.text()
    assert "Stop" in page.notice.text()
    assert "1 min 35 s" in page.log_text
    retrain.process.event.emit(Stage("Reading photos", 1, 3))
    assert not page.notice.isVisible()


@pytest.mark.slow
def test_a_real_run_that_is_killed_goes_on(worked, qtbot):
    begin(worked, qtbot)
    process = worked.retrain.process
    qtbot.waitUntil(lambda: process.running, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(checkpoint_update(process.run_dir)), timeout=200_000)
    os.kill(process._pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: worked.retrain.dialog.page in ("result", "fault"), timeout=300_000)
    assert worked.retrain.dialog.page == "result"
    log = worked.retrain.dialog.running.log_text
    assert "was killed" in log
    assert "started again at update" in log
    worked.retrain.dialog._discard.click()
    qtbot.waitUntil(lambda: not process.running, timeout=WAIT_MS)
