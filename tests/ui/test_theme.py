import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QToolButton

from plantseg_gui.storage.paths import resources_dir
from plantseg_gui.ui.theme import DARK, LIGHT, Tokens, set_icon


def luminance(colour):
    def linear(v):
        return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4

    c = QColor(colour)
    return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF())


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(tokens):
    for ground in (tokens.window, tokens.surface, tokens.accent_soft):
        for text in (tokens.text, tokens.muted):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for text in (tokens.warning, tokens.danger):
        assert contrast(text, tokens.surface) >= 4.5
    assert contrast(tokens.accent_text, tokens.accent) >= 4.5
    for name in ("new", "predicted", "corrected", "approved"):
        assert contrast(getattr(tokens, f"status_{name}"), tokens.window) >= 3


def test_switching_renews_palette_style_and_icons(theme, qtbot, qapp):
    button = QToolButton()
    qtbot.addWidget(button)
    set_icon(theme, button, "brush")
    light = button.icon().pixmap(20, 20).toImage()
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert theme.dark
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert DARK.surface in qapp.styleSheet()
    assert button.icon().pixmap(20, 20).toImage() != light
    theme.choose("nonsense")
    assert theme.choice == "system"


def test_style_sheet_names_only_known_colours(theme, qapp):
    assert "@" not in qapp.styleSheet().split("*/", 1)[1]
    assert theme.choice == "light"


def test_every_icon_renders(theme):
    files = list((resources_dir() / "icons").glob("*.svg"))
    assert len(files) > 40
    for file in files:
        image = theme.pixmap(file.stem, 20).toImage()
        assert any(image.pixelColor(x, y).alpha() > 0 for x in range(20) for y in range(20)), (
            file.name
        )


def test_tokens_are_colours():
    for tokens in (LIGHT, DARK):
        for name in Tokens.__dataclass_fields__:
            assert QColor(getattr(tokens, name)).isValid()
