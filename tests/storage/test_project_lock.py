import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plantseg_gui.storage import project_lock
from plantseg_gui.storage.project_lock import ProjectLock

HOLD = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from plantseg_gui.storage.project_lock import ProjectLock\n"
    "lock = ProjectLock(Path(sys.argv[1]))\n"
    "print(lock.held, flush=True)\ntime.sleep(60)\n"
)


def test_clean_end_leaves_no_trace_of_a_crash(tmp_path: Path) -> None:
    for _ in range(2):
        lock = ProjectLock(tmp_path / "lock")
        assert lock.held
        assert not lock.crashed
        lock.release()
        lock.release()


def test_running_and_crashed_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "True"
        second = ProjectLock(path)
        assert not second.held
        assert f"process {child.pid}" in second.owner
        second.release()
        child.kill()
    third = ProjectLock(path)
    assert third.held
    assert third.crashed
    third.release()


@pytest.mark.parametrize("text", ["{", "[]", '{"pid": "x"}', "\0\0", "x" * 10_000, '{"pid": -1}'])
def test_nonsense_in_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    lock = ProjectLock(tmp_path / "lock")
    assert lock.held
    lock.release()


def owner(**changes: object) -> str:
    start = project_lock.process_start_time()
    facts = {"pid": os.getpid(), "start_time": start, "computer": platform.node()}
    return json.dumps(facts | changes)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("", True),
        (owner(), False),
        (owner(start_time=1.0), True),
        (owner(pid=2**22 + 99), True),
        (owner(computer="elsewhere"), False),
        ("{", True),
    ],
    ids=["empty", "mine", "another-start", "gone", "elsewhere", "damaged"],
)
def test_where_there_are_no_system_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, held: bool
) -> None:
    monkeypatch.setattr(project_lock, "try_lock", lambda _: None)
    (tmp_path / "lock").write_text(text)
    lock = ProjectLock(tmp_path / "lock")
    assert lock.held is held
    assert lock.held or lock.owner
    lock.release()


@pytest.mark.parametrize(("age_s", "held"), [(5, False), (600, True)])
def test_another_computer_that_touched_the_file_a_moment_ago_has_it(
    tmp_path: Path, age_s: int, held: bool
) -> None:
    path = tmp_path / "lock"
    path.write_text(owner(computer="elsewhere"))
    then = time.time() - age_s
    os.utime(path, (then, then))
    lock = ProjectLock(path)
    assert lock.held is held
    if held:
        assert lock.crashed
    else:
        assert "on the computer elsewhere" in lock.owner
        assert "elsewhere" in path.read_text()
    lock.release()


def test_the_holder_touches_the_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(project_lock, "BEAT_S", 0.02)
    lock = ProjectLock(tmp_path / "lock")
    os.utime(lock.path, (1, 1))
    deadline = time.monotonic() + 5
    while lock.path.stat().st_mtime < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert lock.path.stat().st_mtime > 100
    lock.release()
