import numpy as np
import pytest

from plantseg_gui.evaluation.model_comparison import Comparison, content
from plantseg_gui.evaluation.runner import ImageRecord


def record(name: str, dice: float) -> ImageRecord:
    """A photo of 1000 lesion pixels, judged with this Dice."""
    tp = round(1000 * dice)
    counts = np.array([tp, 1000 - tp, 1000 - tp, 500], np.int64)
    return ImageRecord(name, "", counts, 10.0, 10.0 * dice, False, 1, 1, 0.1)


def judged(first: list[float], second: list[float]) -> dict:
    pairs = [[record(f"p{n}", d) for n, d in enumerate(each)] for each in (first, second)]
    return content(Comparison(len(first), *pairs), "A", "B")


def test_lists_and_figures():
    found = judged([0.5, 0.8, 0.7, 0.6], [0.7, 0.803, 0.4, 0.65])
    assert (found["better"], found["worse"]) == (["p0", "p3"], ["p2"])
    assert [row["image"] for row in found["images"]] == ["p2", "p1", "p3", "p0"]
    assert found["change"]["mean"] == pytest.approx(-0.01175, abs=1e-6)
    assert found["second"]["severity"]["mean_abs_error"] == pytest.approx(3.6175, abs=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ([0.5] * 8, [0.6] * 8, "B is better than A: better on 8 of 8 photos"),
        ([0.6] * 8, [0.5] * 8, "B is worse than A: better on 0 of 8 photos, worse on 8"),
        ([0.6] * 8, [0.601] * 8, "A and B are about the same"),
        ([0.5, 0.9, 0.5, 0.9], [0.9, 0.5, 0.9, 0.6], "the photos do not agree"),
        ([0.5], [0.9], "too few photos"),
        ([], [], "No photo was judged"),
    ],
)
def test_in_words(first, second, words):
    assert words in judged(first, second)["sentence"]
