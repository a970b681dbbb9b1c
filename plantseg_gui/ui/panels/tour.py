"""The tour: the window dimmed, numbered places on it, a card that explains one after another."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.panels.parts import label, primary
from plantseg_gui.ui.theme import UNIT, Theme

CARD_WIDTH = 42 * UNIT
BADGE_PX = 3 * UNIT
GAP = 2 * UNIT
DIM = QColor(10, 14, 12, 165)
_NEXT = (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Backspace)


class Stop(NamedTuple):
    """A place of the tour.

    Attributes:
        widget: What is shown undimmed.
        title: Its name.
        text: What is done there, one or two plain sentences.
    """

    widget: QWidget
    title: str
    text: str


class TourOverlay(QWidget):
    """See the module's text. It covers its window, follows its size, and takes all keys.

    Attributes:
        ended: The last place was left, or the tour was skipped.
    """

    ended = Signal()

    def __init__(self, theme: Theme, stops: Sequence[Stop], window: QWidget) -> None:
        """Begin at the first of those places that can be seen."""
        super().__init__(window)
        self._theme, self._window = theme, window
        self.stops = [stop for stop in stops if stop.widget.isVisible()]
        self.place = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._card = self._make_card()
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.go(0)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def go(self, place: int) -> None:
        """Explain another place; behind the last one the tour ends."""
        if not 0 <= place < len(self.stops):
            if place > 0:
                self.end()
            return
        self.place = place
        stop = self.stops[place]
        _reveal(stop.widget)
        self._number.setText(str(place + 1))
        self._title.setText(stop.title)
        self._text.setText(stop.text)
        self._count.setText(f"{place + 1} of {len(self.stops)}")
        self.back.setEnabled(place > 0)
        self.next.setText("Next" if place + 1 < len(self.stops) else "Done")
        self.setAccessibleName(f"Tour, {place + 1} of {len(self.stops)}: {stop.title}")
        self.setAccessibleDescription(stop.text)
        self._put_card()
        self.update()

    def end(self) -> None:
        """Close it."""
        if not self.isHidden():
            self._window.removeEventFilter(self)
            self.hide()
            self.ended.emit()

    def area(self, place: int) -> QRect:
        """Where a place is, in px of the window; empty while it is scrolled out of sight."""
        seen = _seen(self.stops[place].widget, self._window)
        return QRect() if seen.isEmpty() else seen.adjusted(-4, -4, 4, 4)

    def badge(self, place: int) -> QRect:
        """Where its number is."""
        inside = self.rect().adjusted(4, 4, -BADGE_PX - 4, -BADGE_PX - 4)
        corner = self.area(place).topLeft() - QPoint(BADGE_PX // 3, BADGE_PX // 3)
        x = min(max(corner.x(), inside.left()), inside.right())
        y = min(max(corner.y(), inside.top()), inside.bottom())
        return QRect(x, y, BADGE_PX, BADGE_PX)

    def event(self, event: QEvent) -> bool:
        """No key is a shortcut of the window below."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return bool(super().event(event))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window changed its size."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
            self._put_card()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """→ or Enter goes on, ← goes back, Esc ends."""
        if event.key() in _NEXT:
            self.go(self.place + 1)
        elif event.key() in _BACK:
            self.go(self.place - 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.end()

    def focusNextPrevChild(self, _forward: bool) -> bool:
        """Tab stays: what lies below is dimmed."""
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a number goes there; others go nowhere."""
        for place in range(len(self.stops)):
            shown = not self.area(place).isEmpty()
            if shown and self.badge(place).contains(event.position().toPoint()):
                self.go(place)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim all but the place, and number all places."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.setFillRule(Qt.FillRule.OddEvenFill)
        shade.addRect(QRectF(self.rect()))
        here = QRectF(self.area(self.place))
        shade.addRoundedRect(here, UNIT, UNIT)
        painter.fillPath(shade, DIM)
        tokens = self._theme.tokens
        painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawRoundedRect(here, UNIT, UNIT)
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        for place in range(len(self.stops)):
            if self.area(place).isEmpty():
                continue
            on = place == self.place
            box = self.badge(place)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(QColor(tokens.accent if on else tokens.surface))
            painter.drawEllipse(QRectF(box).adjusted(1, 1, -1, -1))
            painter.setPen(QColor(tokens.accent_text if on else tokens.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(place + 1))

    def _make_card(self) -> QFrame:
        card = QFrame(self)
        card.setObjectName("card")
        card.setFixedWidth(CARD_WIDTH)
        card.setCursor(Qt.CursorShape.ArrowCursor)
        self._number: QLabel = label("", "title")
        self._title = label("", "heading")
        self._text = label("", wrap=True)
        self._count = label("", "muted")
        self.skip = QPushButton("Skip")
        self.skip.setToolTip("End the tour (Esc); Help › Tour brings it back")
        self.skip.clicked.connect(self.end)
        self.back = QPushButton("Back")
        self.back.setToolTip("The place before (←)")
        self.back.clicked.connect(lambda: self.go(self.place - 1))
        self.next = primary(QPushButton("Next"))
        self.next.setToolTip("The next place (→ or Enter)")
        self.next.clicked.connect(lambda: self.go(self.place + 1))
        head, row = QHBoxLayout(), QHBoxLayout()
        for layout in (head, row):
            layout.setSpacing(UNIT)
        head.addWidget(self._number)
        head.addWidget(self._title, 1)
        head.addWidget(self._count)
        row.addWidget(self.skip)
        row.addStretch(1)
        for button in (self.skip, self.back, self.next):
            # The keys belong to the tour as a whole.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row.addWidget(self.back)
        row.addWidget(self.next)
        column = self._column = QVBoxLayout(card)
        column.setContentsMargins(2 * UNIT, UNIT + 4, 2 * UNIT, UNIT + 4)
        column.setSpacing(UNIT)
        column.addLayout(head)
        column.addWidget(self._text)
        column.addWidget(label("→ next   ← back   Esc ends", "caption"))
        column.addLayout(row)
        return card

    def _put_card(self) -> None:
        """Beside the place where there is room, else in its middle."""
        layout = self._column
        layout.activate()
        width = CARD_WIDTH
        height = max(layout.totalHeightForWidth(width), layout.minimumSize().height())
        self._card.resize(width, height)
        here, window = self.area(self.place), self.rect()
        if here.right() + GAP + width < window.right():
            x, y = here.right() + GAP, here.top() + GAP
        elif here.left() - GAP - width > window.left():
            x, y = here.left() - GAP - width, here.top() + GAP
        else:
            x, y = here.center().x() - width // 2, here.bottom() + GAP
        if y + height > window.bottom() - GAP:
            y = window.bottom() - GAP - height
        x = min(max(x, GAP), max(GAP, window.width() - width - GAP))
        self._card.move(x, max(GAP, y))


def _reveal(widget: QWidget) -> None:
    """Scroll to a widget that lies in a scroll area."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget, 0, UNIT)
        parent = parent.parentWidget()


def _seen(widget: QWidget, window: QWidget) -> QRect:
    """The part of a widget that its parents let through, in px of the window."""
    area = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        area &= QRect(parent.mapTo(window, QPoint(0, 0)), parent.size())
        parent = parent.parentWidget()
    return area & window.rect()
