import pytest

from plantseg_gui.core.scale_bar import round_length, scale_bar


@pytest.mark.parametrize(
    ("longest", "length"),
    [(1, 1), (1.99, 1), (4.9, 2), (99, 50), (100, 100), (0.3, 0.2), (999.9999999999, 1000)],
)
def test_the_largest_round_number_that_fits(longest, length):
    assert round_length(longest) == pytest.approx(length)


def test_words():
    assert scale_bar(1234) == (1000, "1,000 px")
    assert scale_bar(0.3) == (1, "1 px")  # there is no half pixel
    length, text = scale_bar(1234, mm_per_px=0.05)
    assert (round(length), text) == (1000, "5 cm")
    assert scale_bar(90, mm_per_px=0.05)[1] == "2 mm"
    assert scale_bar(9, mm_per_px=0.05)[1] == "200 µm"
    with pytest.raises(ValueError, match="above 0"):
        scale_bar(0)
