"""Right, middle: the tools that correct a mask, and what is done with the result."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_switch, bind_value
from plantseg_gui.ui.panels.parts import Card, WrappedLabel, label, primary, set_role
from plantseg_gui.ui.panels.tool_options import ToolOptions
from plantseg_gui.ui.theme import ICON_PX, UNIT, Theme
from plantseg_gui.ui.tools.registry import TOOLS
from plantseg_gui.ui.view_state import BRUSH_MAX_PX, BRUSH_MIN_PX, NO_PAINT, ViewState

# The slider is quadratic: small brushes are chosen finely, large ones quickly.
SLIDER_STEPS = 100
TOOLS_PER_ROW = 7


class ToolsPanel(Card):
    """See the module's text."""

    def __init__(self, theme: Theme, actions: Actions, view: ViewState) -> None:
        super().__init__(theme, "Correct the mask")
        self._theme = theme
        self._view = view
        self.body.addLayout(self._tools(actions))
        self._hint = WrappedLabel()
        set_role(self._hint, "muted")
        self.body.addWidget(self._hint)
        self._paint_row = QWidget()
        paints = self._row(*(tool_button(actions[n]) for n in ("paint_lesion", "paint_unsure")))
        paints.setContentsMargins(0, 0, 0, 0)
        self._paint_row.setLayout(paints)
        self.body.addWidget(self._paint_row)
        self._size_row = self._size(actions, view)
        self.body.addWidget(self._size_row)
        self.body.addWidget(ToolOptions(theme, view))
        done = self._row(*(tool_button(actions[n]) for n in ("accept", "reset")))
        for place, name in enumerate(("undo", "redo")):
            done.insertWidget(place, tool_button(actions[name], text=False))
        self.body.addLayout(done)
        self.body.addWidget(action_button(actions["approve"], main=True))
        for tool in TOOLS:
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
        view.tool_changed.connect(self._show_tool)
        self._show_tool()

    def _show_tool(self) -> None:
        spec = TOOLS[self._view.tool]
        self._hint.setText(f"{spec.title}: {spec.tooltip[0].lower()}{spec.tooltip[1:]}.")
        self._hint.setToolTip(spec.hint)
        self._size_row.setVisible(spec.kind.uses_brush)
        self._paint_row.setVisible(self._view.tool not in NO_PAINT)

    def _tools(self, actions: Actions) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(UNIT // 2)
        for place, name in enumerate(TOOLS):
            button = tool_button(actions[name], text=False)
            grid.addWidget(button, *divmod(place, TOOLS_PER_ROW))
        return grid

    def _size(self, actions: Actions, view: ViewState) -> QWidget:
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
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(UNIT)
        line.addWidget(label("Size", "muted"))
        line.addWidget(slider, 1)
        line.addWidget(value)
        return holder

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
