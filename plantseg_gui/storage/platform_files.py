"""What differs between operating systems; the only file with POSIX-only or Windows-only calls."""

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

if sys.platform == "win32":
    import msvcrt

    _DETACHED = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    import fcntl

    _DETACHED = 0

# psutil derives the start time from the boot time, which a clock correction may shift a little.
_START_TOLERANCE_S = 2.0
# Windows locks bytes mandatorily: a byte far behind the text keeps the text readable for others.
_LOCK_BYTE = 1 << 20
# Popen objects of detached children: kept so that a finished child is reaped, not left a zombie.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


def fsync_dir(folder: Path) -> None:
    """Make renames in `folder` durable. Does nothing where the system has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems refuse to sync a directory; the rename itself has happened.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def lower_priority() -> None:
    """Let other programs go first; used by a training process that runs beside a window."""
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(10)


def try_lock(handle: int) -> bool | None:
    """Take the system's lock on an open file; the system drops it when the process ends.

    Args:
        handle: File descriptor, open for reading and writing.

    Returns:
        True when this call took the lock, False when somebody else holds it, None when the file
        system knows no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(handle, _LOCK_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        return None
    return True


def unlock(handle: int) -> None:
    """Give back what `try_lock` took."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.lseek(handle, _LOCK_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_UN)


def spawn_detached(
    args: Sequence[str | Path], log: Path, more: Mapping[str, str] | None = None
) -> int:
    """Start a program that outlives this one, in a session and process group of its own.

    Args:
        args: Program and arguments.
        log: File that its output is appended to; its folder is created.
        more: Variables of its environment beside this process's own.

    Returns:
        Process id.

    Raises:
        OSError: the program or the log cannot be opened.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(a) for a in args],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=_DETACHED,
            start_new_session=sys.platform != "win32",
            env={**os.environ, **(more or {})},
        )
    _children[child.pid] = child
    return child.pid


def killed_by(pid: int) -> int:
    """Number of the signal that ended a child of this process; 0 where it is not known."""
    child = _children.get(pid)
    code = child.poll() if child is not None else None
    return -code if code is not None and code < 0 else 0


def machine_memory_mib() -> float:
    """RAM of the machine in MiB."""
    return float(psutil.virtual_memory().total) / 2**20


def process_start_time(pid: int | None = None) -> float:
    """When a process started, in seconds since 1970; 0 when there is no such process.

    Args:
        pid: Process id; this process when None.
    """
    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, OSError, ValueError):
        return 0.0


def process_alive(pid: int, start_time: float | None = None) -> bool:
    """Whether the process runs, and is the one that started then (ids are used again).

    Args:
        pid: Process id.
        start_time: As `process_start_time` gave it; None skips that check.
    """
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        return False
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        started = float(process.create_time())
    except (psutil.Error, OSError, ValueError):
        return False
    return start_time is None or abs(started - start_time) <= _START_TOLERANCE_S


def terminate(pid: int, start_time: float | None = None, *, kill: bool = False) -> bool:
    """Ask a process and its children to end; `kill` does not ask.

    Args:
        pid: Process id.
        start_time: Do nothing unless the process started then.
        kill: End it at once.

    Returns:
        False when there was no such process.
    """
    if not process_alive(pid, start_time):
        return False
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except (psutil.Error, OSError):
        return False
    for member in family:
        with contextlib.suppress(psutil.Error, OSError):
            if kill:
                member.kill()
            else:
                member.terminate()
    return True
