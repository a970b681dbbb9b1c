"""Says on the canvas that the photo is not shown as it is; a click shows it so again."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

# Dark on amber in both schemes: it must be seen on any photo.
_STYLE = (
    "QPushButton { background: #f0b95a; color: #1d1500; border: 1px solid #7a5200;"
    " border-radius: 6px; padding: 3px 10px; font-weight: 600; }"
    "QPushButton:hover { background: #ffd07a; }"
    "QPushButton:focus { border-color: #000000; }"
)


class ViewBadge(QPushButton):
    """See the module's text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("View adjusted  ×", parent)
        self.setStyleSheet(_STYLE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()

    def tell(self, words: str) -> None:
        """Show the badge; `words` say what differs. Nothing: hide it."""
        text = f"Not the photo's own colours: {words}.\nClick to show the photo as it is."
        self.setToolTip(text)
        self.setAccessibleName(f"View adjusted: {words}. Show the photo as it is")
        self.adjustSize()
        self.setVisible(bool(words))
