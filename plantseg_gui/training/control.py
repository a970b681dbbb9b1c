"""What may interrupt a run: commands, Ctrl-C, and the window that started it going away."""

import time
from collections.abc import Callable
from pathlib import Path

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.training.protocol import CommandReader

HEARTBEAT_FILE = "window.heartbeat"
# The window renews its file every 2 s; a window that is busy or just closing gets its time.
GONE_AFTER_S = 20.0
_PAUSE_POLL_S = 0.2


class WindowWatch:
    """Notices that the window of a run is gone.

    Time is counted by this process's own clock while the file's time stamp stands still, so that
    neither a suspended machine nor a changed system clock looks like a window that is gone.

    Args:
        run_dir: Where the window renews `window.heartbeat`.
        gone_after_s: Silence that counts as gone.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        run_dir: Path,
        gone_after_s: float = GONE_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = run_dir / HEARTBEAT_FILE
        self._gone_after_s = gone_after_s
        self._clock = clock
        self._stamp = self._read()
        self._changed = clock()
        # A run that somebody resumes on a terminal has an old file and no window.
        age = time.time() - self._stamp if self._stamp else float("inf")
        self.watching = age < 3 * gone_after_s

    def gone(self) -> bool:
        """Whether the window has been silent for too long."""
        if not self.watching:
            return False
        stamp, now = self._read(), self._clock()
        if stamp != self._stamp:
            self._stamp, self._changed = stamp, now
        return now - self._changed > self._gone_after_s

    def _read(self) -> float:
        try:
            return self._path.stat().st_mtime
        except OSError:
            return 0.0


class Control:
    """Obeys the commands of a run.

    Args:
        commands: Made before anything slow, so that no early word is lost.
        token: Cancelled when the run should stop; Ctrl-C cancels it too.
        window: None = no window to look after.
    """

    def __init__(
        self, commands: CommandReader, token: CancelToken, window: WindowWatch | None = None
    ) -> None:
        self.token = token
        self.window_gone = False
        self._commands = commands
        self._window = window

    def obey(self, beat: Callable[[], None] = lambda: None) -> bool:
        """Do what was asked since the last call; `pause` waits here.

        Args:
            beat: Called while waiting.

        Returns:
            Whether the run should go on.
        """
        paused = False
        while True:
            for command in self._commands.poll():
                if command == "stop":
                    self.token.cancel()
                elif command == "keep":
                    self._window = None
                else:
                    paused = command == "pause"
            if self._window is not None and self._window.gone():
                self.window_gone = True
                self.token.cancel()
            if self.token.cancelled:
                return False
            if not paused:
                return True
            beat()
            time.sleep(_PAUSE_POLL_S)

    def check(self) -> None:
        """As `obey`, between the parts of a stage that leaves nothing half done.

        Raises:
            Cancelled: the run should stop.
        """
        self.obey()
        self.token.raise_if_cancelled()
