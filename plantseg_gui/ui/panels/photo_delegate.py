"""Draws one row of the photo list: small picture, name, status mark, severity, tags."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from plantseg_gui.ui.panels.photo_model import PhotoRole, state_of, summary
from plantseg_gui.ui.panels.photo_row import PhotoRow
from plantseg_gui.ui.theme import UNIT, Theme

PICTURE_PX = 56
ROW_PX = PICTURE_PX + 2 * UNIT
MARK_PX = 14
BADGE_PX = 20


class PhotoDelegate(QStyledItemDelegate):
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
        row: PhotoRow = index.data(PhotoRole.ROW)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, rect, state)
        picture = QRect(rect.left() + UNIT + 2, rect.top() + UNIT, PICTURE_PX, PICTURE_PX)
        self._picture(painter, picture, index.data(PhotoRole.THUMBNAIL), row)
        tokens = self._theme.tokens
        if index.data(PhotoRole.TWINS):
            corner = picture.bottomRight() + QPoint(2, 2)
            self._badge(painter, corner, "duplicate", tokens.warning)
        if index.data(PhotoRole.OUTDATED):
            corner = picture.bottomLeft() + QPoint(BADGE_PX - 3, 2)
            self._badge(painter, corner, "clock", tokens.status_predicted)
        if row.keep_out:
            corner = picture.topLeft() + QPoint(BADGE_PX - 3, BADGE_PX - 3)
            self._badge(painter, corner, "test-set", tokens.accent)
        left = picture.right() + UNIT + 4
        text = QRect(left, picture.top(), rect.right() - UNIT - left, PICTURE_PX)
        self._text(painter, text, row, font)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        tokens = self._theme.tokens
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if not chosen and not state & QStyle.StateFlag.State_MouseOver:
            return
        box = QRectF(rect).adjusted(4, 2, -4, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent_soft if chosen else tokens.hover))
        painter.drawRoundedRect(box, 6, 6)
        if chosen:
            painter.setBrush(QColor(tokens.accent))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 10, 3, box.height() - 20), 1, 1)

    def _picture(
        self, painter: QPainter, box: QRect, pixmap: QPixmap | None, row: PhotoRow
    ) -> None:
        tokens = self._theme.tokens
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 5, 5)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(box, QColor(tokens.sunken))
        if pixmap is not None and not pixmap.isNull():
            ratio = painter.device().devicePixelRatioF()
            wanted = QSize(box.width(), box.height()) * ratio
            scaled = pixmap.scaled(
                wanted,
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
            cut = QRect(
                (scaled.width() - wanted.width()) // 2,
                (scaled.height() - wanted.height()) // 2,
                wanted.width(),
                wanted.height(),
            )
            painter.drawPixmap(box, scaled, cut)
        else:
            name = "warning" if row.error else "photo"
            ratio = painter.device().devicePixelRatioF()
            icon = self._theme.pixmap(name, round(24 * ratio), tokens.muted)
            painter.drawPixmap(QRect(box.center().x() - 11, box.center().y() - 11, 24, 24), icon)
        painter.restore()

    def _badge(self, painter: QPainter, corner: QPoint, icon: str, colour: str) -> None:
        """A mark on a corner of the picture: there twice, or made by another version.

        Args:
            painter: Of the row.
            corner: Bottom right of the mark.
            icon: File name.
            colour: As #rrggbb.
        """
        tokens = self._theme.tokens
        box = QRect(0, 0, BADGE_PX, BADGE_PX)
        box.moveBottomRight(corner)
        painter.setPen(QColor(tokens.border))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(box), 4, 4)
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._theme.pixmap(icon, round((BADGE_PX - 4) * ratio), colour)
        painter.drawPixmap(box.adjusted(2, 2, -2, -2), pixmap)

    def _text(self, painter: QPainter, box: QRect, row: PhotoRow, font: QFont) -> None:
        tokens = self._theme.tokens
        small = QFont(font)
        small.setPointSizeF(max(7.0, font.pointSizeF() - 1))
        metrics, fine = QFontMetrics(font), QFontMetrics(small)
        about = f"“{row.note}”" if row.note else ""
        tags = "  ".join(t for t in (about, "# " + ", ".join(row.tags) if row.tags else "") if t)
        block = metrics.height() + fine.height() * (2 if tags else 1) + (8 if tags else 6)
        y = box.top() + max(0, (box.height() - block) // 2)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        name = metrics.elidedText(Path(row.path).name, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box.left(), y + metrics.ascent(), name)
        y += metrics.height() + 4
        self._mark(painter, QRect(box.left(), y + (fine.height() - MARK_PX) // 2, 14, 14), row)
        painter.setFont(small)
        painter.setPen(QColor(tokens.danger if row.error else tokens.muted))
        room = box.width() - MARK_PX - 6
        line = fine.elidedText(summary(row), Qt.TextElideMode.ElideRight, room)
        painter.drawText(box.left() + MARK_PX + 6, y + fine.ascent(), line)
        if tags:
            y += fine.height() + 3
            painter.setPen(QColor(tokens.muted))
            line = fine.elidedText(tags, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box.left(), y + fine.ascent(), line)

    def _mark(self, painter: QPainter, box: QRect, row: PhotoRow) -> None:
        tokens = self._theme.tokens
        status = "error" if row.error else state_of(row)
        colour = tokens.danger if row.error else getattr(tokens, f"status_{status}", tokens.muted)
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._theme.pixmap(f"status-{status}", round(MARK_PX * ratio), colour)
        painter.drawPixmap(box, pixmap)
