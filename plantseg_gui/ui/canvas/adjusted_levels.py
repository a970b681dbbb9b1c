"""The levels of a photo as they are to be shown: adjusted in the pool, only the one on screen."""

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.display_tables import Adjustment
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.canvas.pyramid import Level, adjusted_level


class AdjustedLevels(QObject):
    """Answers for each level with the best picture there is, and makes the right one meanwhile.

    One level is made at a time. When a slider moves on while one is being made, it is shown all
    the same and the newest wish is next: a late picture beats none while dragging.

    Attributes:
        ready: A level was made: paint again.
    """

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._levels: list[Level] = []
        self._how = Adjustment()
        self._made: dict[int, tuple[Adjustment, Level]] = {}
        self._wish = 0
        self._token: CancelToken | None = None  # of the level that is being made

    def set_levels(self, levels: list[Level]) -> None:
        """Serve these levels, full size first; what was made of others goes."""
        if levels[:1] != self._levels[:1]:
            self._forget()
        self._levels = list(levels)

    def set_adjustment(self, how: Adjustment) -> None:
        """How they are to be shown."""
        self._how = how
        if how.neutral:
            self._forget()
        else:
            self._make()

    def level(self, index: int) -> Level:
        """What to draw now in place of level `index`.

        The level itself where it is ready; else, rather than a flash of the photo as it is, another
        one that is; else the last that there was.
        """
        if self._how.neutral:
            return self._levels[index]
        self._wish = index
        self._make()
        now = {n: level for n, (how, level) in self._made.items() if how == self._how}
        if now:
            return now[min(now, key=lambda n: abs(n - index))]
        return self._made[index][1] if index in self._made else self._levels[index]

    def _make(self) -> None:
        index, how = self._wish, self._how
        if self._token is not None or index >= len(self._levels):
            return
        if index in self._made and self._made[index][0] == how:
            return
        token = self._token = CancelToken()
        level = self._levels[index]

        def done(made: Level | None) -> None:
            if token is not self._token:
                return
            self._token = None
            if made is not None:
                # Other sizes of an older wish would only hold memory.
                self._made = {n: kept for n, kept in self._made.items() if kept[0] == how}
                self._made[index] = how, made
            self.ready.emit()

        def failed(_: object) -> None:
            if token is self._token:
                self._token = None

        run_task(
            lambda: adjusted_level(level, how, token),
            on_done=done,
            on_error=failed,
            priority=5,
            doing="adjusting the photo for display",
        )

    def _forget(self) -> None:
        if self._token is not None:
            self._token.cancel()
            self._token = None
        self._made = {}
