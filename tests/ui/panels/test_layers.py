import pytest
from PySide6.QtWidgets import QLabel, QMainWindow

from plantseg_gui.core.overlay import LAYER_MAPS, LAYERS
from plantseg_gui.core.palette import ORIGIN_COLOURS
from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.layers import COVERED, ORIGIN_WORDS, LayersPanel
from plantseg_gui.ui.panels.tools import ToolsPanel, size_to_step, step_to_size
from plantseg_gui.ui.view_state import BRUSH_MAX_PX, BRUSH_MIN_PX, ViewState
from plantseg_gui.ui.view_state import LAYERS as SHOWN


@pytest.fixture
def made(qtbot, theme):
    window = QMainWindow()
    qtbot.addWidget(window)
    actions, view = Actions(window, theme), ViewState(Settings())
    layers = LayersPanel(theme, actions, view, LAYER_MAPS)
    tools = ToolsPanel(theme, actions, view)
    window.setCentralWidget(layers)
    tools.setParent(window)
    window.show()
    return window, actions, view, layers


def test_every_layer_of_the_overlay_has_a_row(made):
    assert set(SHOWN) == set(LAYERS) - {"preview"}
    assert set(made[3].rows) == set(SHOWN)


def test_switch_slider_and_action_agree(made, qtbot):
    _, actions, view, layers = made
    row = layers.rows["probability"]
    assert not row.legend_visible
    with qtbot.waitSignal(view.layer_changed):
        actions["layer_probability"].trigger()
    assert view.visible("probability")
    assert row.legend_visible
    row._slider.setValue(30)
    assert view.opacity("probability") == pytest.approx(0.3)
    view.set_opacity("probability", 0.8)
    assert row._slider.value() == 80
    view.set_visible("probability", False)
    assert not actions["layer_probability"].isChecked()


def test_a_layer_that_is_not_there_says_why(made):
    _, actions, view, layers = made
    view.set_missing({"variance": "Compute uncertainty first"})
    assert not actions["layer_variance"].isEnabled()
    assert layers.rows["variance"]._eye.toolTip() == "Compute uncertainty first"
    assert layers._nothing.isHidden()
    view.set_missing(dict.fromkeys(SHOWN, "Open a photo first"))
    assert not layers._nothing.isHidden()
    view.set_missing({})
    assert actions["layer_variance"].isEnabled()


def test_origin_names_its_colours_and_takes_the_place_of_the_mask(made):
    _, actions, _, layers = made
    row, mask = layers.rows["origin"], layers.rows["mask"]
    assert not row.legend_visible
    assert mask._slider.isEnabled()
    actions["layer_origin"].trigger()
    assert row.legend_visible
    words = {made.text() for made in row._legend.findChildren(QLabel)}
    assert words >= {"lesion, by you", "lesion, by a model", "healthy, by you", "unsure, by you"}
    assert len(ORIGIN_COLOURS) == len(ORIGIN_WORDS)
    assert mask._note.text() == COVERED
    assert mask._colours.isHidden()
    assert not mask._slider.isEnabled()
    actions["layer_origin"].trigger()
    assert not row.legend_visible
    assert mask._note.isHidden()
    assert not mask._colours.isHidden()
    assert mask._slider.isEnabled()


def test_settings_of_an_older_version_have_origin_off(qtbot):
    kept = Settings()
    kept.overlay_visible.pop("origin", None)
    kept.overlay_opacity.pop("origin", None)
    view = ViewState(kept)
    assert not view.visible("origin")
    assert view.opacity("origin") == pytest.approx(0.6)


def test_tool_and_paint_follow_the_actions(made):
    _, actions, view, _ = made
    actions["eraser"].trigger()
    assert view.tool == "eraser"
    actions["paint_unsure"].trigger()
    assert (view.tool, view.paint) == ("brush", "unsure")
    assert actions["brush"].isChecked()
    view.set_tool("pan")
    assert actions["pan"].isChecked()


def test_brush_steps_always_change_and_stay_in_range(made):
    view = made[2]
    view.set_brush_px(BRUSH_MIN_PX)
    for _ in range(60):
        before = view.brush_px
        view.step_brush(1)
        assert view.brush_px > before or before == BRUSH_MAX_PX
    assert view.brush_px == BRUSH_MAX_PX
    for _ in range(60):
        view.step_brush(-1)
    assert view.brush_px == BRUSH_MIN_PX


def test_slider_scale_is_its_own_inverse():
    for step in range(101):
        assert abs(size_to_step(step_to_size(step)) - step) <= 5
    assert step_to_size(0) == BRUSH_MIN_PX
    assert step_to_size(100) == BRUSH_MAX_PX


def test_view_is_kept_in_the_settings(made):
    view = made[2]
    view.set_brush_px(40)
    view.set_visible("leaf", True)
    again = ViewState(view.stored_in(Settings()))
    assert again.brush_px == 40
    assert again.visible("leaf")
