"""How the photo is looked at and worked on: tool, brush, layers, tile mode. No data of the photo.

One object that actions, panels and the canvas share; each listens and none knows the others.
"""

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.results import TileMode
from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui.tools.options import Option, Value, allowed

BRUSH_MIN_PX = 2
BRUSH_MAX_PX = 500
BRUSH_STEP = 1.25
# Tools that paint neither lesion nor unsure.
NO_PAINT = ("eraser", "cut", "merge", "outline", "scribble", "pan")


@dataclass(frozen=True)
class LayerSpec:
    """A layer of the overlay as a person reads it.

    Attributes:
        title: Its name on the screen.
        low: Label at the low end of the legend; empty where the layer has one colour.
        high: Label at the high end.
        tip: What it shows.
    """

    title: str
    low: str
    high: str
    tip: str


LAYERS: dict[str, LayerSpec] = {
    "mask": LayerSpec("Lesion mask", "", "", "The lesions: what is measured and what you correct"),
    "leaf": LayerSpec("Leaf area", "", "", "The area that severity is a share of"),
    "probability": LayerSpec("Probability", "0 %", "100 %", "How likely each pixel is lesion"),
    "attention1": LayerSpec(
        "Attention 1 (fine)", "0", "1", "Where the network looked, in fine cells"
    ),
    "attention2": LayerSpec(
        "Attention 2 (coarse)", "0", "1", "Where the network looked, in coarse cells"
    ),
    "variance": LayerSpec(
        "Variance", "views agree", "disagree", "Spread of the probability over turned views"
    ),
    "energy": LayerSpec("Energy", "decided", "undecided", "Free energy: high where undecided"),
    "origin": LayerSpec(
        "Origin", "", "", "Which pixels are yours and which the model's; shown in place of the mask"
    ),
}
MAP_LAYERS = ("probability", "attention1", "attention2", "variance", "energy")


class ViewState(QObject):
    """See the module's text. Setters emit only when something changed."""

    tool_changed = Signal()
    paint_changed = Signal()
    brush_changed = Signal()
    option_changed = Signal(str)  # key
    layer_changed = Signal(str)
    availability_changed = Signal()
    mode_changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = "brush"
        self._paint = "lesion"
        self._brush_px = 2 * settings.brush_radius_px
        self._mode = TileMode(settings.tile_mode)
        self._options: dict[str, Value] = dict(settings.tool_options)
        # Settings that know a layer not yet leave it off.
        self._visible = {name: settings.overlay_visible.get(name, False) for name in LAYERS}
        self._opacity = {name: settings.overlay_opacity.get(name, 0.6) for name in LAYERS}
        self._notes: dict[str, str] = {}
        self._missing: dict[str, str] = dict.fromkeys(LAYERS, "")

    @property
    def tool(self) -> str:
        """Which tool is taken up: a key of `tools.registry.TOOLS`."""
        return self._tool

    def set_tool(self, tool: str) -> None:
        """Choose the tool of the left button."""
        if tool != self._tool:
            self._tool = tool
            self.tool_changed.emit()

    @property
    def paint(self) -> str:
        """What the brush paints: "lesion" or "unsure"."""
        return self._paint

    def set_paint(self, paint: str) -> None:
        """Choose what the tools paint; who erases or moves takes up the brush."""
        if paint != self._paint:
            self._paint = paint
            self.paint_changed.emit()
        if self._tool in NO_PAINT:
            self.set_tool("brush")

    @property
    def brush_px(self) -> int:
        """Diameter of brush and eraser, photo px."""
        return self._brush_px

    def set_brush_px(self, size: int) -> None:
        """Set the diameter; clipped to what the tools allow."""
        size = max(BRUSH_MIN_PX, min(BRUSH_MAX_PX, size))
        if size != self._brush_px:
            self._brush_px = size
            self.brush_changed.emit()

    def step_brush(self, direction: int) -> None:
        """Make the brush a quarter larger (1) or smaller (-1), at least by 1 px."""
        factor = BRUSH_STEP if direction > 0 else 1 / BRUSH_STEP
        wanted = round(self._brush_px * factor)
        self.set_brush_px(wanted if wanted != self._brush_px else wanted + direction)

    def option(self, option: Option) -> Any:
        """What is set for a tool; the default where nothing that it allows is."""
        value = self._options.get(option.key, option.default)
        return value if allowed(option, value) else option.default

    def set_option(self, option: Option, value: Value) -> None:
        """Set it; what the option does not allow is left."""
        if allowed(option, value) and value != self.option(option):
            self._options[option.key] = value
            self.option_changed.emit(option.key)

    @property
    def mode(self) -> TileMode:
        """Which tiles the model sees."""
        return self._mode

    def set_mode(self, mode: TileMode) -> None:
        """Choose the tiles of the next run."""
        if mode != self._mode:
            self._mode = mode
            self.mode_changed.emit()

    def visible(self, layer: str) -> bool:
        """Whether `layer` is switched on."""
        return self._visible[layer]

    def opacity(self, layer: str) -> float:
        """0 to 1."""
        return self._opacity[layer]

    def set_visible(self, layer: str, on: bool) -> None:
        """Switch a layer on or off."""
        if self._visible[layer] != on:
            self._visible[layer] = on
            self.layer_changed.emit(layer)

    def set_opacity(self, layer: str, opacity: float) -> None:
        """Set a layer's opacity, 0 to 1."""
        opacity = max(0.0, min(1.0, opacity))
        if opacity != self._opacity[layer]:
            self._opacity[layer] = opacity
            self.layer_changed.emit(layer)

    def missing(self, layer: str) -> str:
        """Why `layer` cannot be shown for this photo; empty when it can."""
        return self._missing[layer]

    def note(self, layer: str) -> str:
        """What the legend of `layer` says about this photo besides; empty for nothing."""
        return self._notes.get(layer, "")

    def set_missing(self, reasons: dict[str, str], notes: dict[str, str] | None = None) -> None:
        """Say which layers the photo on screen has not, and why; the others are there.

        Args:
            reasons: Layer → why it is missing.
            notes: Layer → what its legend says besides.
        """
        wanted = {name: reasons.get(name, "") for name in LAYERS}
        said = dict(notes or {})
        if wanted != self._missing or said != self._notes:
            self._missing, self._notes = wanted, said
            self.availability_changed.emit()

    def stored_in(self, settings: Settings) -> Settings:
        """`settings` with this state, for the next start."""
        return replace(
            settings,
            brush_radius_px=max(1, round(self._brush_px / 2)),
            tile_mode=str(self._mode),
            tool_options=dict(self._options),
            overlay_visible=dict(self._visible),
            overlay_opacity=dict(self._opacity),
        )
