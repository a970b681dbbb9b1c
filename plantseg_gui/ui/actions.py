"""All acts of the window as QActions, and the menus that hold them.

To add an act: 1. a line in `ACTIONS`; 2. its keys in `shortcuts.SHORTCUTS`; 3. its name in `MENUS`;
4. connect `actions["name"].triggered` in the presenter that does it. A presenter that cannot do an
act at the moment disables the action; an act that is not built yet has no line here.
"""

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from plantseg_gui.ui.shortcuts import SHORTCUTS, key_text
from plantseg_gui.ui.theme import Theme, set_icon


class ActionSpec(NamedTuple):
    """What an action says of itself.

    Attributes:
        text: Menu text.
        tip: What it does, in one plain sentence.
        icon: File name in resources/icons without ".svg"; empty for none.
        checkable: Whether it is a switch.
        group: Name of the group of which exactly one is on; empty for none.
        short: Text for a button; the menu text when empty.
    """

    text: str
    tip: str
    icon: str = ""
    checkable: bool = False
    group: str = ""
    short: str = ""


ACTIONS: dict[str, ActionSpec] = {
    "open_folder": ActionSpec("Open &folder…", "Open a folder of leaf photos", "open-folder"),
    "open_photos": ActionSpec("Open &photos…", "Open single photos", "photo"),
    "demo": ActionSpec("Open &demo leaves", "Open leaves that the program draws itself", "demo"),
    "save": ActionSpec("&Save", "Save this photo's mask now", "save"),
    "export": ActionSpec("&Export…", "Write masks, maps and a table to a folder", "export"),
    "import": ActionSpec(
        "&Import masks…",
        "Put masks or annotations of other programs onto the photos",
        "open-folder",
    ),
    "save_copy": ActionSpec(
        "Save a &copy of the project…", "Write the whole project into one zip file"
    ),
    "open_copy": ActionSpec("Open a co&py of a project…", "Unpack a zip file of a project"),
    "save_masks": ActionSpec(
        "Save open &masks elsewhere…",
        "Write the masks that are in memory to another folder, for instance when the disk is full",
    ),
    "quit": ActionSpec("&Quit", "Save everything and close the program", "quit"),
    "undo": ActionSpec("&Undo", "Take back the last change of the mask", "undo"),
    "redo": ActionSpec("&Redo", "Do again what was taken back", "redo"),
    "brush": ActionSpec("&Brush", "Paint lesion", "brush", True, "tool"),
    "eraser": ActionSpec("&Eraser", "Paint healthy", "eraser", True, "tool"),
    "pan": ActionSpec("&Move", "Move the photo with the left button", "pan", True, "tool"),
    "smaller": ActionSpec("Smaller brush", "Make brush and eraser smaller"),
    "larger": ActionSpec("Larger brush", "Make brush and eraser larger"),
    "paint_lesion": ActionSpec(
        "Paint &lesion", "The brush paints lesion", "lesion", True, "paint", "Lesion"
    ),
    "paint_unsure": ActionSpec(
        "Paint u&nsure",
        "The brush paints “unsure”: left out of severity and of training",
        "unsure",
        True,
        "paint",
        "Unsure",
    ),
    "accept": ActionSpec(
        "&Accept prediction",
        "Take the model's mask as yours; one undo step takes it back",
        "accept",
        short="Accept",
    ),
    "reset": ActionSpec(
        "&Reset to prediction",
        "Replace your mask by the model's; one undo step takes it back",
        "reset",
        short="Reset",
    ),
    "approve": ActionSpec(
        "Approve and &go on",
        "The whole leaf was checked: mark the photo approved and open the next one",
        "approve",
    ),
    "unapprove": ActionSpec("&Withdraw approval", "The photo needs another look", "cancel"),
    "tags": ActionSpec("&Tags…", "Name the crop or disease of this photo", "tag"),
    "next": ActionSpec("&Next photo", "Go to the next photo", "next"),
    "previous": ActionSpec("&Previous photo", "Go to the previous photo", "previous"),
    "next_open": ActionSpec("Next photo &not approved", "Go to the next photo not yet approved"),
    "next_teaching": ActionSpec(
        "Next photo that teaches &most",
        "Go to the photo whose correction would teach the model most",
    ),
    "filter": ActionSpec("&Filter photos", "Jump to the filter box of the photo list", "filter"),
    "fit": ActionSpec("&Fit to window", "Show the whole photo", "fit"),
    "actual_size": ActionSpec("&100 %", "One photo pixel on one screen pixel", "actual-size"),
    "zoom_in": ActionSpec("Zoom &in", "Show the photo larger", "zoom-in"),
    "zoom_out": ActionSpec("Zoom &out", "Show the photo smaller", "zoom-out"),
    "layer_mask": ActionSpec("&Mask", "Show the lesion mask", "", True),
    "layer_leaf": ActionSpec("&Leaf area", "Show the leaf area", "", True),
    "layer_probability": ActionSpec("&Probability", "Show the lesion probability", "", True),
    "layer_attention1": ActionSpec("Attention &1 (fine)", "Show the fine attention map", "", True),
    "layer_attention2": ActionSpec(
        "Attention &2 (coarse)", "Show the coarse attention map", "", True
    ),
    "layer_variance": ActionSpec("&Variance", "Show where turned views disagree", "", True),
    "layer_energy": ActionSpec("&Energy", "Show where the model is undecided", "", True),
    "layer_origin": ActionSpec(
        "&Origin", "Show which pixels are yours and which the model's", "", True
    ),
    "settings": ActionSpec(
        "Se&ttings…", "Processor, autosave, place of projects, undo memory, colours", "settings"
    ),
    "channels": ActionSpec(
        "&Activations", "Which channels the network's attention weighs most in this photo"
    ),
    "photos_panel": ActionSpec("Photo &list", "Show or hide the photo list", "panel-left", True),
    "side_panel": ActionSpec("&Side panel", "Show or hide the side panel", "panel-right", True),
    "full_screen": ActionSpec("F&ull screen", "Use the whole screen", "full-screen", True),
    "theme_system": ActionSpec("Like the &system", "Light or dark as the system", "", True, "look"),
    "theme_light": ActionSpec("&Light", "Always light", "", True, "look"),
    "theme_dark": ActionSpec("&Dark", "Always dark", "", True, "look"),
    "run": ActionSpec("&Run model", "Find the lesions of this photo again", "run"),
    "auto_run": ActionSpec(
        "Run when a photo is &opened", "Find lesions as soon as a new photo is opened", "", True
    ),
    "auto_uncertainty": ActionSpec(
        "&Follow with uncertainty", "Compute uncertainty after each run", "", True
    ),
    "uncertainty": ActionSpec(
        "Compute &uncertainty",
        "Second pass: where turned views of the photo disagree, where the model is undecided",
        "uncertainty",
    ),
    "mode_adaptive": ActionSpec(
        "&Adaptive", "The whole leaf, most suspicious places first", "", True, "mode"
    ),
    "mode_full": ActionSpec("&Full", "Every part of the photo, background too", "", True, "mode"),
    "mode_single": ActionSpec(
        "&Single tile", "Only the most suspicious place: quick, no severity", "", True, "mode"
    ),
    "mode_grid24": ActionSpec("&Grid of 24", "24 large overlapping tiles", "", True, "mode"),
    "scale_1": ActionSpec(
        "&Normal", "This project's lesions are of normal size", "", True, "scale"
    ),
    "scale_2": ActionSpec(
        "&Tiny (2×, four times slower)",
        "This project's lesions are tiny: its photos are looked at twice as large",
        "",
        True,
        "scale",
    ),
    "predict_all": ActionSpec(
        "&Predict all…", "Run the model on every photo in the list that nobody worked on", "run"
    ),
    "refresh_outdated": ActionSpec(
        "&Refresh outdated predictions",
        "Run the model in use on every photo of this folder whose prediction another version made; "
        "the most doubtful first, and masks that you worked on stay",
        "clock",
    ),
    "accept_all": ActionSpec(
        "&Accept all predictions…",
        "Take the model's mask over on every photo in the list that nobody worked on",
        "accept",
    ),
    "delete_masks": ActionSpec(
        "&Delete masks…", "Empty the masks of all photos in the list; the photos stay"
    ),
    "keep_out": ActionSpec(
        "&Never train on this",
        "Put the photos marked in the list into your own test set: models are judged by them and "
        "never learn from them",
        "test-set",
        True,
    ),
    "undo_batch": ActionSpec(
        "&Take back the last of these…",
        "Undo the last act on several photos, on all of them",
        "undo",
    ),
    "models": ActionSpec("&Models…", "Choose a model version and read its card", "model"),
    "retrain": ActionSpec(
        "&Retrain…", "Teach the model with the photos that you corrected", "retrain"
    ),
    "manual": ActionSpec("&Manual", "How to work with this program", "help"),
    "shortcuts": ActionSpec("&Keyboard shortcuts", "All keys in one list", "keyboard"),
    "report": ActionSpec(
        "Save a &diagnostic report…",
        "Write log, versions and machine data to a zip file; no photos",
        "report",
    ),
    "about": ActionSpec("&About", "Version, licences of the libraries", "info"),
}

SEPARATOR = "-"
# "name>": a submenu that somebody else fills, see `Menus`.
MENUS: dict[str, tuple[str, ...]] = {
    "&File": ("open_folder", "open_photos", "Open &recent>", "demo", SEPARATOR, "save", "import",
              "export", SEPARATOR, "save_copy", "open_copy", "save_masks", SEPARATOR, "quit"),
    "&Edit": ("undo", "redo", SEPARATOR, "brush", "eraser", "pan", "smaller", "larger", SEPARATOR,
              "paint_lesion", "paint_unsure", SEPARATOR, "accept", "reset", SEPARATOR, "approve",
              "unapprove", "tags", SEPARATOR, "settings"),
    "&View": ("next", "previous", "next_open", "next_teaching", "filter", SEPARATOR, "fit",
              "actual_size", "zoom_in", "zoom_out", SEPARATOR, "&Layers>", "channels", SEPARATOR,
              "photos_panel", "side_panel", "full_screen", "&Theme>"),
    "&Photos": ("predict_all", "refresh_outdated", "accept_all", "delete_masks", SEPARATOR,
                "undo_batch", SEPARATOR, "keep_out"),
    "&Model": ("run", "uncertainty", SEPARATOR, "auto_run", "auto_uncertainty", "&Tiles>",
               "&Lesion size>", SEPARATOR, "Model &version>", "models"),
    "&Train": ("retrain",),
    "&Help": ("manual", "shortcuts", SEPARATOR, "report", "about"),
}  # fmt: skip
SUBMENUS: dict[str, tuple[str, ...]] = {
    "&Layers>": ("layer_mask", "layer_leaf", "layer_probability", "layer_attention1",
                 "layer_attention2", "layer_variance", "layer_energy", "layer_origin"),
    "&Theme>": ("theme_system", "theme_light", "theme_dark"),
    "&Lesion size>": ("scale_1", "scale_2"),
    "&Tiles>": ("mode_adaptive", "mode_full", "mode_single", "mode_grid24"),
}  # fmt: skip
TOOLBAR: tuple[str, ...] = (
    "open_folder", SEPARATOR, "undo", "redo", SEPARATOR, "fit",
    "actual_size", SEPARATOR, "run", "uncertainty", "retrain", "export",
)  # fmt: skip


class Actions:
    """The actions by name; adds them to `window`, so that their keys work everywhere in it."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for name, spec in ACTIONS.items():
            self._actions[name] = self._make(window, theme, name, spec)
        window.addActions(list(self._actions.values()))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def enable(self, on: bool, *names: str) -> None:
        """Allow or forbid several acts."""
        for name in names:
            self._actions[name].setEnabled(on)

    def _make(self, window: QWidget, theme: Theme, name: str, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(name)
        keys = SHORTCUTS.get(name, ())
        if keys:
            action.setShortcuts([QKeySequence(key) for key in keys])
        action.setToolTip(tip_with_key(spec.tip, name))
        action.setStatusTip(spec.tip)
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
        return action


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


def tip_with_key(tip: str, name: str) -> str:
    """Tooltip text: what it does, and the key in brackets."""
    key = key_text(name)
    return f"{tip} ({key})" if key else tip


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
