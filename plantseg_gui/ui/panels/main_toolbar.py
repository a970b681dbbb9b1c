"""Top: the acts that are needed most."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QToolBar, QWidget

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.spec import SEPARATOR
from plantseg_gui.ui.acts.table import TOOLBAR
from plantseg_gui.ui.theme import ICON_PX

_AT_THE_END = ("photos_panel", "side_panel", "manual")
_WITH_TEXT = ("run", "retrain")


def main_toolbar(actions: Actions) -> QToolBar:
    """The window's toolbar."""
    bar = QToolBar("Main tools")
    bar.setObjectName("mainTools")
    bar.setMovable(False)
    bar.setIconSize(QSize(ICON_PX, ICON_PX))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for name in TOOLBAR:
        if name == SEPARATOR:
            bar.addSeparator()
        else:
            bar.addAction(actions[name])
    spacer = QWidget()
    spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(spacer)
    for name in _AT_THE_END:
        bar.addAction(actions[name])
    for name in _WITH_TEXT:
        button = bar.widgetForAction(actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)  # type: ignore[attr-defined]
    return bar
