"""At two device pixels per unit; in a process of its own, as Qt reads the factor at its start."""

import os
import subprocess
import sys

SCRIPT = """
import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
app = QApplication([])
from plantseg_gui.core.document import Document
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.tools.registry import make_tool
class Settings:
    brush_px = 5
    paint = "lesion"
    def option(self, option):
        return option.default
view = CanvasView()
view.resize(400, 300)
view.show()
image = np.zeros((600, 800, 3), np.uint8)
image[:, 400:] = (200, 100, 50)
document = Document("a", image)
view.set_document(document)
view.set_tool(make_tool("brush", Settings()))
view.actual_size()
assert view.devicePixelRatioF() == 2
assert abs(view.zoom - 1) < 1e-6, view.zoom
shown = view.navigation.visible_rect()
assert abs(shown.width - 800) <= 1 and abs(shown.height - 600) <= 1, shown
at = view.navigation.to_screen(QPointF(600.5, 300.5))
assert abs(at.x() - 300) < 1, at
picture = view.grab().toImage()
assert picture.width() == 800
# At 100 % each photo pixel is one device pixel: the edge is sharp.
assert picture.pixelColor(402, 300).red() == 200 and picture.pixelColor(397, 300).red() == 0
QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
assert document.labels.array[300, 300] == 1
view.fit()
assert 0.9 < view.zoom <= 1
view.shutdown()
view.close()
"""


def test_zoom_and_points_at_two_device_pixels():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"},
    )
    assert done.returncode == 0, done.stderr
