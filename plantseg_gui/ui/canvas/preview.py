"""The mask that grows over the photo while the network works, and a frame around the newest tile.

The preview is a layer of the composer (its name is "preview"). Tiles overlap and are not blended
yet, so the highest probability so far is shown; the final mask replaces it.
"""

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsRectItem

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import OverlayComposer
from plantseg_gui.core.results import TileUpdate

LAYER = "preview"
# The composer's preview colours values from 128; the threshold is moved there, so that enlarging
# the map keeps a smooth edge instead of one of steps.
_YES = 128.0


class Preview:
    """Collects tiles of one run."""

    def __init__(self) -> None:
        self.frame = QGraphicsRectItem()
        pen = QPen(QColor(255, 255, 255, 170), 1.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.frame.setPen(pen)
        self.frame.setVisible(False)
        self._map: np.ndarray | None = None

    @property
    def shown(self) -> bool:
        """Whether a tile has arrived since `clear`."""
        return self._map is not None

    def add(self, composer: OverlayComposer, update: TileUpdate, threshold: float) -> Rect:
        """Take a tile over; returns the photo pixels to compose again."""
        scale = update.network_height, update.network_width
        if self._map is None or self._map.shape != scale:
            self._map = np.zeros(scale, np.uint8)
            composer.set_map(LAYER, None)
        rect = update.rect.clip(*scale)
        values = update.probability[: rect.height, : rect.width]
        part = self._map[rect.slices]
        np.maximum(part, _as_bytes(values, threshold), out=part)
        step_y, step_x = composer.height / scale[0], composer.width / scale[1]
        self.frame.setRect(
            QRectF(rect.x0 * step_x, rect.y0 * step_y, rect.width * step_x, rect.height * step_y)
        )
        self.frame.setVisible(update.done < update.total)
        return composer.update_map(LAYER, rect, part, scale)

    def clear(self, composer: OverlayComposer | None) -> Rect | None:
        """Forget all tiles; returns the photo pixels to compose again, None without any."""
        self.frame.setVisible(False)
        if self._map is None:
            return None
        self._map = None
        if composer is None:
            return None
        composer.set_map(LAYER, None)
        return composer.rect


def _as_bytes(probability: np.ndarray, threshold: float) -> np.ndarray:
    """Probability [h, w] float32 → uint8 with the threshold at 128, linear on both sides."""
    low = probability * (_YES / max(threshold, 1e-6))
    high = 255.0 - (1.0 - probability) * ((255.0 - _YES) / max(1.0 - threshold, 1e-6))
    return np.where(
        probability < threshold, np.minimum(low, _YES - 1), np.maximum(high, _YES)
    ).astype(np.uint8)
