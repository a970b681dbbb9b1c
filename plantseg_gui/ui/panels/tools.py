"""Right, middle: the tools that correct a mask, and what is done with the result."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_switch, bind_value
from plantseg_gui.ui.panels.parts import Card, label, primary
from plantseg_gui.ui.theme import ICON_PX, UNIT, Theme
from plantseg_gui.ui.view_state import BRUSH_MAX_PX, BRUSH_MIN_PX, ViewState

# The slider is quadratic: small brushes are chosen finely, large ones quickly.
SLIDER_STEPS = 100


class ToolsPanel(Card):
    """See the module's text."""

    def __init__(self, theme: Theme, actions: Actions, view: ViewState) -> None:
        super().__init__(theme, "Correct the mask")
        self._theme = theme
        self.body.addLayout(
            self._row(*(tool_button(actions[n]) for n in ("brush", "eraser", "pan")))
        )
        self.body.addLayout(
            self._row(*(tool_button(actions[n]) for n in ("paint_lesion", "paint_unsure")))
        )
        self.body.addLayout(self._size(actions, view))
        self.body.addLayout(self._row(*(tool_button(actions[n]) for n in ("undo", "redo"))))
        self.body.addLayout(self._row(*(tool_button(actions[n]) for n in ("accept", "reset"))))
        self.body.addWidget(action_button(actions["approve"], main=True))
        for tool in ("brush", "eraser", "pan"):
            bind_switch(
                actions[tool],
                view.tool_changed,
                lambda tool=tool: view.tool == tool,  # type: ignore[misc]
                lambda _, tool=tool: view.set_tool(tool),  # type: ignore[misc]
            )
        for name, paint in (("paint_lesion", "lesion"), ("paint_unsure", "unsure")):
            bind_switch(
                actions[name],
                view.paint_changed,
                lambda paint=paint: view.paint == paint,  # type: ignore[misc]
                lambda _, paint=paint: view.set_paint(paint),  # type: ignore[misc]
            )

    def _size(self, actions: Actions, view: ViewState) -> QVBoxLayout:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, SLIDER_STEPS)
        slider.setAccessibleName("Brush size")

        def name_keys() -> None:
            keys = [(actions.key_text(name), name) for name in ("smaller", "larger")]
            words = "".join(f"{key} {what}, " for key, what in keys if key)
            slider.setToolTip(
                f"Diameter of brush and eraser in photo pixels ({words}Shift + wheel)"
            )

        actions.keys_changed.connect(name_keys)
        name_keys()
        bind_value(
            slider,
            view.brush_changed,
            lambda: size_to_step(view.brush_px),
            lambda step: view.set_brush_px(step_to_size(step)),
        )
        value = label("", select=False)
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("256 px"))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

        def show() -> None:
            value.setText(f"{view.brush_px} px")

        view.brush_changed.connect(show)
        show()
        line = QHBoxLayout()
        line.setSpacing(UNIT)
        line.addWidget(label("Size", "muted"))
        line.addWidget(slider, 1)
        line.addWidget(value)
        column = QVBoxLayout()
        column.addLayout(line)
        return column

    def _row(self, *widgets: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(UNIT // 2)
        for widget in widgets:
            row.addWidget(widget, 1)
        return row


def tool_button(action: QAction, *, text: bool = True) -> QToolButton:
    """A framed button that shows and does `action`."""
    button = QToolButton()
    button.setObjectName("framed")
    button.setDefaultAction(action)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setToolButtonStyle(
        Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if text
        else Qt.ToolButtonStyle.ToolButtonIconOnly
    )
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button


def action_button(action: QAction, *, main: bool = False) -> QPushButton:
    """A push button that shows and does `action`; `main` makes it the next step."""
    button = QPushButton()
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setProperty("act", action.objectName())

    def show() -> None:
        button.setText(action.text().replace("&", ""))
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    action.changed.connect(show)
    button.clicked.connect(action.trigger)
    show()
    return primary(button) if main else button


def step_to_size(step: int) -> int:
    """Slider step 0 to 100 → brush diameter, photo px."""
    share = step / SLIDER_STEPS
    return round(BRUSH_MIN_PX + (BRUSH_MAX_PX - BRUSH_MIN_PX) * share * share)


def size_to_step(size_px: int) -> int:
    """Brush diameter → the nearest slider step."""
    share = (size_px - BRUSH_MIN_PX) / (BRUSH_MAX_PX - BRUSH_MIN_PX)
    return round(SLIDER_STEPS * max(0.0, share) ** 0.5)
