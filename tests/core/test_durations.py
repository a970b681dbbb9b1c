import pytest

from plantseg_gui.core.durations import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3900, "1 h 5 min"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text
