from plantseg_gui.ui.dialogs.retrain_results import expected_method, outcome

NAMES = {"a": "a.jpg", "b": "b.jpg", "c": "c.jpg"}


def read(results, **changes):
    kept = {"model": "/m", "seconds": 50.0, "stopped": False} | changes
    return outcome(results, NAMES, **kept)


def test_better_model():
    ended = read(
        {
            "method": "leave-one-out estimate",
            "before": {"a": 0.3, "b": 0.4, "c": 0.5},
            "after": {"a": 0.8, "b": 0.85, "c": 0.45},
        }
    )
    assert ended.better
    assert "better" in ended.headline
    assert "leave-one-out estimate" in ended.method
    assert ended.photos[0].name == "c.jpg"  # the worst change first
    assert round(ended.before, 2) == 0.4
    assert round(ended.after, 2) == 0.7


def test_worse_and_equal_models_are_said_to_be_so():
    same = {"a": 0.5, "b": 0.5}
    assert read({"method": "held-out photos", "before": same, "after": same}).better is False
    worse = read({"method": "held-out photos", "before": same, "after": {"a": 0.2, "b": 0.3}})
    assert worse.better is False
    assert "worse" in worse.headline
    assert "held out" in worse.method


def test_too_few_gives_no_figure():
    for results in ({}, {"method": "too few to judge"}, {"before": {"a": 0.1}, "after": {}}):
        ended = read(results)
        assert ended.better is None
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
