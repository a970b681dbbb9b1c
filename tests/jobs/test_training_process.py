import json
import sys
import time

import pytest

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.run_command import finetune_command
from plantseg_gui.jobs.run_process import PROCESS_FILE
from plantseg_gui.jobs.training_process import (
    HEARTBEAT_FILE,
    LOG_FILE,
    TrainingProcess,
)
from plantseg_gui.storage.platform_files import process_alive
from plantseg_gui.training.protocol import Error, Finished, Started, Step, Stopped

# A child that speaks the protocol with the standard library alone, so that it starts at once.
CHILD = """
import json, os, sys, time
from pathlib import Path
job = json.loads(Path(sys.argv[1]).read_text())
run = Path(sys.argv[1]).parent
sys.path.insert(0, job["root"])
from plantseg_gui.storage.platform_files import process_start_time
from plantseg_gui.training import protocol as p
def say(event):
    with open(run / "events.jsonl", "a") as file:
        file.write(event.to_line() + "\\n")
reader = p.CommandReader(run)
say(p.Started(os.getpid(), process_start_time(), str(run), "cpu", 3))
with open(run / "events.jsonl", "ab") as file:
    file.write(b'garbage \\xff\\n{"event": "step"}\\n[1]\\n')
if job["play"] == "die":
    os._exit(9)
paused = False
for n in range(1, job["steps"] + 1):
    say(p.Step(n, job["steps"], 0.5, 1.0, 0.05))
    time.sleep(0.05)
    while True:
        for word in reader.poll():
            (run / "heard").open("a").write(word + "\\n")
            if word in ("pause", "resume"):
                paused = word == "pause"
            if word == "stop" and job["play"] == "judge":
                for photo in range(6):
                    say(p.Stage("Judging", photo, 6))
                    time.sleep(0.3)
            if word == "stop" and job["play"] != "deaf":
                say(p.Stopped(n, 1.0, str(run / "model")))
                sys.exit(0)
        if not paused:
            break
        time.sleep(0.02)
say(p.Finished(job["steps"], 1.0, str(run / "model")))
"""


@pytest.fixture
def runner(qtbot, tmp_path, request):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    run_dir = tmp_path / "run ü"
    made = []

    class Runner:
        def __init__(self):
            self.events = []
            self.run_dir = run_dir

        def make(self, **options):
            process = TrainingProcess(
                command=lambda job: [sys.executable, str(script), str(job)], **options
            )
            process.event.connect(self.events.append)
            made.append(process)
            return process

        def start(self, play="good", steps=5, **options):
            process = self.make(**options)
            process.start(
                {"play": play, "steps": steps, "root": str(request.config.rootpath)}, run_dir
            )
            return process

        def kinds(self):
            return [type(event) for event in self.events]

    yield Runner()
    for process in made:
        process.abandon()


def end(qtbot, process, timeout=8000):
    with qtbot.waitSignal(process.ended, timeout=timeout) as ended:
        pass
    return ended.args[0]


def test_a_run_from_start_to_end(runner, qtbot):
    process = runner.start()
    assert process.running
    assert end(qtbot, process) == 0
    assert runner.kinds() == [Started, *[Step] * 5, Finished]
    assert not process.running
    assert (runner.run_dir / HEARTBEAT_FILE).exists()


def test_stop_ends_it_with_what_it_has(runner, qtbot):
    process = runner.start(steps=400)
    qtbot.waitUntil(lambda: Step in runner.kinds(), timeout=5000)
    process.stop()
    assert process.stopping
    assert end(qtbot, process) == 0
    assert runner.kinds()[-1] is Stopped
    assert not process.stopping


def test_pause_and_resume(runner, qtbot):
    process = runner.start(steps=40)
    qtbot.waitUntil(lambda: Step in runner.kinds(), timeout=5000)
    process.pause()
    heard = runner.run_dir / "heard"
    qtbot.waitUntil(heard.exists, timeout=3000)
    qtbot.wait(450)
    seen = len(runner.events)
    qtbot.wait(450)
    assert len(runner.events) == seen
    process.resume()
    assert end(qtbot, process) == 0
    assert heard.read_text().split() == ["pause", "resume"]


def test_a_deaf_run_is_terminated(runner, qtbot):
    process = runner.start("deaf", steps=4000, stop_ms=300, terminate_ms=300)
    qtbot.waitUntil(lambda: Step in runner.kinds(), timeout=5000)
    pid = runner.events[0].pid
    began = time.monotonic()
    process.stop()
    assert end(qtbot, process) == 1
    assert time.monotonic() - began < 5
    assert not process_alive(pid)
    assert isinstance(runner.events[-1], Error)
    assert "did not stop" in runner.events[-1].text


def test_a_run_that_judges_after_stop_is_left_to_finish(runner, qtbot):
    process = runner.start("judge", steps=4000, stop_ms=700, terminate_ms=300)
    qtbot.waitUntil(lambda: Step in runner.kinds(), timeout=5000)
    process.stop()
    assert end(qtbot, process) == 0
    assert runner.kinds()[-1] is Stopped


def test_a_run_that_dies_is_reported_with_its_log(runner, qtbot):
    process = runner.start("die")
    assert end(qtbot, process) == 1
    assert runner.kinds() == [Started, Error]
    assert "unexpectedly" in runner.events[-1].text
    assert LOG_FILE in runner.events[-1].do


def test_keep_lets_go_and_another_window_attaches(runner, qtbot):
    first = runner.start(steps=40)
    qtbot.waitUntil(lambda: Step in runner.kinds(), timeout=5000)
    first.keep()
    assert not first.running
    runner.events.clear()
    second = runner.make()
    assert second.attach(runner.run_dir)
    assert end(qtbot, second) == 0
    assert runner.kinds() == [Started, *[Step] * 40, Finished]
    assert "keep" in (runner.run_dir / "heard").read_text()


def test_attach_to_a_run_that_is_over(runner, qtbot):
    process = runner.start(steps=2)
    end(qtbot, process)
    runner.events.clear()
    late = runner.make()
    assert not late.attach(runner.run_dir)
    assert end(qtbot, late) == 0
    assert runner.kinds()[-1] is Finished


@pytest.mark.parametrize("content", ["", "{", '{"pid": "x"}', "[]", '{"pid": 1}'])
def test_attach_with_a_damaged_process_file(runner, qtbot, content):
    runner.run_dir.mkdir()
    (runner.run_dir / PROCESS_FILE).write_text(content)
    process = runner.make()
    assert not process.attach(runner.run_dir)
    assert end(qtbot, process) == 1


def test_another_process_under_the_same_id_is_not_taken_for_the_run(runner, qtbot):
    import os

    runner.run_dir.mkdir()
    (runner.run_dir / PROCESS_FILE).write_text(json.dumps({"pid": os.getpid(), "start_time": 5.0}))
    process = runner.make()
    assert not process.attach(runner.run_dir)


def test_only_one_run_at_a_time(runner, qtbot):
    process = runner.start()
    with pytest.raises(AppError, match="still going on"):
        process.start({}, runner.run_dir)
    end(qtbot, process)


def test_the_command_is_what_a_person_would_type(tmp_path):
    words = finetune_command(tmp_path / "job.json")
    assert words[1:4] == ["-m", "plantseg_gui", "finetune"]
    assert words[4:] == ["--job", str(tmp_path / "job.json"), "--progress", "none"]
    words = finetune_command(tmp_path / "job.json", "cpu", 3)
    assert words[8:] == ["--device", "cpu", "--threads", "3"]


def test_end_now_ends_it_without_a_word(runner, qtbot):
    process = runner.start(steps=1000)
    qtbot.waitUntil(lambda: process._start_time > 0, timeout=10_000)
    pid, ended = process._pid, []
    process.ended.connect(ended.append)
    process.end_now()
    assert not process.running
    qtbot.waitUntil(lambda: not process_alive(pid), timeout=10_000)
    assert not ended
