"""Both masks of the chosen photo under each other's divider, with switch and legend."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from plantseg_gui.core.palette import LESION_COLOUR, Rgb
from plantseg_gui.ui.canvas.wipe_pictures import (
    GAINED_COLOUR,
    LOST_COLOUR,
    OUTLINE,
    WipePictures,
)
from plantseg_gui.ui.canvas.wipe_view import WipeMode, WipeView
from plantseg_gui.ui.panels.parts import ElidedLabel, label
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

SWATCH_PX = 12
MODES = {
    WipeMode.WIPE: ("Wipe", "Drag the divider: left the mask before, right the mask after"),
    WipeMode.CHANGED: ("Changed pixels", "Only what became lesion, or no longer is"),
}


class ComparePane(QWidget):
    """See the module's text."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = ElidedLabel("", "heading", middle=True)
        self.view = WipeView(theme)
        self.modes = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(UNIT // 2)
        head.addWidget(self._name, 1)
        for mode, (text, tip) in MODES.items():
            button = QToolButton()
            button.setObjectName("framed")
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(mode is WipeMode.WIPE)
            button.clicked.connect(lambda _, mode=mode: self.set_mode(mode))
            self.modes.addButton(button)
            head.addWidget(button)
        fit = QToolButton()
        fit.setToolTip("Show the whole photo (0, or double click)")
        set_icon(theme, fit, "fit")
        fit.clicked.connect(self.view.fit)
        head.addWidget(fit)
        self._legend = QHBoxLayout()
        self._legend.setSpacing(UNIT)
        self._gained, self._lost = "became lesion", "no longer lesion"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT // 2)
        column.addLayout(head)
        column.addWidget(self.view, 1)
        column.addLayout(self._legend)
        self._say()

    def set_mode(self, mode: WipeMode) -> None:
        """Wipe, or the changed pixels."""
        self.view.set_mode(mode)
        self._say()

    def show_photo(self, name: str, pictures: WipePictures) -> None:
        """Show both masks of a photo."""
        self._name.set_whole(name)
        pixels = pictures.before.width() * pictures.before.height()
        gained, lost = (100 * n / max(1, pixels) for n in (pictures.gained, pictures.lost))
        self._gained = f"became lesion ({gained:.1f} %)"
        self._lost = f"no longer lesion ({lost:.1f} %)"
        self.view.show_pictures(pictures)
        self._say()

    def show_nothing(self, name: str, text: str) -> None:
        """Say why there is nothing to see."""
        self._name.set_whole(name)
        self.view.show_nothing(text)
        self._say()

    @property
    def legend(self) -> list[str]:
        """The words of the legend."""
        items = (self._legend.itemAt(i) for i in range(self._legend.count()))
        widgets = [item.widget() for item in items if item is not None]
        return [w.text() for w in widgets if isinstance(w, QLabel) and w.text()]

    def _say(self) -> None:
        """The legend of what is shown."""
        while (item := self._legend.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        entries: list[tuple[Rgb, str]] = []
        if self.view.empty:
            pass
        elif self.view.mode is WipeMode.WIPE:
            entries = [(LESION_COLOUR, "lesion, by the model on that side")]
        else:
            entries = [
                (GAINED_COLOUR, self._gained),
                (LOST_COLOUR, self._lost),
                (OUTLINE, "lesion in both"),
            ]
        for colour, text in entries:
            swatch = QLabel()
            swatch.setPixmap(self._swatch(colour, hollow=colour == OUTLINE))
            self._legend.addWidget(swatch)
            self._legend.addWidget(label(text, "caption"))
        # Its height stays when there is nothing to say.
        self._legend.addWidget(label(" ", "caption"))
        self._legend.addStretch(1)

    def _swatch(self, colour: Rgb, *, hollow: bool) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(SWATCH_PX * ratio), round(SWATCH_PX * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.fillRect(0, 0, SWATCH_PX, SWATCH_PX, QColor(*colour))
        if hollow:
            painter.fillRect(2, 2, SWATCH_PX - 4, SWATCH_PX - 4, QColor(128, 128, 128))
            painter.setPen(QColor(90, 90, 90))
            painter.drawRect(0, 0, SWATCH_PX - 1, SWATCH_PX - 1)
        painter.end()
        return pixmap
