from pathlib import Path

import pytest

from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.shortcuts import SHORTCUTS
from plantseg_gui.ui.tools.base import Tool
from plantseg_gui.ui.tools.registry import TOOLS, make_tool
from tests.ui.canvas.conftest import Settings

ICONS = Path(__file__).resolve().parents[3] / "resources" / "icons"


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_is_whole(name):
    spec = TOOLS[name]
    assert spec.name == name
    assert isinstance(make_tool(name, Settings()), spec.kind)
    assert (ICONS / f"{spec.icon}.svg").is_file()
    assert spec.title
    assert spec.tooltip
    assert spec.hint.endswith(".")


@pytest.mark.parametrize("name", TOOLS)
def test_tool_action_and_key_agree(name):
    spec = TOOLS[name]
    assert spec.shortcut in SHORTCUTS[name]
    assert ACTIONS[name].icon == spec.icon
    assert ACTIONS[name].tip == spec.tooltip


def test_an_unknown_tool():
    with pytest.raises(KeyError):
        make_tool("chainsaw", Settings())


def test_the_base_tool_does_nothing():
    tool = Tool(Settings())
    assert tool.outline_px is None
    assert not tool.active
    assert not tool.release()
    tool.abort()
    tool.resize(1)
