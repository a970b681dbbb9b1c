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
from plantseg_gui.ui.theme import UNIT, Theme, set_icon
from plantseg_gui.ui.tools.options import Choice, Number, Option, Switch
from plantseg_gui.ui.tools.registry import TOOLS
from plantseg_gui.ui.view_state import ViewState

SHOW_MORE = Switch("panel.more", "More options", "Show what is needed seldom")


class ToolOptions(QWidget):
    """Shows those of the tool in hand; each option has one widget, however many tools share it."""

    def __init__(self, theme: Theme, view: ViewState) -> None:
        super().__init__()
        self._theme, self._view = theme, view
        self._more = QToolButton()
        self._more.setObjectName("fold")
        self._more.setText(SHOW_MORE.title)
        self._more.setToolTip(SHOW_MORE.tip)
        self._more.setCheckable(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._rows: dict[str, QWidget] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT // 2)
        options = {o.key: o for spec in TOOLS.values() for o in spec.kind.options}
        for option in sorted(options.values(), key=lambda o: o.more):
            row = self._rows[option.key] = self._make(option)
            row.setToolTip(option.tip)
            if option.more and column.indexOf(self._more) < 0:
                column.addWidget(self._more)
            column.addWidget(row)
        bind_switch(
            self._more,
            view.option_changed,
            lambda: bool(view.option(SHOW_MORE)),
            lambda on: view.set_option(SHOW_MORE, on),
        )
        view.tool_changed.connect(self._show)
        view.option_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        options = {option.key: option for option in TOOLS[self._view.tool].kind.options}
        more = bool(self._view.option(SHOW_MORE))
        for key, row in self._rows.items():
            row.setVisible(key in options and (more or not options[key].more))
        self._more.setVisible(any(option.more for option in options.values()))
        set_icon(self._theme, self._more, "collapse" if more else "expand")
        self.setVisible(bool(options))

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
