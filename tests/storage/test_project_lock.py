import json
import os
import platform
import subprocess
import sys
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
