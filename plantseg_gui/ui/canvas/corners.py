"""Small widgets in the corners of the canvas: they stay there when it, or they, change size."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

MARGIN_PX = 12


class Corners(QObject):
    """Keeps one widget in each corner of `area`, whose children they become."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._area = area
        self._kept: dict[QWidget, Qt.Corner] = {}
        area.installEventFilter(self)

    def keep(self, widget: QWidget, corner: Qt.Corner) -> None:
        """Put `widget` into a corner and keep it there."""
        widget.setParent(self._area)
        self._kept[widget] = corner
        widget.installEventFilter(self)
        self._place(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A size changed: put things back into their places."""
        if event.type() == QEvent.Type.Resize:
            if watched is self._area:
                for widget in self._kept:
                    self._place(widget)
            elif isinstance(watched, QWidget):
                self._place(watched)
        return False

    def _place(self, widget: QWidget) -> None:
        corner = self._kept[widget]
        right = corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)
        bottom = corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner)
        widget.move(
            self._area.width() - widget.width() - MARGIN_PX if right else MARGIN_PX,
            self._area.height() - widget.height() - MARGIN_PX if bottom else MARGIN_PX,
        )
