import pytest

from plantseg_gui.ui.dialogs.retrain_results import Verdict, expected_method, judge, outcome

NAMES = {"a": "a.jpg", "b": "b.jpg", "c": "c.jpg"}


def read(results, **changes):
    kept = {"model": "/m", "seconds": 50.0, "stopped": False} | changes
    return outcome(results, NAMES, **kept)


def test_better_model():
    ended = read(
        {
            "method": "leave-one-out estimate",
            "before": {"a": 0.3, "b": 0.4, "c": 0.5},
            "after": {"a": 0.8, "b": 0.85, "c": 0.75},
        }
    )
    assert ended.verdict is Verdict.BETTER
    assert ended.headline == "The new model is better: on all 3 photos."
    assert "leave-one-out estimate" in ended.method
    assert ended.photos[0].name == "c.jpg"  # the worst change first
    assert round(ended.before, 2) == 0.4
    assert round(ended.after, 2) == 0.8


def test_worse_model_is_said_to_be_so_with_what_to_do():
    worse = read(
        {
            "method": "held-out photos",
            "before": {"a": 0.5, "b": 0.5},
            "after": {"a": 0.2, "b": 0.23},
        }
    )
    assert worse.verdict is Verdict.WORSE
    assert "worse: on all 2 photos" in worse.headline
    assert worse.advice.startswith("Discard it")
    assert "held out" in worse.method


def test_noise_is_about_the_same():
    before = {"a": 0.50, "b": 0.60, "c": 0.70}
    after = {"a": 0.53, "b": 0.59, "c": 0.71}
    ended = read({"method": "held-out photos", "before": before, "after": after})
    assert ended.verdict is Verdict.SAME
    assert ended.headline == "About the same as before: better on 2, worse on 1 of 3 photos."
    assert "+0.01" in ended.advice


def test_photos_that_do_not_agree_are_told():
    before = {"a": 0.3, "b": 0.4, "c": 0.5}
    after = {"a": 0.8, "b": 0.85, "c": 0.45}
    ended = read({"method": "held-out photos", "before": before, "after": after})
    assert ended.verdict is Verdict.UNSURE
    assert ended.headline == "Not sure: better on 2, worse on 1 of 3 photos."


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ([0.0, 0.0], Verdict.SAME),
        ([0.01] * 20, Verdict.SAME),  # sure, but of no use
        ([0.3], Verdict.UNSURE),  # one photo shows no scatter
        ([0.3, 0.3], Verdict.BETTER),
        ([0.3, 0.01], Verdict.UNSURE),
        ([0.1, 0.2, 0.15, 0.1, 0.05, -0.01], Verdict.BETTER),
        ([-0.1, -0.2, -0.15, -0.1, -0.05, 0.01], Verdict.WORSE),
        ([0.2, -0.1] * 6, Verdict.UNSURE),
    ],
)
def test_judge(changes, verdict):
    assert judge(changes) is verdict


def test_too_few_gives_no_figure():
    for results in ({}, {"method": "too few to judge"}, {"before": {"a": 0.1}, "after": {}}):
        ended = read(results)
        assert ended.verdict is Verdict.UNJUDGED
        assert ended.before is None
        assert "Too few" in ended.headline


def test_garbage_is_left_out():
    ended = read({"before": {"a": "x", "b": True, "c": 0.5}, "after": {"c": 0.6, "z": None}})
    assert [p.name for p in ended.photos] == ["c.jpg"]


def test_what_is_told_before_the_start():
    assert "Too few to judge" in expected_method(2)
    assert "leave-one-out estimate" in expected_method(3)
    assert "leave-one-out estimate" in expected_method(5)
    assert "held out" in expected_method(6)
