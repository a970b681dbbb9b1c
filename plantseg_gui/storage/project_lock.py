"""One writer a project: a lock that tells a crashed program from a second running one.

The system's lock on the file decides; it goes when its process ends, however it ends. The text in
the file (process id, its start time, computer) is for the message, tells after a crash that there
was one (a clean end empties it), and decides where the file system knows no locks.

On some network drives the system's lock holds on one computer only. So the holder touches the file
every half minute, and a file that another computer touched a moment ago counts as held.
"""

import contextlib
import json
import os
import platform
import threading
import time
from pathlib import Path
from typing import Any

from plantseg_gui.storage.platform_files import (
    process_alive,
    process_start_time,
    try_lock,
    unlock,
)

_MAX_TEXT = 4096
BEAT_S = 30.0
# Two beats may be lost on a busy drive.
FRESH_S = 3 * BEAT_S


class ProjectLock:
    """The lock file of a project.

    Attributes:
        held: Whether this object may write to the project.
        crashed: Whether the program that wrote last did not end cleanly.
        owner: Who holds the lock when this object does not, in words.
    """

    def __init__(self, path: Path) -> None:
        """Try to take the lock.

        Raises:
            OSError: the file cannot be created or written.
        """
        self.path = path
        self.crashed = False
        self.owner = ""
        self._ended = threading.Event()
        self._handle: int | None = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666
        )
        try:
            earlier = self._read()
            got = try_lock(self._handle)
            if got is None:
                got = not _seems_running(earlier)
            elif got and _is_elsewhere(earlier) and self._age_s() < FRESH_S:
                unlock(self._handle)
                got = False
            self.held = got
            if got:
                self.crashed = earlier is not None
                self._write()
                threading.Thread(target=self._beat, name="project lock", daemon=True).start()
            else:
                self.owner = _describe(earlier)
                self._close()
        except BaseException:
            self._close()
            raise

    def release(self) -> None:
        """Mark a clean end and give the lock back."""
        self._ended.set()
        if self.held and self._handle is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, 0)
            unlock(self._handle)
        self.held = False
        self._close()

    def _beat(self) -> None:
        """Touch the file until the lock is given back."""
        while not self._ended.wait(BEAT_S):
            with contextlib.suppress(OSError):  # the drive is away: saving says so
                os.utime(self.path)

    def _age_s(self) -> float:
        """How long ago the file was touched, by the clock of the drive that it lies on."""
        assert self._handle is not None
        before = os.fstat(self._handle).st_mtime
        with contextlib.suppress(OSError):
            os.utime(self.path)
        return max(0.0, os.stat(self.path).st_mtime - before)

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _read(self) -> dict[str, Any] | None:
        """What the last writer left; None when it ended cleanly."""
        assert self._handle is not None
        os.lseek(self._handle, 0, os.SEEK_SET)
        text = os.read(self._handle, _MAX_TEXT)
        if not text.strip(b"\0 \n"):
            return None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    def _write(self) -> None:
        """Say who holds the lock."""
        assert self._handle is not None
        text = json.dumps(
            {
                "pid": os.getpid(),
                "start_time": process_start_time(),
                "computer": platform.node(),
                "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            }
        ).encode()
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.ftruncate(self._handle, 0)
        os.write(self._handle, text)
        os.fsync(self._handle)


def _is_elsewhere(owner: dict[str, Any] | None) -> bool:
    """Whether another computer wrote the text."""
    return bool(owner) and owner.get("computer", platform.node()) != platform.node()  # type: ignore[union-attr]


def _seems_running(owner: dict[str, Any] | None) -> bool:
    """Without a system lock: does the process in the file still run?"""
    if not owner:
        return False
    if owner.get("computer") != platform.node():
        # Another computer's processes cannot be asked; better a reader too many than two writers.
        return True
    pid, start = owner.get("pid"), owner.get("start_time")
    if not isinstance(pid, int) or not isinstance(start, int | float):
        return False
    return process_alive(pid, float(start))


def _describe(owner: dict[str, Any] | None) -> str:
    """Who holds the lock, for a message."""
    if not owner:
        return "another running program"
    place = owner.get("computer")
    where = "" if place == platform.node() else f" on the computer {place}"
    since = owner.get("since", "?")
    return f"another running window (process {owner.get('pid', '?')}{where}, since {since})"
