"""The options of the tool in hand: what it lists becomes sliders, switches and buttons."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.bindings import bind_switch, bind_value
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.theme import UNIT
from plantseg_gui.ui.tools.options import Choice, Number, Option, Switch
from plantseg_gui.ui.tools.registry import TOOLS
from plantseg_gui.ui.view_state import ViewState


class ToolOptions(QWidget):
    """Shows those of the tool in hand; each option has one widget, however many tools share it."""

    def __init__(self, view: ViewState) -> None:
        super().__init__()
        self._view = view
        self._rows: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT // 2)
        for spec in TOOLS.values():
            for option in spec.kind.options:
                if option.key not in self._rows:
                    row = self._rows[option.key] = self._make(option)
                    row.setToolTip(option.tip)
                    column.addWidget(row)
        view.tool_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        keys = {option.key for option in TOOLS[self._view.tool].kind.options}
        for key, row in self._rows.items():
            row.setVisible(key in keys)
        self.setVisible(bool(keys))

    def _make(self, option: Option) -> QWidget:
        if isinstance(option, Switch):
            return self._switch(option)
        return self._number(option) if isinstance(option, Number) else self._choice(option)

    def _switch(self, option: Switch) -> QWidget:
        box = QCheckBox(option.title)
        bind_switch(
            box,
            self._view.option_changed,
            lambda: bool(self._view.option(option)),
            lambda on: self._view.set_option(option, on),
        )
        return box

    def _number(self, option: Number) -> QWidget:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(option.low, option.high)
        slider.setAccessibleName(option.title)
        slider.setToolTip(option.tip)
        bind_value(
            slider,
            self._view.option_changed,
            lambda: int(self._view.option(option)),
            lambda value: self._view.set_option(option, value),
        )
        value = label("", select=False)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance(f"{option.high}{option.unit}"))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

        def show() -> None:
            value.setText(f"{self._view.option(option)}{option.unit}")

        self._view.option_changed.connect(show)
        show()
        return _row(option.title, slider, value)

    def _choice(self, option: Choice) -> QWidget:
        group = QButtonGroup(self)
        buttons: list[QWidget] = []
        for value, title, tip in option.values:
            button = QToolButton()
            button.setObjectName("framed")
            button.setText(title)
            button.setToolTip(tip)
            button.setAccessibleName(f"{option.title}: {title}")
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            group.addButton(button)
            bind_switch(
                button,
                self._view.option_changed,
                lambda value=value: self._view.option(option) == value,  # type: ignore[misc]
                lambda _, value=value: self._view.set_option(option, value),  # type: ignore[misc]
            )
            buttons.append(button)
        return _row(option.title, *buttons)


def _row(title: str, *widgets: QWidget) -> QWidget:
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(UNIT // 2)
    line.addWidget(label(title, "muted"))
    for widget in widgets:
        line.addWidget(widget, 1 if isinstance(widget, QSlider | QToolButton) else 0)
    return holder
