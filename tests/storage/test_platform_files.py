import os
import subprocess
import sys
import time
from pathlib import Path

from plantseg_gui.storage import platform_files as pf


def wait_for_end(pid: int, start: float) -> bool:
    for _ in range(200):
        if not pf.process_alive(pid, start):
            return True
        time.sleep(0.02)
    return False


def test_this_process_is_alive() -> None:
    start = pf.process_start_time()
    assert pf.process_alive(os.getpid(), start)
    assert pf.process_alive(os.getpid())
    assert not pf.process_alive(os.getpid(), start - 1000)
    assert not pf.process_alive(2**22 + 12345)


def test_detached_child_writes_its_log_and_is_reaped(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    code = "import os; print('sid', os.getsid(0) == os.getpid(), flush=True)"
    pid = pf.spawn_detached([sys.executable, "-c", code], log)
    assert wait_for_end(pid, pf.process_start_time(pid))
    assert "sid True" in log.read_text()


def test_terminate_takes_the_children_too(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    log = tmp_path / "child.log"
    pid = pf.spawn_detached([sys.executable, "-c", code], log)
    start = pf.process_start_time(pid)
    for _ in range(500):
        if log.read_text().strip():
            break
        time.sleep(0.02)
    grandchild = int(log.read_text())
    grandchild_start = pf.process_start_time(grandchild)
    assert not pf.terminate(pid, start - 1000)
    assert pf.process_alive(pid, start)
    assert pf.terminate(pid, start, kill=True)
    assert wait_for_end(pid, start)
    assert wait_for_end(grandchild, grandchild_start)
    assert not pf.terminate(pid, start)


def test_lock_excludes_and_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import os, sys, time\n"
        "from plantseg_gui.storage.platform_files import try_lock\n"
        "handle = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "print(try_lock(handle), flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "True"
        handle = os.open(path, os.O_RDWR)
        try:
            assert pf.try_lock(handle) is False
            child.kill()
            child.wait()
            assert pf.try_lock(handle) is True
            pf.unlock(handle)
        finally:
            os.close(handle)


def test_fsync_dir_of_a_folder(tmp_path: Path) -> None:
    pf.fsync_dir(tmp_path)
