"""The canvas: a photo, one composed overlay, the preview of a running prediction, a tool.

It shows what a `Document` holds and listens to its `labels_changed`; all drawing goes through the
layers, all pointer handling through `Pointer`, all zooming through `Navigation`.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QGraphicsItem, QWidget

from plantseg_gui.core.display_tables import Adjustment
from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.large_overlay import make_overlay
from plantseg_gui.core.lesion_picture import Outline
from plantseg_gui.core.overlay import ORIGIN, ByteMap, OverlayComposer
from plantseg_gui.core.palette import MaskMode
from plantseg_gui.core.results import TileUpdate
from plantseg_gui.ui.canvas.brush_cursor import BrushCursor
from plantseg_gui.ui.canvas.change_layer import ChangeLayer
from plantseg_gui.ui.canvas.cross_hair import CrossHair
from plantseg_gui.ui.canvas.image_layer import ImageLayer
from plantseg_gui.ui.canvas.input_view import InputView
from plantseg_gui.ui.canvas.label_watch import LabelWatch
from plantseg_gui.ui.canvas.lesion_outline import LesionOutline
from plantseg_gui.ui.canvas.navigation import NOTCH_FACTOR
from plantseg_gui.ui.canvas.overlay_layer import OverlayLayer
from plantseg_gui.ui.canvas.preview import LAYER as PREVIEW
from plantseg_gui.ui.canvas.preview import Preview
from plantseg_gui.ui.canvas.sketch_item import SketchItem
from plantseg_gui.ui.canvas.tool_cursor import tool_cursor
from plantseg_gui.ui.canvas.two_scales import TwoScaleRefresher
from plantseg_gui.ui.tools.base import Tool
from plantseg_gui.ui.tools.registry import TOOLS
from plantseg_gui.ui.tools.sketch import NOTHING

# Neutral grounds: they leave the eye's judgement of green and brown alone.
LIGHT_GROUND = "#dfe2dd"
DARK_GROUND = "#121413"
PREVIEW_OPACITY = 0.55
# The mask of 4 megapixels takes 12 ms; spread over frames it would come a tenth of a second later.
COMPOSE_HERE_PX = 2048 * 2048


class CanvasView(InputView):
    """Shows one document and lets a tool work on it.

    Attributes:
        change: Shows what a proposal would change.
        cursor_moved: (row, column) of the photo pixel under the pointer, (-1, -1) outside.
        zoom_changed: Device px per photo px; 1.0 is 100 %.
        stroke_finished: A stroke that changed something was closed: one undo step.
    """

    cursor_moved = Signal(int, int)
    zoom_changed = Signal(float)
    stroke_finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Photo with its lesion mask")
        self._composer: OverlayComposer | None = None
        self._styles: dict[str, tuple[bool, float]] = {PREVIEW: (True, PREVIEW_OPACITY)}
        self._mask_mode: MaskMode = "single"
        self._ground: QColor | None = None
        self.preview_threshold = 0.5
        self._image, self._overlay = ImageLayer(), OverlayLayer()
        self.change, self._preview = ChangeLayer(), Preview()
        self._marked, self._sketch = LesionOutline(), SketchItem()
        self._cursor, self._cross_hair = BrushCursor(), CrossHair()
        self._overlay_hidden = False
        items = (
            self._image,
            self._overlay,
            self.change,
            self._preview.frame,
            self._marked,
            self._sketch,
            self._cursor,
            self._cross_hair,
        )
        for level, item in enumerate(items):
            item.setZValue(level)
            self._box.addItem(item, ignoreBounds=True)
        self._refresher = TwoScaleRefresher(self._overlay, self.navigation)
        self._watch = LabelWatch(
            self._refresher, lambda: self.pointer.drawing, lambda: self._shows(ORIGIN)
        )
        self.navigation.zoom_changed.connect(self._on_zoom)
        self.pointer.stroke_finished.connect(self.stroke_finished)
        self.pointer.moved.connect(self._on_pointer)
        self.pointer.cursor_wanted.connect(self.refresh_cursor)
        self._show_ground()

    # What is shown

    @property
    def document(self) -> Document | None:
        """The document on screen."""
        return self._document

    def set_document(self, document: Document | None) -> None:
        """Show another photo, fitted, or none; maps and preview of the one before are dropped."""
        if document is self._document:
            return
        self.pointer.take(self.pointer.tool)
        self._watch.watch(None)
        self.clear_preview()
        self.change.set_change(None)
        self.mark(())
        self._document = document
        self._composer = None
        if document is not None:
            self._composer = make_overlay(document.height, document.width)
            for name, (visible, opacity) in self._styles.items():
                self._composer.set_layer(name, visible, opacity)
            self._composer.set_mask_style(self._mask_mode)
            self._watch.watch(document)
        self._image.set_photo(None if document is None else document.image)
        self._overlay.set_composer(self._composer)
        if document is None:
            self._refresher.set_target(None, None)
        else:
            self._refresher.set_target(self._composer, document.labels, document.touched)
            if document.height * document.width <= COMPOSE_HERE_PX:
                self._refresher.finish()
            self.navigation.set_photo_size(document.height, document.width)
        self.refresh_cursor()

    def set_layer(self, name: str, visible: bool, opacity: float) -> None:
        """Show or hide a layer of the overlay; kept for the next photos.

        Args:
            name: One of `core.overlay.LAYERS`.
            visible: Whether it is shown.
            opacity: 0 to 1.
        """
        if self._styles.get(name) == (visible, opacity):
            return
        self._styles[name] = (visible, opacity)
        if self._composer is not None:
            self._composer.set_layer(name, visible, opacity)
            self._refresher.invalidate(self._composer.rect)

    def set_mask_mode(self, mode: MaskMode) -> None:
        """Colour all lesions alike ("single") or each one otherwise ("instances")."""
        if mode != self._mask_mode:
            self._mask_mode = mode
            if self._composer is not None:
                self._composer.set_mask_style(mode)
                self._refresher.invalidate(self._composer.rect)

    def set_map(self, name: str, values: ByteMap | None) -> None:
        """Give a layer its map, or take it away.

        Args:
            name: One of `core.overlay.MAP_LAYERS`.
            values: [h, w] uint8 over the whole photo, at any scale; None for none.
        """
        if self._composer is not None:
            self._composer.set_map(name, values)
            if self._shows(name):
                self._refresher.invalidate(self._composer.rect)

    def show_tile(self, update: TileUpdate) -> None:
        """A tile of the running prediction: its lesions appear over the photo."""
        if self._composer is not None:
            area = self._preview.add(self._composer, update, self.preview_threshold)
            self._refresher.invalidate(area)

    def clear_preview(self) -> None:
        """The run has ended: the preview goes, the labels stay."""
        area = self._preview.clear(self._composer)
        if area is not None:
            self._refresher.invalidate(area)

    def mark(self, lines: Sequence[Outline]) -> None:
        """Outline a lesion; each line [n, 2], (x, y) in photo px; none takes the outline away."""
        self._marked.set_lines(lines)

    def set_adjustment(self, how: Adjustment) -> None:
        """Show the photo so, for the eye alone; kept for the next photos."""
        self._image.set_adjustment(how)

    def add_item(self, item: QGraphicsItem) -> None:
        """Show an item in photo px on top of the overlay; peeking hides it with that."""
        item.setParentItem(self._overlay)

    @property
    def overlay_ready(self) -> bool:
        """Whether the whole overlay is composed; chunks follow a change within frames."""
        return self._refresher.idle

    def peek(self, on: bool) -> None:
        """Show the bare photo while `on`."""
        bare = on or self._overlay_hidden
        self._overlay.setVisible(not bare)
        self.change.setVisible(not bare)
        self._marked.setVisible(not bare)
        self._image.show_bare(on)
        self._preview.frame.setOpacity(0.0 if bare else 1.0)

    def hide_overlay(self, on: bool) -> None:
        """Show the bare photo until this is taken back: something else lies over it."""
        self._overlay_hidden = on
        self.peek(False)

    def point_at(self, photo: QPointF | None) -> None:
        """Show a cross-hair at photo coordinates (x, y), or none."""
        self._cross_hair.setVisible(photo is not None)
        if photo is not None:
            self._cross_hair.setPos(photo)

    def set_ground(self, colour: QColor | str | None) -> None:
        """Colour around the photo; None follows the light or dark scheme."""
        self._ground = None if colour is None else QColor(colour)
        self._show_ground()

    # Where it looks

    @property
    def zoom(self) -> float:
        """Device px per photo px; 1.0 is 100 %."""
        return self.navigation.zoom

    def fit(self) -> None:
        """Show the whole photo."""
        self.navigation.fit()

    def actual_size(self) -> None:
        """One photo pixel on one pixel of the screen."""
        self.navigation.set_zoom(1.0)

    def zoom_in(self) -> None:
        """Larger, at the middle of the view."""
        self.navigation.set_zoom(self.zoom * NOTCH_FACTOR)

    def zoom_out(self) -> None:
        """Smaller, at the middle of the view."""
        self.navigation.set_zoom(self.zoom / NOTCH_FACTOR)

    def zoom_to(self, rect: Rect) -> None:
        """Show `rect` of the photo, for instance a lesion."""
        self.navigation.zoom_to(rect)

    # What the hand does

    def set_tool(self, tool: Tool | None) -> None:
        """The left button belongs to `tool`; a stroke of the one before is closed first."""
        before = self.pointer.tool
        self.pointer.take(tool)
        if before is not None:
            before.sketched.disconnect(self._show_sketch)
        if tool is not None:
            tool.sketched.connect(self._show_sketch)
        self._show_sketch()
        self.refresh_cursor()

    @Slot()
    def refresh_cursor(self) -> None:
        """Brush size, zoom or tool changed: show the right pointer and outline."""
        pointer, tool = self.pointer, self.pointer.tool
        if self._document is None:
            self._cursor.setVisible(False)
            self.viewport().unsetCursor()
            return
        outline = tool.outline_px if tool is not None else None
        if pointer.panning:
            shape = Qt.CursorShape.ClosedHandCursor
        elif pointer.would_pan:
            shape = Qt.CursorShape.OpenHandCursor
        elif outline is not None:
            shape = Qt.CursorShape.BlankCursor
        else:
            shape = Qt.CursorShape.CrossCursor
        if shape == Qt.CursorShape.CrossCursor and tool is not None and tool.name in TOOLS:
            icon = TOOLS[tool.name].icon
            self.viewport().setCursor(tool_cursor(icon, self.devicePixelRatioF()))
        else:
            self.viewport().setCursor(shape)
        if outline is not None:
            self._cursor.set_size(outline, self.navigation.screen_px)
            self._cursor.setPos(pointer.photo_place())
        brushing = shape == Qt.CursorShape.BlankCursor
        self._cursor.setVisible(brushing and self.viewport().underMouse())

    def shutdown(self) -> None:
        """Let go of the document; call before the window goes."""
        self.set_document(None)
        self._refresher.shutdown()

    # Events that concern the look alone; the others are in InputView

    def changeEvent(self, event: QEvent) -> None:
        """The ground follows the light or dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._ready:
            self._show_ground()

    def pointer_left(self) -> None:
        """No outline and no position while the pointer is elsewhere."""
        self.pointer.leave()
        self._cursor.setVisible(False)
        self.cursor_moved.emit(-1, -1)

    def _show_sketch(self) -> None:
        tool = self.pointer.tool
        sketch = NOTHING if tool is None else tool.sketch
        self._sketch.set_sketch(sketch, self.navigation.screen_px)

    def _shows(self, layer: str) -> bool:
        return self._styles.get(layer, (False, 0.0))[0]

    @Slot(float)
    def _on_zoom(self, zoom: float) -> None:
        self.refresh_cursor()
        self._show_sketch()
        if self._document is not None:
            self.zoom_changed.emit(zoom)

    @Slot(QPointF)
    def _on_pointer(self, photo: QPointF) -> None:
        self._cursor.setPos(photo)
        if not self._cursor.isVisible():
            self.refresh_cursor()
        document = self._document
        inside = document is not None and (
            0 <= photo.x() < document.width and 0 <= photo.y() < document.height
        )
        row, column = (int(photo.y()), int(photo.x())) if inside else (-1, -1)
        self.cursor_moved.emit(row, column)

    def _show_ground(self) -> None:
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        self.setBackground(self._ground or QColor(DARK_GROUND if dark else LIGHT_GROUND))
