"""Two looks of one photo: a divider to wipe between them, or the pixels that changed.

Left of the divider the one is shown, right of it the other. The pictures are made once
(`wipe_pictures`), in the pool; wiping, zooming and panning only paint them. The widget stands alone
or lies over the canvas (`lie_over`).
"""

from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from plantseg_gui.ui.canvas.drawing import draw_part
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.canvas.wipe_look import CanvasLook, OwnLook, WipeLook
from plantseg_gui.ui.canvas.wipe_marks import draw_legend, draw_names
from plantseg_gui.ui.canvas.wipe_pictures import WipePictures
from plantseg_gui.ui.theme import UNIT, Theme

NOTCH_FACTOR = 1.25
GRAB_PX = UNIT
KEY_STEP, KEY_LEAP = 0.02, 0.1
_BEFORE_AFTER = ("Before", "After")
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
# Keys of its own, whatever else the window does with them.
_OWN_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Escape)


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
        left: Esc was pressed over a canvas: the person has seen enough.
    """

    divider_moved = Signal(float)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pictures: WipePictures | None = None
        self._names = _BEFORE_AFTER
        self._empty = ""
        self._own = OwnLook(self)
        self._look: WipeLook = self._own
        self.mode = WipeMode.WIPE
        self.divider = 0.5
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

    def lie_over(self, canvas: CanvasView) -> None:
        """Lie over a canvas from now on: it shows the photo, and says where to look."""
        self._look = CanvasLook(canvas, self)
        self.setMinimumSize(0, 0)
        # A tooltip would hide what is being compared.
        self.setToolTip("")

    def show_pictures(self, pictures: WipePictures, names: tuple[str, str] = _BEFORE_AFTER) -> None:
        """Show another photo, all of it; the divider stays where it is.

        Over a canvas, the canvas has the photo, and the place stays.
        """
        self._pictures, self._names = pictures, names
        self._look.set_photo(QSizeF(pictures.before.size()))
        self.update()

    def show_nothing(self, text: str) -> None:
        """Show a sentence instead of a photo."""
        self._pictures = None
        self._empty = text
        self.update()

    @property
    def empty(self) -> bool:
        """Whether no photo is shown."""
        return self._pictures is None

    @property
    def zoom(self) -> float:
        """Of a widget that stands alone: 1 = the whole photo."""
        return self._own.zoom

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
        self._look.fit()
        self.update()

    def set_zoom(self, zoom: float) -> None:
        """Zoom at the middle; 1 = the whole photo, up to 16."""
        self._zoom_by(zoom / self._own.zoom)

    def to_photo(self, at: QPointF) -> QPointF:
        """Photo coordinates (x, y) of a point of the widget."""
        return (at - self._look.area.topLeft()) / self._look.scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both sides, the divider and their names."""
        del event
        painter = QPainter(self)
        tokens = self._theme.tokens
        if not self._look.over_canvas:
            painter.fillRect(self.rect(), QColor(tokens.canvas))
        if self._pictures is None:
            painter.setPen(QColor(tokens.muted))
            room = self.rect().adjusted(2 * UNIT, 0, -2 * UNIT, 0)
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, wrap, self._empty)
        elif self.mode is WipeMode.CHANGED:
            self._draw_side(painter, self._pictures.changed, QRectF(self.rect()))
            if self._look.over_canvas:
                draw_legend(painter, self._pictures)
        else:
            x = self._divider_x()
            right = QRectF(x, 0, self.width() - x, self.height())
            self._draw_side(painter, self._pictures.before, QRectF(0, 0, x, self.height()))
            self._draw_side(painter, self._pictures.after, right)
            draw_names(painter, QSizeF(self.size()), self._names, x)
            self._draw_divider(painter, x)
        if self.hasFocus() and not self._look.over_canvas:
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the divider, or the photo."""
        if event.button() in (_LEFT, _MIDDLE) and not self.empty and not self._drag:
            self._last = event.position()
            divider = event.button() == _LEFT and self._on_divider(event.position())
            self._drag = "divider" if divider else "photo"
            self._show_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken."""
        at = event.position()
        if self._drag == "divider":
            self.set_divider(at.x() / max(1, self.width()))
        elif self._drag == "photo":
            self._look.pan(at - self._last)
            self.update()
        self._last = at
        self._look.hover(at)
        self._show_cursor(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = ""
        self._show_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        del event
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        self._look.hover(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self._zoom_by(NOTCH_FACTOR ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Its own keys come here before they are anybody's shortcut."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
        ):
            event.accept()
            return True
        return super().event(event)

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
            self._zoom_by(zooms[key])
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Escape and self._look.over_canvas:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the photo in sight."""
        super().resizeEvent(event)
        if not self._look.over_canvas:
            self._look.pan(QPointF())
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show it."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it."""
        super().focusOutEvent(event)
        self.update()

    def _zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        if not self.empty:
            self._look.zoom_by(factor, at)
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

    def _draw_side(self, painter: QPainter, picture: QImage, side: QRectF) -> None:
        area = self._look.area
        if picture.isNull() or area.isEmpty() or side.isEmpty():
            return
        painter.save()
        painter.setClipRect(side)
        draw_part(painter, picture, area, side)
        painter.restore()

    def _draw_divider(self, painter: QPainter, x: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        for width, colour in ((4.0, QColor(0, 0, 0, 110)), (2.0, QColor(255, 255, 255))):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        middle = QPointF(x, self.height() / 2)
        held = self.hasFocus() and self._look.over_canvas
        painter.setPen(QPen(QColor(tokens.accent if held else tokens.border), 2 if held else 1))
        painter.setBrush(QColor(tokens.surface))
        painter.drawEllipse(middle, 1.5 * UNIT, 1.5 * UNIT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        for way in (-1, 1):
            tip, back = middle + QPointF(9 * way, 0), middle + QPointF(4 * way, 0)
            points = [tip, back + QPointF(0, -4), back + QPointF(0, 4)]
            painter.drawPolygon(QPolygonF(points))
