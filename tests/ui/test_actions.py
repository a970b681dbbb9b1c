from pathlib import Path

from plantseg_gui.storage.paths import resources_dir
from plantseg_gui.ui.acts.table import ACTIONS, MENUS, SUBMENUS, TOOLBAR
from plantseg_gui.ui.shortcuts import SHORTCUTS, conflicts, is_bare, key_text
from plantseg_gui.ui.tools.registry import TOOLS

UI = Path(__file__).resolve().parents[2] / "plantseg_gui" / "ui"


def test_keys_are_unique():
    assert conflicts() == []


def test_conflicts_are_found():
    assert conflicts({"a": ("Ctrl+K",), "b": ("ctrl+k",)}) == ["Ctrl+K"]


def test_every_key_belongs_to_an_action():
    assert set(SHORTCUTS) <= set(ACTIONS)


def test_no_bare_key_destroys():
    for name, spec in ACTIONS.items():
        if spec.destructive:
            assert not any(is_bare(key) for key in spec.keys), name


def test_every_action_is_in_a_menu_and_has_a_tip():
    listed = {name for names in (*MENUS.values(), *SUBMENUS.values()) for name in names}
    assert set(ACTIONS) <= listed
    assert set(TOOLBAR) - {"-"} <= set(ACTIONS)
    for spec in ACTIONS.values():
        assert len(spec.tip) > 5
        assert not spec.tip.endswith(".")


def test_every_icon_exists():
    for spec in ACTIONS.values():
        assert not spec.icon or (resources_dir() / "icons" / f"{spec.icon}.svg").is_file()


def test_every_action_is_connected_somewhere():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [UI / "main_window.py", *UI.glob("presenters/*.py"), *UI.glob("panels/*.py")]
    )
    families = ("layer_", "mode_", "theme_", "paint_", "scale_")
    for name in ACTIONS:
        known = name in TOOLS or name.startswith(families)
        assert known or f'"{name}"' in source, name


def test_tools_and_actions_agree():
    for name, tool in TOOLS.items():
        assert key_text(name) == tool.shortcut
        assert ACTIONS[name].icon == tool.icon


def test_tooltip_names_the_key(window):
    assert window.actions_["brush"].toolTip() == "Paint lesion (B)"
    assert window.actions_["about"].toolTip() == ACTIONS["about"].tip


def test_window_actions_carry_tooltips(window):
    for name in window.actions_:
        assert window.actions_[name].toolTip()
