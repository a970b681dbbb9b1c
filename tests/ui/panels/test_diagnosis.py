import numpy as np
import pytest

from plantseg_gui.core.results import Diagnosis
from plantseg_gui.ui.panels.diagnosis import (
    NO_LESION,
    NO_PHOTO,
    NOTHING,
    DiagnosisPanel,
    percent,
)
from tests.helpers.builders import make_prediction


@pytest.fixture
def panel(qtbot, theme):
    made = DiagnosisPanel(theme)
    qtbot.addWidget(made)
    return made


def test_numbers(panel):
    panel.show_diagnosis(Diagnosis(0.973, 12.34, 1000, 123, 7))
    texts = panel.texts
    assert (texts["severity"], texts["disease"], texts["lesions"]) == ("12.3 %", "97.3 %", "7")
    assert texts["area"] == "123 of 1,000 px"
    assert texts["reason"] == ""


def test_missing_leaf_gives_no_number_but_the_reason(panel):
    panel.show_diagnosis(Diagnosis(0.5, None, None, 50, 2, "No leaf was found: too dark."))
    texts = panel.texts
    assert texts["severity"] == NOTHING
    assert texts["area"] == "50 px, leaf unknown"
    assert texts["reason"] == "No leaf was found: too dark."


def test_where_the_numbers_come_from(panel):
    panel.show_prediction(make_prediction(np.zeros((8, 8), np.uint16), model="leaf-v3"))
    assert panel.texts["model"] == "leaf-v3"
    assert panel.texts["time"] == "0.1 s on cpu"
    assert panel.texts["tiles"] == "1 of 1, single tile"


def test_nothing_looked_at_is_not_zero(panel):
    panel.show_diagnosis(Diagnosis(0.5, 1.0, 10, 5, 2))
    panel.show_nothing()
    texts = panel.texts
    assert {texts["severity"], texts["disease"], texts["lesions"], texts["model"]} == {NOTHING}
    assert "No mask yet" in texts["reason"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (0.001, "< 0.1 %"),
        (0.04, "0.04 %"),
        (3.21, "3.2 %"),
        (99.97, "> 99.9 %"),
        (100.0, "100 %"),
    ],
)
def test_percentages_never_lie(value, text):
    assert percent(value) == text


def test_empty_states_say_what_to_do(panel):
    assert panel.texts["reason"] == NO_PHOTO
    panel.show_busy("measuring…")
    assert panel.texts["reason"] == ""
    panel.show_diagnosis(Diagnosis(0.1, 0.0, 1000, 0, 0))
    assert panel.texts["reason"] == NO_LESION
    panel.show_diagnosis(Diagnosis(0.1, None, None, 0, 0, "No leaf was found."))
    assert panel.texts["reason"] == "No leaf was found."
