"""Right, bottom: what lies over the photo; each layer with switch, opacity and legend."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.core.origin import Origin
from plantseg_gui.core.palette import (
    LESION_COLOUR,
    ORIGIN_COLOURS,
    UNSURE_COLOUR,
    Rgb,
    legend_colours,
)
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_switch, bind_value
from plantseg_gui.ui.panels.parts import Card, ColourBar, label
from plantseg_gui.ui.panels.threshold import ThresholdRow
from plantseg_gui.ui.theme import UNIT, Theme, set_icon
from plantseg_gui.ui.view_state import LAYERS, MAP_LAYERS, ViewState

LEGEND_STEPS = 24
SWATCH_PX = 12
ORIGIN_WORDS = {
    Origin.LESION_BY_PERSON: "lesion, by you",
    Origin.LESION_BY_MODEL: "lesion, by a model",
    Origin.HEALTHY_BY_PERSON: "healthy, by you",
    Origin.UNSURE: "unsure, by you",
}
COVERED = "Origin is shown in place of the mask"


class LayersPanel(Card):
    """See the module's text."""

    def __init__(
        self, theme: Theme, actions: Actions, view: ViewState, maps: dict[str, str]
    ) -> None:
        """Make the rows.

        Args:
            theme: Look.
            actions: "layer_<name>" switches a layer.
            view: Holds switches and opacities.
            maps: Layer → name of its colour map in `core.palette`.
        """
        super().__init__(theme, "Layers")
        self.body.setSpacing(UNIT // 2)
        self._nothing = label("Open a photo: its layers can be shown here.", "muted", wrap=True)
        self.body.addWidget(self._nothing)
        self.rows: dict[str, LayerRow] = {}
        for name in LAYERS:
            bind_switch(
                actions[f"layer_{name}"],
                view.layer_changed,
                lambda name=name: view.visible(name),  # type: ignore[misc]
                lambda on, name=name: view.set_visible(name, on),  # type: ignore[misc]
            )
            self.rows[name] = LayerRow(theme, actions, view, name, maps.get(name, ""))
            self.body.addWidget(self.rows[name])
            if name == "mask":
                self.threshold = ThresholdRow(theme)
                self.body.addWidget(self.threshold)
        view.availability_changed.connect(lambda: self._show_nothing(view))
        self._show_nothing(view)

    def _show_nothing(self, view: ViewState) -> None:
        self._nothing.setVisible(all(view.missing(name) for name in LAYERS))


class LayerRow(QFrame):
    """One layer."""

    def __init__(
        self, theme: Theme, actions: Actions, view: ViewState, name: str, colour_map: str
    ) -> None:
        super().__init__()
        self._view, self._name, self._theme = view, name, theme
        self._action = actions[f"layer_{name}"]
        spec = LAYERS[name]
        self._eye = QToolButton()
        self._eye.setObjectName("eye")
        self._eye.setCheckable(True)
        self._eye.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._eye.setAccessibleName(f"Show {spec.title}")
        self._eye.clicked.connect(self._action.trigger)
        self._title = label(spec.title)
        self._note = label("", "caption", wrap=True)
        self._colours = _bar(colour_map) if name in MAP_LAYERS else Swatches(_meanings(name))
        self._slider = self._make_slider(spec.title)
        self._legend = self._make_legend()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(UNIT // 2)
        line.addWidget(self._eye)
        line.addWidget(self._title, 1)
        line.addWidget(self._slider)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self._legend)
        view.layer_changed.connect(self._on_layer)
        view.availability_changed.connect(self._show)
        actions.keys_changed.connect(self._show)
        self._show()

    @property
    def legend_visible(self) -> bool:
        """Whether the legend is shown."""
        return not self._legend.isHidden()

    def _make_slider(self, title: str) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(5, 100)
        slider.setFixedWidth(11 * UNIT)
        slider.setAccessibleName(f"Opacity of {title}")
        bind_value(
            slider,
            self._view.layer_changed,
            lambda: round(100 * self._view.opacity(self._name)),
            lambda value: self._view.set_opacity(self._name, value / 100),
        )
        return slider

    def _make_legend(self) -> QWidget:
        spec, box = LAYERS[self._name], QWidget()
        left = 4 * UNIT
        if self._name in MAP_LAYERS:
            grid = QGridLayout(box)
            grid.setContentsMargins(left, 0, UNIT // 2, UNIT // 2)
            grid.setSpacing(2)
            grid.addWidget(self._colours, 0, 0, 1, 2)
            grid.addWidget(label(spec.low, "caption"), 1, 0)
            high = label(spec.high, "caption")
            high.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(high, 1, 1)
            grid.addWidget(self._note, 2, 0, 1, 2)
            box.setToolTip(f"{spec.tip}: {spec.low} (left) to {spec.high} (right)")
        else:
            column = QVBoxLayout(box)
            column.setContentsMargins(left, 0, 0, UNIT // 2)
            column.setSpacing(2)
            column.addWidget(self._colours)
            column.addWidget(self._note)
        return box

    def _on_layer(self, name: str) -> None:
        if name == self._name or (name == "origin" and self._name == "mask"):
            self._show()

    def _show(self) -> None:
        missing = self._view.missing(self._name)
        on = self._view.visible(self._name)
        there = not missing
        spec = LAYERS[self._name]
        set_icon(self._theme, self._eye, "eye" if on else "eye-off")
        self._eye.setChecked(on)
        self._action.setEnabled(there)
        for widget in (self._eye, self._title, self._slider):
            widget.setEnabled(there)
        covered = self._name == "mask" and on and self._view.visible("origin")
        self._slider.setEnabled(there and on and not covered)
        self._legend.setVisible(on and there)
        note = COVERED if covered else self._view.note(self._name)
        self._note.setText(note)
        self._colours.setHidden(covered)
        self._note.setVisible(bool(note))
        self._eye.setToolTip(missing or self._action.toolTip())
        self._title.setToolTip(missing or spec.tip)
        percent = round(100 * self._view.opacity(self._name))
        self._slider.setToolTip(missing or f"Opacity of {spec.title}: {percent} %")


class Swatches(QWidget):
    """Colours and what they mean, two in a line."""

    def __init__(self, meanings: list[tuple[Rgb, str]]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(UNIT // 2)
        grid.setVerticalSpacing(2)
        # Columns: swatch, words, a gap, swatch, words.
        grid.setColumnMinimumWidth(2, UNIT)
        for place, (colour, text) in enumerate(meanings):
            row, column = divmod(place, 2)
            grid.addWidget(_swatch(colour), row, 3 * column)
            grid.addWidget(label(text, "caption"), row, 3 * column + 1)
        grid.setColumnStretch(5, 1)


def _bar(colour_map: str) -> QWidget:
    table = legend_colours(colour_map)
    step = max(1, len(table) // LEGEND_STEPS)
    return ColourBar([(int(r), int(g), int(b)) for r, g, b in table[::step]])


def _meanings(name: str) -> list[tuple[Rgb, str]]:
    """Colour and meaning of a layer that is no map."""
    if name == "mask":
        return [(LESION_COLOUR, "lesion"), (UNSURE_COLOUR, "unsure")]
    if name == "leaf":
        return [((0, 0, 0), "darkened: not leaf")]
    return [(ORIGIN_COLOURS[origin], words) for origin, words in ORIGIN_WORDS.items()]


def _swatch(colour: Rgb) -> QLabel:
    made = QLabel()
    made.setFixedSize(SWATCH_PX, SWATCH_PX)
    # The rim keeps a pale colour visible on a light card and a dark one on a dark card.
    made.setStyleSheet(f"background: rgb{colour}; border: 1px solid #7b857e; border-radius: 2px;")
    return made
