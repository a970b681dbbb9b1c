"""Draws one row of the list of lesions: picture, size, probability, doubt, and whose it is."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from plantseg_gui.core.lesions import Lesion
from plantseg_gui.ui.panels.lesion_model import LesionRole
from plantseg_gui.ui.theme import UNIT, Theme

PICTURE_PX = 44
ROW_PX = PICTURE_PX + UNIT + 4
_BAR_PX, _BAR_HEIGHT_PX = 44, 5
_MARK_PX = 14


class LesionDelegate(QStyledItemDelegate):
    """See the module's text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """All rows are of one height."""
        return QSize(20 * UNIT, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a row."""
        lesion: Lesion | None = index.data(LesionRole.LESION)
        if lesion is None:
            return
        rect: QRect = option.rect
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, option.state)
        picture = QRect(rect.left() + UNIT, rect.top() + 6, PICTURE_PX, PICTURE_PX)
        self._picture(painter, picture, index.data(LesionRole.PICTURE))
        left = picture.right() + UNIT + 2
        text = QRect(left, picture.top(), rect.right() - UNIT - left, PICTURE_PX)
        self._text(painter, text, lesion, index.data(LesionRole.SHARE), font)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        tokens = self._theme.tokens
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if not chosen and not state & QStyle.StateFlag.State_MouseOver:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent_soft if chosen else tokens.hover))
        painter.drawRoundedRect(QRectF(rect).adjusted(2, 1, -2, -1), 5, 5)

    def _picture(self, painter: QPainter, box: QRect, pixmap: QPixmap | None) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 4, 4)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(box, QColor(self._theme.tokens.sunken))
        if pixmap is not None and not pixmap.isNull():
            size = pixmap.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(box.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(target, pixmap)
        painter.restore()

    def _text(self, painter: QPainter, box: QRect, lesion: Lesion, share: str, font: QFont) -> None:
        tokens = self._theme.tokens
        small = QFont(font)
        small.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        metrics, fine = QFontMetrics(font), QFontMetrics(small)
        y = box.top() + (box.height() - metrics.height() - fine.height() - 5) // 2
        first = QRect(box.left(), y, box.width(), metrics.height())
        second = QRect(box.left(), first.bottom() + 6, box.width(), fine.height())
        if lesion.by_person:
            name = "approved" if lesion.accepted else "corrected"
            self._mark(painter, first, name)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        size = f"{lesion.area_px:,} px"
        painter.drawText(first, Qt.AlignmentFlag.AlignLeft, size)
        painter.setFont(small)
        painter.setPen(QColor(tokens.muted))
        used = metrics.horizontalAdvance(size) + UNIT
        room = first.adjusted(used, 0, -(_MARK_PX + 4), 0)
        if share:
            words = fine.elidedText(f"{share} of leaf", Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)
        if lesion.mean_probability is None:
            painter.drawText(second, Qt.AlignmentFlag.AlignLeft, "no prediction")
        else:
            words = f"{round(100 * lesion.mean_probability)} % likely"
            painter.drawText(second, Qt.AlignmentFlag.AlignLeft, words)
        if lesion.doubt is not None:
            self._bar(painter, second, lesion.doubt, fine)

    def _bar(self, painter: QPainter, line: QRect, doubt: float, fine: QFontMetrics) -> None:
        """The doubt at the right end of a line: the word, then a bar."""
        tokens = self._theme.tokens
        bar = QRectF(
            line.right() - _BAR_PX,
            line.center().y() - _BAR_HEIGHT_PX / 2 + 1,
            _BAR_PX,
            _BAR_HEIGHT_PX,
        )
        words = QRect(line.left(), line.top(), int(bar.left()) - 6 - line.left(), line.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, "doubt")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.border))
        painter.drawRoundedRect(bar, 2, 2)
        filled = QRectF(bar)
        filled.setWidth(max(2.0, bar.width() * min(1.0, doubt)))
        painter.setBrush(QColor(tokens.status_corrected))
        painter.drawRoundedRect(filled, 2, 2)

    def _mark(self, painter: QPainter, line: QRect, status: str) -> None:
        """The sign of what a person worked on, at the right end of a line."""
        colour = getattr(self._theme.tokens, f"status_{status}")
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._theme.pixmap(f"status-{status}", round(_MARK_PX * ratio), colour)
        top = line.center().y() - _MARK_PX // 2
        painter.drawPixmap(QRect(line.right() - _MARK_PX, top, _MARK_PX, _MARK_PX), pixmap)
