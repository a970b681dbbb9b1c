"""Retraining in a process of its own, which survives the window when it is told to `keep`.

The run folder is the whole interface (threads.md 3): the process appends events to `events.jsonl`,
the window appends commands to `control` and renews `window.heartbeat` while it is open; weights and
previews cross as files. So a later window can attach to a run by its folder: the process id with
its start time names the process beyond doubt.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.run_command import again_words, finetune_command
from plantseg_gui.jobs.run_process import PROCESS_FILE, obituary, watched_process
from plantseg_gui.jobs.silence import SilenceWatch
from plantseg_gui.storage.atomic import storage_error, write_json
from plantseg_gui.storage.platform_files import (
    process_alive,
    process_start_time,
    spawn_detached,
    terminate,
)
from plantseg_gui.training.protocol import (
    Error,
    Event,
    EventTail,
    Finished,
    Started,
    Step,
    Stopped,
    send_command,
)

JOB_FILE = "job.json"
LOG_FILE = "output.log"
LAST_WORDS = (Finished, Stopped, Error)
HEARTBEAT_FILE = "window.heartbeat"
POLL_MS = 200
# Where a look left something unread.
POLL_SOON_MS = 10
HEARTBEAT_MS = 2000
STOP_MS = 10_000
TERMINATE_MS = 5_000
# A run that judges or writes after Stop has this many times longer for each sign of life.
BUSY_GRACE = 6


class TrainingProcess(QObject):
    """One training run, seen from the window.

    Attributes:
        event: Every event of the run, in order (`training.protocol.Event`).
        ended: The process is gone: 0 after `finished` or `stopped`, else 1. When it died without
            a word, an `error` event comes first.
        silent: Nothing was heard from a run that is not paused for so many seconds; once for each
            silence.
        died: Whether the run that ended last died without a word, and nobody here ended it.
        variables: Gives what the process finds in its environment beside this one's.
    """

    # Hides QObject.event in Python only: Qt goes on calling its own.
    event = Signal(object)  # type: ignore[assignment]
    ended = Signal(int)
    silent = Signal(float)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        command: Callable[[Path], Sequence[str]] = finetune_command,
        stop_ms: int = STOP_MS,
        terminate_ms: int = TERMINATE_MS,
    ) -> None:
        """Make it idle; `start` or `attach` follows.

        Args:
            parent: Owner.
            command: Makes the command line from the job file.
            stop_ms: How long a run may take to stop before it is terminated.
            terminate_ms: How long after that before it is killed.
        """
        super().__init__(parent)
        self._command = command
        self._stop_ms = stop_ms
        self._terminate_ms = terminate_ms
        self._run_dir: Path | None = None
        self._tail: EventTail | None = None
        self._pid = 0
        self._start_time = 0.0
        self._last_words: Event | None = None
        self._last_told = False
        # Whether the process itself has spoken, not only one before it in the same folder.
        self._heard = False
        self._held_back: list[str] = []
        self._silence = SilenceWatch()
        self.died = False
        self.paused = False
        self.variables: Callable[[], Mapping[str, str]] = dict
        self._poll = self._timer(POLL_MS, self._look)
        self._heartbeat = self._timer(HEARTBEAT_MS, self._beat)
        self._ladder = self._timer(stop_ms, self._escalate, single=True)
        self._terminated = self._again = False

    @property
    def running(self) -> bool:
        """Whether a run is being watched and has not ended."""
        return self._tail is not None

    @property
    def run_dir(self) -> Path | None:
        """Folder of the run that is or was last watched."""
        return self._run_dir

    @property
    def stopping(self) -> bool:
        """Whether `stop` was asked for."""
        return self._ladder.isActive() or self._terminated

    def start(self, job: dict[str, Any], run_dir: Path) -> None:
        """Start a run.

        Args:
            job: What to train on (see `plantseg_gui.training`); written as `job.json`.
            run_dir: Its folder; created.

        Raises:
            AppError: another run is watched, or the process cannot be started.
        """
        self._refuse_second()
        write_json(run_dir / JOB_FILE, job)
        self._spawn(run_dir, ())

    def start_again(
        self, run_dir: Path, *, resume: bool = True, save_memory: int = 0, finish: bool = False
    ) -> None:
        """Start the process of a run that broke off once more; its events so far are not repeated.

        Args:
            run_dir: Its folder, with the job.
            resume: Go on from its checkpoint; False: there is none.
            save_memory: 0 to 3, see `plantseg finetune --save-memory`.
            finish: Only judge and write what the checkpoint holds.

        Raises:
            AppError: as `start`.
        """
        self._refuse_second()
        more = again_words(resume=resume, save_memory=save_memory, finish=finish)
        self._spawn(run_dir, more, again=True)

    def attach(self, run_dir: Path) -> bool:
        """Watch a run that another window started; its events so far are repeated.

        Returns:
            Whether its process still runs; if not, its last events and `ended` follow anyway.
        """
        self._refuse_second()
        pid, start_time = watched_process(run_dir) or (0, 0.0)
        self._watch(run_dir, pid, start_time)
        return self._alive()

    def stop(self) -> None:
        """Ask the run to finish its step, save and end; after 10 s terminate, 5 s later kill.

        While the run tells that it judges or saves, it gets a minute from each such event.
        """
        if self.running and not self.stopping:
            # The ladder first: it works where a full disk keeps the command from being written.
            self._ladder.start(self._stop_ms)
            self._say("stop")

    def pause(self) -> None:
        """Ask the run to wait after its step."""
        if self.running and not self.paused:
            self._say("pause")
            self.paused = True

    def resume(self) -> None:
        """Ask a paused run to go on."""
        if self.running and self.paused:
            self._say("resume")
            self.paused = False

    def keep(self) -> None:
        """Let the run go on without a window, and stop watching it; `attach` finds it again."""
        if self.running:
            # A run that waits for somebody to press Go on would wait for ever.
            self.resume()
            self._say("keep", at_once=True)
            self._forget()

    def end_now(self) -> None:
        """End a run that has nothing to keep, without a word."""
        if self.running:
            terminate(self._pid, self._start_time or None, kill=True)
            self._forget()

    def abandon(self) -> None:
        """Stop watching without a word: the run saves and ends by itself when no window is left."""
        self._forget()

    def _timer(self, interval_ms: int, slot: Callable[[], None], *, single: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.setSingleShot(single)
        timer.timeout.connect(slot)
        return timer

    def _refuse_second(self) -> None:
        if self.running:
            raise AppError("A training run is still going on.", "Stop it first.")

    def _spawn(self, run_dir: Path, more: Sequence[str], *, again: bool = False) -> None:
        try:
            (run_dir / HEARTBEAT_FILE).touch()
            command = [*self._command(run_dir / JOB_FILE), *more]
            pid = spawn_detached(command, run_dir / LOG_FILE, self.variables())
        except OSError as error:
            raise storage_error(error, run_dir / LOG_FILE, "started") from error
        start_time = process_start_time(pid)
        write_json(run_dir / PROCESS_FILE, {"pid": pid, "start_time": start_time})
        self._watch(run_dir, pid, start_time, again=again)

    def _watch(self, run_dir: Path, pid: int, start_time: float, *, again: bool = False) -> None:
        self._run_dir = run_dir
        self._tail = EventTail(run_dir, skip=again)
        self._pid, self._start_time = pid, start_time
        self._last_words, self._last_told, self._heard = None, False, False
        # A process that goes on with a run obeys no word that was said before it spoke.
        self._held_back = []
        self._again = again
        self._silence = SilenceWatch()
        self._terminated = self.died = False
        self.paused = False
        self._beat()
        self._poll.start()
        self._heartbeat.start()

    def _forget(self) -> None:
        self._tail = None
        for timer in (self._poll, self._heartbeat, self._ladder):
            timer.stop()

    def _alive(self) -> bool:
        # A start time of 0: the process was gone before it could be asked for it.
        return self._pid > 0 and process_alive(self._pid, self._start_time or None)

    def _say(self, command: str, *, at_once: bool = False) -> None:
        assert self._run_dir is not None
        if self._again and not self._heard and not at_once:
            self._held_back.append(command)
            return
        try:
            send_command(self._run_dir, command)
        except OSError as error:
            raise storage_error(error, self._run_dir / "control") from error

    @Slot()
    def _look(self) -> None:
        """Pass on new events; asked first whether it lives, so that its last words are read."""
        alive = self._alive()
        tail = self._tail
        if tail is None:
            return
        for event in tail.poll():
            self._silence.heard(event)
            if isinstance(event, Started):
                alive = self._adopt(event)
            elif isinstance(event, LAST_WORDS):
                # Perhaps those of a process before: held back until it is known.
                self._last_words, self._last_told = event, False
                continue
            self._be_patient(event)
            self.event.emit(event)
            if self._tail is not tail:
                return  # a receiver let go of the run
        self._poll.setInterval(POLL_SOON_MS if tail.behind else POLL_MS)
        if tail.behind:
            return
        if self._last_words is not None and not self._last_told and (self._heard or not alive):
            self._last_told = True
            self._be_patient(self._last_words)
            self.event.emit(self._last_words)
            if self._tail is not tail:
                return
        if not alive:
            self._end()
        else:
            self._mind_silence()

    def _adopt(self, event: Started) -> bool:
        """A process of this run has begun; returns whether the one that is watched lives."""
        self._last_words = None
        # A launcher (Windows' python.exe in a virtual environment) starts the real process; one
        # that is gone has been followed by the one that is watched already.
        if process_alive(event.pid, event.process_started or None):
            self._pid, self._start_time = event.pid, event.process_started
            self._heard = True
            words, self._held_back = self._held_back, []
            for word in words:
                self._say(word)
        return self._alive()

    def _mind_silence(self) -> None:
        if self.paused:
            self._silence.heard()
        silent_s = self._silence.too_long()
        if silent_s is not None:
            self.silent.emit(silent_s)

    def _be_patient(self, event: Event) -> None:
        # Steps are no sign that Stop was heard: a run that goes on training is ended.
        if self._ladder.isActive() and not self._terminated and not isinstance(event, Step):
            self._ladder.start(self._stop_ms * BUSY_GRACE)

    def _end(self) -> None:
        terminated = self._terminated
        self._forget()
        self._terminated = False
        if self._last_words is None:
            self.died = not terminated
            log = (self._run_dir or Path()) / LOG_FILE
            self.event.emit(obituary(self._pid, log, terminated=terminated))
        self.ended.emit(0 if isinstance(self._last_words, (Finished, Stopped)) else 1)

    @Slot()
    def _beat(self) -> None:
        """Tell the run that a window is there."""
        if self._run_dir is not None:
            try:
                (self._run_dir / HEARTBEAT_FILE).touch()
            except OSError:
                # The folder is gone or read-only; the run will notice that by itself.
                self._heartbeat.stop()

    @Slot()
    def _escalate(self) -> None:
        if not self._alive():
            return
        terminate(self._pid, self._start_time or None, kill=self._terminated)
        if not self._terminated:
            self._terminated = True
            self._ladder.start(self._terminate_ms)
