"""How photos are looked at in this session: one adjustment that panel, badge and canvas share."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.display_tables import NO_GAINS, Adjustment, Channel

CHANNEL_WORDS = {
    Channel.RGB: "all colours",
    Channel.RED: "red",
    Channel.GREEN: "green",
    Channel.BLUE: "blue",
    Channel.GREY: "grey",
    Channel.LAB_A: "Lab a (green to red)",
    Channel.LAB_B: "Lab b (blue to yellow)",
}


class PhotoLook(QObject):
    """Holds the adjustment; not stored, so that each start shows the photos as they are."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._how = Adjustment()

    @property
    def how(self) -> Adjustment:
        """The adjustment in force."""
        return self._how

    def set(self, **changes: Any) -> None:
        """Change fields of the adjustment."""
        how = replace(self._how, **changes)
        if how != self._how:
            self._how = how
            self.changed.emit()

    def reset(self) -> None:
        """The photo as it is."""
        if not self._how.neutral:
            self._how = Adjustment()
            self.changed.emit()

    @property
    def words(self) -> str:
        """What differs from the photo, for a tooltip; empty where nothing does."""
        how, said = self._how, []
        if how.brightness:
            said.append(f"brightness {how.brightness:+d}")
        if how.contrast:
            said.append(f"contrast {how.contrast:+d}")
        if how.gamma != 1.0:
            said.append(f"gamma {how.gamma:.2f}")
        if how.gains != NO_GAINS:
            said.append("white balance")
        if how.channel is not Channel.RGB:
            said.append(f"channel: {CHANNEL_WORDS[how.channel]}")
        return ", ".join(said)
