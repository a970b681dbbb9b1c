import pytest

from plantseg_gui.ui.panels.parts import label


@pytest.mark.parametrize(
    "text", ["n" * 240 + ".jpg", "/photos/" + "leaf_" * 45 + "/x.jpg is damaged."]
)
def test_a_very_long_name_does_not_widen_the_window(qtbot, text):
    told = label("", wrap=True)
    qtbot.addWidget(told)
    told.setText(text)
    assert told.minimumSizeHint().width() < 700
    assert told.text() == text


def test_usual_words_are_shown_as_they_are(qtbot):
    told = label("Opening 2024_field_trial_plot_17_leaf_03.jpg", wrap=True)
    qtbot.addWidget(told)
    assert "\u200b" not in super(type(told), told).text()
