"""All menus put together."""

from plantseg_gui.ui.acts import edit, file, help, lesions, model, photos, tools, train, view
from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

_MENUS = (file, edit, lesions, tools, view, photos, model, train, help)

ACTIONS: dict[str, ActionSpec] = {name: spec for m in _MENUS for name, spec in m.ACTIONS.items()}
# "name>": a submenu; one that is not in SUBMENUS is filled by somebody else, see `Menus`.
MENUS: dict[str, tuple[str, ...]] = {menu.TITLE: menu.MENU for menu in _MENUS}
SUBMENUS: dict[str, tuple[str, ...]] = {**view.SUBMENUS, **model.SUBMENUS}
TOOLBAR: tuple[str, ...] = (
    "open_folder", SEPARATOR, "undo", "redo", SEPARATOR, "fit",
    "actual_size", SEPARATOR, "run", "uncertainty", "retrain", "export",
)  # fmt: skip


def menu_paths() -> dict[str, str]:
    """Act → where it stands ("View", "Model › Tiles"), in the order of the menus."""
    paths: dict[str, str] = {}
    for title, names in MENUS.items():
        for name in names:
            for act in SUBMENUS.get(name, (name,)):
                if act in ACTIONS:
                    deeper = f" › {name.removesuffix('>')}" if name in SUBMENUS else ""
                    paths[act] = (title + deeper).replace("&", "")
    return paths
