"""A box from which several tags can be chosen: crop, disease and whatever else a person wrote."""

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy

from plantseg_gui.ui.bindings import quiet

ANY_TAG, NO_TAG = "Any tag", "No photo has a tag"


class TagBox(QComboBox):
    """Looks like the other boxes; its list has ticks.

    Attributes:
        changed: The person ticked or unticked a tag.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._chosen: frozenset[str] = frozenset()
        self.ticks = QMenu(self)
        self.setAccessibleName("Tags")
        self.setToolTip("Crop, disease or another word of yours: all that are ticked must be there")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.addItem(NO_TAG)
        self.setEnabled(False)

    @property
    def chosen(self) -> frozenset[str]:
        """The tags that are ticked."""
        return self._chosen

    def offer(self, tags: Collection[str]) -> None:
        """Offer these tags; ticks of others are dropped."""
        self.ticks.clear()
        for tag in sorted(tags, key=str.casefold):
            action = self.ticks.addAction(tag.replace("&", "&&"))
            action.setCheckable(True)
            action.setData(tag)
            action.triggered.connect(self._on_tick)
        self.setEnabled(bool(tags))
        self.choose(self._chosen & frozenset(tags))

    def choose(self, tags: frozenset[str]) -> None:
        """Tick these and no others, without telling of it."""
        self._chosen = tags
        for action in self.ticks.actions():
            action.setChecked(action.data() in tags)
        text = " + ".join(sorted(tags, key=str.casefold))
        with quiet(self):
            self.setItemText(0, text or (ANY_TAG if self.isEnabled() else NO_TAG))
        self.update()

    def showPopup(self) -> None:
        """Show the ticks instead of the one line."""
        self.ticks.setMinimumWidth(self.width())
        self.ticks.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _on_tick(self) -> None:
        self.choose(frozenset(a.data() for a in self.ticks.actions() if a.isChecked()))
        self.changed.emit()
