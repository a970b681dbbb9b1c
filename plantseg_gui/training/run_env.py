"""What every part of a retraining run needs: events, control, clock, watches."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from plantseg_gui.core.errors import StorageError
from plantseg_gui.core.stall import StallWatch
from plantseg_gui.storage.atomic import is_disk_full
from plantseg_gui.storage.patience import is_transient
from plantseg_gui.training.control import Control
from plantseg_gui.training.protocol import Event, Stage, Warning_
from plantseg_gui.training.saving import MemorySaving

_STAGE_EVENT_S = 0.2
# A person may free space meanwhile.
INSIST_WAITS_S = (2.0, 4.0, 8.0, 16.0)


@dataclass
class RunEnv:
    """The surroundings of a run.

    Attributes:
        emit: Appends an event.
        control: Obeys commands.
        stall: Told that something moves.
        begun: Monotonic clock at the start of the process.
        before_s: Seconds that earlier processes of the run have used.
        limit_s: The run is to end after so many `seconds`; 0 = no limit.
        saving: How much is saved on memory.
    """

    emit: Callable[[Event], None]
    control: Control
    stall: StallWatch
    begun: float = field(default_factory=time.monotonic)
    before_s: float = 0.0
    limit_s: float = 0.0
    saving: MemorySaving = field(default_factory=MemorySaving)
    _paused_s: float = 0.0
    _stage_told: float = 0.0
    _unsaved: set[str] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """Spent on the run so far, by all its processes; pauses do not count."""
        return self.before_s + time.monotonic() - self.begun - self._paused_s

    def warn(self, text: str) -> None:
        """Tell a person something; the run goes on."""
        self.emit(Warning_(text))

    def warn_once(self, text: str) -> None:
        """As `warn`, but the same words are said once in a run."""
        if text not in self._said:
            self._said.add(text)
            self.warn(text)

    def obey(self) -> bool:
        """Do what was asked since the last call, pauses included; whether to go on."""
        begun = time.monotonic()
        going_on = self.control.obey(self.stall.beat)
        self._paused_s += time.monotonic() - begun
        return going_on

    def stage(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say what is done beside updates, and let commands be heard.

        Raises:
            Cancelled: the run should stop.
        """
        self.obey()
        self.control.token.raise_if_cancelled()
        self.stall.beat()
        now = time.monotonic()
        if done == 0 or done == total or now - self._stage_told >= _STAGE_EVENT_S:
            self._stage_told = now
            self.emit(Stage(text, done, total))

    def attempt(self, what: str, act: Callable[[], object]) -> None:
        """Write something that the run can do without for a while.

        A fault of the disk is said once; the run goes on and tries again at the next occasion.

        Args:
            what: For a person, for instance "The checkpoint".
            act: Writes it.
        """
        try:
            act()
        except StorageError as error:
            if what not in self._unsaved:
                self._unsaved.add(what)
                self.warn(f"{error} The training goes on, and it is tried again later.")
            return
        if what in self._unsaved:
            self._unsaved.discard(what)
            self.warn(f"{what} could be saved now.")

    def insist(self, act: Callable[[], object]) -> None:
        """Write something that the run is about: the model. A full disk is waited for, 30 s long.

        Raises:
            StorageError: it could not be written.
        """
        for wait_s in INSIST_WAITS_S:
            try:
                act()
                return
            except StorageError as error:
                if not is_disk_full(error) and not is_transient(error):
                    raise
                self.warn(f"{error} It is tried again in {wait_s:.0f} s.")
            time.sleep(wait_s)
            self.stall.beat()
        act()
