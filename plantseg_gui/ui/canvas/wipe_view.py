"""Two masks of one photo, before and after: a divider to wipe over it, or the pixels that changed.

Left of the divider the mask before is shown, right of it the one after. The pictures are made once
(`wipe_pictures`), in the pool; wiping, zooming and panning only paint them.
"""

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from plantseg_gui.ui.canvas.wipe_pictures import WipePictures
from plantseg_gui.ui.theme import UNIT, Theme

NOTCH_FACTOR = 1.25
MAX_ZOOM = 16.0
GRAB_PX = UNIT
KEY_STEP, KEY_LEAP = 0.02, 0.1


class WipeMode(StrEnum):
    """What is shown: both masks with a divider, or the pixels that changed."""

    WIPE = "wipe"
    CHANGED = "changed"


class WipeView(QWidget):
    """See the module's text.

    The wheel zooms at the pointer, a drag pans, a double click shows all. Left and right move the
    divider (with Shift further, Home and End to the sides), + and - zoom, 0 shows all.

    Attributes:
        divider_moved: To this share of the width, 0 to 1.
    """

    divider_moved = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._before, self._after, self._changed = QPixmap(), QPixmap(), QPixmap()
        self._empty = ""
        self.mode = WipeMode.WIPE
        self.divider = 0.5
        # Pixels of the window per pixel of the photo, in shares of "the whole photo is shown".
        self.zoom = 1.0
        self._middle = QPointF()
        self._drag = ""
        self._last = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(30 * UNIT, 24 * UNIT)
        self.setAccessibleName("Masks before and after")
        self.setToolTip(
            "Drag the divider, or press ← and →: left the mask before, right the one after. "
            "Wheel: zoom. Drag: move the photo. Double click: all of it"
        )
        theme.changed.connect(self.update)

    def show_pictures(self, pictures: WipePictures) -> None:
        """Show another photo, all of it; the divider stays where it is."""
        self._before = QPixmap.fromImage(pictures.before)
        self._after = QPixmap.fromImage(pictures.after)
        self._changed = QPixmap.fromImage(pictures.changed)
        self.fit()

    def show_nothing(self, text: str) -> None:
        """Show a sentence instead of a photo."""
        self._before, self._after, self._changed = QPixmap(), QPixmap(), QPixmap()
        self._empty = text
        self.fit()

    @property
    def empty(self) -> bool:
        """Whether no photo is shown."""
        return self._before.isNull()

    def set_mode(self, mode: WipeMode) -> None:
        """Show both masks with a divider, or what changed."""
        self.mode = mode
        self.unsetCursor()
        self.update()

    def set_divider(self, share: float) -> None:
        """Put the divider at a share of the width."""
        share = min(1.0, max(0.0, share))
        if share != self.divider:
            self.divider = share
            self.divider_moved.emit(share)
            self.update()

    def fit(self) -> None:
        """Show the whole photo."""
        self.zoom = 1.0
        self._middle = QPointF(self._before.width() / 2, self._before.height() / 2)
        self.update()

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, 1 = the whole photo, so that the photo stays where it is at a point of the widget.

        Args:
            zoom: 1 to 16.
            at: None = the middle.
        """
        if self.empty:
            return
        at = at if at is not None else QPointF(self.rect().center())
        there = self.to_photo(at)
        self.zoom = min(MAX_ZOOM, max(1.0, zoom))
        # What was under the pointer is there again.
        self._move(there - self.to_photo(at))

    def to_photo(self, at: QPointF) -> QPointF:
        """Photo coordinates (x, y) of a point of the widget."""
        area = self._area()
        scale = self._scale()
        return QPointF((at.x() - area.left()) / scale, (at.y() - area.top()) / scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both sides, the divider and their names."""
        del event
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        if self.empty:
            painter.setPen(QColor(tokens.muted))
            room = self.rect().adjusted(2 * UNIT, 0, -2 * UNIT, 0)
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, wrap, self._empty)
        elif self.mode is WipeMode.CHANGED:
            self._draw_side(painter, self._changed, QRectF(self.rect()))
        else:
            x = self._divider_x()
            self._draw_side(painter, self._before, QRectF(0, 0, x, self.height()))
            self._draw_side(painter, self._after, QRectF(x, 0, self.width() - x, self.height()))
            self._draw_names(painter, x)
            self._draw_divider(painter, x)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the divider, or the photo."""
        if event.button() == Qt.MouseButton.LeftButton and not self.empty:
            self._last = event.position()
            self._drag = "divider" if self._on_divider(event.position()) else "photo"
            self._show_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken."""
        at = event.position()
        if self._drag == "divider":
            self.set_divider(at.x() / max(1, self.width()))
        elif self._drag == "photo":
            self._move((self._last - at) / self._scale())
        self._last = at
        self._show_cursor(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = ""
        self._show_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        del event
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.set_zoom(self.zoom * NOTCH_FACTOR ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the divider, zoom."""
        key = Qt.Key(event.key())
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = KEY_LEAP if far else KEY_STEP
        places = {
            Qt.Key.Key_Left: self.divider - step,
            Qt.Key.Key_Right: self.divider + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        zooms = {Qt.Key.Key_Plus: NOTCH_FACTOR, Qt.Key.Key_Equal: NOTCH_FACTOR,
                 Qt.Key.Key_Minus: 1 / NOTCH_FACTOR}  # fmt: skip
        if key in places and self.mode is WipeMode.WIPE:
            self.set_divider(places[key])
        elif key in zooms:
            self.set_zoom(self.zoom * zooms[key])
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the photo in sight."""
        super().resizeEvent(event)
        self._move(QPointF())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show it."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it."""
        super().focusOutEvent(event)
        self.update()

    def _scale(self) -> float:
        """Pixels of the window per pixel of the photo."""
        if self.empty:
            return 1.0
        fit = min(self.width() / self._before.width(), self.height() / self._before.height())
        return max(1e-6, fit) * self.zoom

    def _area(self) -> QRectF:
        """Where the photo lies in the widget."""
        scale = self._scale()
        left = self.width() / 2 - scale * self._middle.x()
        top = self.height() / 2 - scale * self._middle.y()
        return QRectF(left, top, scale * self._before.width(), scale * self._before.height())

    def _move(self, by: QPointF) -> None:
        """Move the middle by so many photo pixels; no further than there is something to see."""
        half_x = min(self._before.width(), self.width() / self._scale()) / 2
        half_y = min(self._before.height(), self.height() / self._scale()) / 2
        to = self._middle + by
        self._middle = QPointF(
            min(max(to.x(), half_x), self._before.width() - half_x),
            min(max(to.y(), half_y), self._before.height() - half_y),
        )
        self.update()

    def _divider_x(self) -> float:
        return self.divider * self.width()

    def _on_divider(self, at: QPointF) -> bool:
        return self.mode is WipeMode.WIPE and abs(at.x() - self._divider_x()) <= GRAB_PX

    def _show_cursor(self, at: QPointF) -> None:
        if self._drag == "divider" or (not self._drag and self._on_divider(at)):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        elif self._drag:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def _draw_side(self, painter: QPainter, picture: QPixmap, side: QRectF) -> None:
        painter.save()
        painter.setClipRect(side)
        # Enlarged, single pixels are to be seen as they are.
        smooth = self._scale() * self.devicePixelRatioF() < 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(self._area(), picture, QRectF(picture.rect()))
        painter.restore()

    def _draw_divider(self, painter: QPainter, x: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        for width, colour in ((4.0, QColor(0, 0, 0, 110)), (2.0, QColor(255, 255, 255))):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        middle = QPointF(x, self.height() / 2)
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.setBrush(QColor(tokens.surface))
        painter.drawEllipse(middle, 1.5 * UNIT, 1.5 * UNIT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        for way in (-1, 1):
            tip, back = middle + QPointF(9 * way, 0), middle + QPointF(4 * way, 0)
            points = [tip, back + QPointF(0, -4), back + QPointF(0, 4)]
            painter.drawPolygon(QPolygonF(points))

    def _draw_names(self, painter: QPainter, x: float) -> None:
        metrics = self.fontMetrics()
        for text, left_side in (("Before", True), ("After", False)):
            width = metrics.horizontalAdvance(text) + 2 * UNIT
            start = UNIT if left_side else self.width() - UNIT - width
            box = QRectF(start, UNIT, width, metrics.height() + UNIT)
            # A name is not told on the other side of the divider.
            if (box.right() > x) if left_side else (box.left() < x):
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 170))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(QColor(255, 255, 255))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
