"""A figure for a report: the picture of a photo with a caption strip below."""

from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QImageWriter, QPainter

from plantseg_gui.core.errors import StorageError
from plantseg_gui.ui.theme import LIGHT, UNIT

# Words need some width, however narrow the photo is.
LEAST_WIDTH = 40 * UNIT
_MARGIN = 1.5 * UNIT
_FLAGS = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


def figure(picture: QImage, title: str, lines: Sequence[str], scale: float) -> QImage:
    """The picture with its caption, dark on white as in print whatever the window's look.

    Args:
        picture: What is shown, `scale` px for each px of the window.
        title: First line of the caption.
        lines: The others; each is broken where it does not fit.
        scale: Of the picture; the words are as large as in the window, times this.
    """
    width = max(picture.width() / scale, LEAST_WIDTH)
    words = "\n".join(lines)
    bold = QFont(QGuiApplication.font())
    bold.setBold(True)
    room = QRectF(_MARGIN, _MARGIN, width - 2 * _MARGIN, 1e6)
    # Measured as it is drawn: on an image of the same resolution.
    probe = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(probe)
    painter.setFont(bold)
    head = painter.boundingRect(room, int(_FLAGS), title)
    painter.setFont(QGuiApplication.font())
    body = painter.boundingRect(room.translated(0, head.height() + UNIT / 2), int(_FLAGS), words)
    painter.end()
    top = picture.height() / scale
    whole = QImage(
        round(width * scale),
        round((top + body.bottom() + _MARGIN) * scale),
        QImage.Format.Format_RGB32,
    )
    whole.fill(Qt.GlobalColor.white)
    painter = QPainter(whole)
    painter.drawImage(round((whole.width() - picture.width()) / 2), 0, picture)
    painter.scale(scale, scale)
    painter.translate(0, top)
    painter.setPen(LIGHT.text)
    painter.setFont(bold)
    painter.drawText(head, int(_FLAGS), title)
    painter.setPen(LIGHT.muted)
    painter.setFont(QGuiApplication.font())
    painter.drawText(body, int(_FLAGS), words)
    painter.end()
    return whole


def png_bytes(image: QImage) -> bytes:
    """The image as a PNG file.

    Raises:
        StorageError: it cannot be encoded (no memory).
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise StorageError("The figure could not be written as PNG.", "Make the window smaller.")
    return bytes(buffer.data().data())
