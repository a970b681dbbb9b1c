"""What every part of a retraining run needs: events, control, clock, watches."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from plantseg_gui.core.stall import StallWatch
from plantseg_gui.training.control import Control
from plantseg_gui.training.protocol import Event, Stage, Warning_

_STAGE_EVENT_S = 0.2


@dataclass
class RunEnv:
    """The surroundings of a run.

    Attributes:
        emit: Appends an event.
        control: Obeys commands.
        stall: Told that something moves.
        begun: Monotonic clock at the start of the process.
        before_s: Seconds that earlier processes of the run have used.
    """

    emit: Callable[[Event], None]
    control: Control
    stall: StallWatch
    begun: float = field(default_factory=time.monotonic)
    before_s: float = 0.0
    _stage_told: float = 0.0

    @property
    def seconds(self) -> float:
        """Spent on the run so far, by all its processes."""
        return self.before_s + time.monotonic() - self.begun

    def warn(self, text: str) -> None:
        """Tell a person something; the run goes on."""
        self.emit(Warning_(text))

    def stage(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say what is done beside updates, and let commands be heard.

        Raises:
            Cancelled: the run should stop.
        """
        self.control.check()
        self.stall.beat()
        now = time.monotonic()
        if done == 0 or done == total or now - self._stage_told >= _STAGE_EVENT_S:
            self._stage_told = now
            self.emit(Stage(text, done, total))
