"""The acts of `acts` as QActions of the window, and the menus that hold them."""

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec
from plantseg_gui.ui.acts.table import ACTIONS, MENUS, SUBMENUS
from plantseg_gui.ui.shortcuts import KeyTable, in_force, key_text
from plantseg_gui.ui.theme import Theme, set_icon


class Actions(QObject):
    """The actions by name; adds them to `window`, so that their keys work everywhere in it.

    Attributes:
        keys_changed: `keys` is another table; texts that name a key are to be written anew.
    """

    keys_changed = Signal()

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.keys: KeyTable = in_force({})
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for name, spec in ACTIONS.items():
            self._make(window, theme, name, spec)
        window.addActions(list(self._actions.values()))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def enable(self, on: bool, *names: str) -> None:
        """Allow or forbid several acts."""
        for name in names:
            self._actions[name].setEnabled(on)

    def set_own_keys(self, own: Mapping[str, tuple[str, ...]]) -> None:
        """Use a person's keys (`shortcuts.checked`) over the shipped ones, from now on."""
        self.keys = in_force(own)
        for name, action in self._actions.items():
            action.setShortcuts([QKeySequence(key) for key in self.keys[name]])
            self.set_tip(name, action.statusTip())
        self.keys_changed.emit()

    def key_text(self, name: str) -> str:
        """The keys of an act as the system writes them; ""."""
        return key_text(name, self.keys)

    def set_tip(self, name: str, tip: str) -> None:
        """Say what an act does at the moment; the tooltip adds its key in brackets."""
        key = self.key_text(name)
        self._actions[name].setStatusTip(tip)
        self._actions[name].setToolTip(f"{tip} ({key})" if key else tip)

    def _make(self, window: QWidget, theme: Theme, name: str, spec: ActionSpec) -> None:
        action = QAction(spec.text, window)
        action.setObjectName(name)
        self._actions[name] = action
        action.setShortcuts([QKeySequence(key) for key in self.keys[name]])
        self.set_tip(name, spec.tip)
        if spec.short:
            action.setIconText(spec.short)
        action.setCheckable(spec.checkable)
        if spec.icon:
            set_icon(theme, action, spec.icon)
        if spec.group:
            if spec.group not in self._groups:
                self._groups[spec.group] = QActionGroup(window)
            self._groups[spec.group].addAction(action)
        if name == "quit":
            action.setMenuRole(QAction.MenuRole.QuitRole)
        elif name == "settings":
            action.setMenuRole(QAction.MenuRole.PreferencesRole)
        elif name == "about":
            action.setMenuRole(QAction.MenuRole.AboutRole)


class Menus:
    """The menu bar's menus; `menus["Open &recent>"]` is a submenu to be filled by its presenter."""

    def __init__(self, bar: QMenuBar, actions: Actions) -> None:
        self._menus: dict[str, QMenu] = {}
        for title, names in MENUS.items():
            self._fill(bar.addMenu(title), names, actions)

    def __getitem__(self, name: str) -> QMenu:
        return self._menus[name]

    def _fill(self, menu: QMenu, names: tuple[str, ...], actions: Actions) -> None:
        menu.setToolTipsVisible(True)
        for name in names:
            if name == SEPARATOR:
                menu.addSeparator()
            elif name.endswith(">"):
                self._menus[name] = menu.addMenu(name.removesuffix(">"))
                self._fill(self._menus[name], SUBMENUS.get(name, ()), actions)
            else:
                menu.addAction(actions[name])


def reset_menu(menu: QMenu, parent: QObject, entries: list[tuple[str, str]]) -> list[QAction]:
    """Refill a submenu with (text, tooltip) entries and return their actions."""
    menu.clear()
    actions = []
    for text, tip in entries:
        action = QAction(text, parent)
        action.setToolTip(tip)
        menu.addAction(action)
        actions.append(action)
    return actions
