import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantseg_gui.ui.dialogs.retrain_outcome import Decision, Role, Verdict
from plantseg_gui.ui.dialogs.retrain_results import judge, outcome
from plantseg_gui.ui.dialogs.retrain_words import expected_method

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
    assert ended.method.startswith("Leave-one-out estimate over 3 photos")
    assert ended.recommended is Decision.KEEP
    assert ended.notes == ()
    assert ended.photos[0].name == "c.jpg"  # the worst change first
    assert round(ended.judged.before, 2) == 0.4
    assert round(ended.judged.after, 2) == 0.8


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
    assert worse.recommended is Decision.DISCARD
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
    assert ended.recommended is Decision.CANDIDATE


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


def test_the_interval_has_to_agree_with_the_scatter():
    changes = [0.1, 0.2, 0.15, 0.1, 0.05, -0.01]
    assert judge(changes, (0.04, 0.15)) is Verdict.BETTER
    assert judge(changes, (-0.01, 0.2)) is Verdict.UNSURE
    # Two photos give an interval that is too narrow.
    assert judge([0.3, 0.01], (0.01, 0.3)) is Verdict.UNSURE
    assert judge([-c for c in changes], (-0.15, -0.04)) is Verdict.WORSE


IDS = [f"i{n}" for n in range(9)]
FULL = {
    "method": "held-out photos",
    "before": dict.fromkeys(IDS, 0.5),
    "after": dict.fromkeys(IDS, 0.8) | {"i3": 0.4},
    "interval": [0.18, 0.3],
    "severity": {"i0": {"true": 10.0, "before": 4.0, "after": 9.0}, "i1": {"true": 1.0}},
    "severity_error_before": 5.0,
    "severity_error_after": 1.5,
    "severity_interval": [-5.0, -2.0],
    "earlier": {"before": {"e": 0.8, "i0": 0.7}, "after": {"e": 0.79, "i0": 0.72}},
    "kept_out": ["i0", "i3"],
    "share": 0.6,
    "pictures": {"i0": {"image": "a.png", "before": "b.png", "after": "c.png"}, "i1": {}},
}


def test_the_recommendation_names_the_photo_that_got_worse():
    ended = read(FULL)
    assert ended.headline == "The new model is better: on 8 of 9 photos, worse on i3: look."
    assert ended.recommended is Decision.KEEP
    assert ended.interval == (0.18, 0.3)
    assert (ended.severity.before, ended.severity.after) == (5.0, 1.5)
    assert ended.method.startswith("Measured on 9 photos held out from the training, 2 of them")
    assert ended.notes == (
        "Your test set, 2 photos: Dice 0.50 before, 0.60 after, worse on i3.",
        "On 2 photos it has learned from: Dice 0.75 before, 0.76 after, worse on e; "
        "nothing was forgotten on the whole.",
        "The weights are a mix, 60 % newly trained and 40 % of the model before, so that it "
        "forgets less.",
    )
    assert ended.photos[0].name == "i3"
    by_id = {p.photo_id: p for p in ended.photos}
    assert len(by_id) == len(ended.photos) == 10
    assert by_id["i0"].role is Role.TEST_SET
    assert by_id["e"].role is Role.LEARNED
    assert by_id["i0"].severity == (10.0, 4.0, 9.0)
    assert by_id["i0"].pictures == ("a.png", "b.png", "c.png")
    assert by_id["i1"].severity is by_id["i1"].pictures is None


def test_what_was_forgotten_or_fails_the_test_set_makes_it_a_candidate():
    forgot = read(FULL | {"earlier": {"before": {"e": 0.8}, "after": {"e": 0.6}}})
    assert forgot.verdict is Verdict.BETTER
    assert forgot.recommended is Decision.CANDIDATE
    assert "forgotten" in forgot.advice
    fails = read(FULL | {"kept_out": ["i3"]})
    assert fails.recommended is Decision.CANDIDATE
    assert "worse on your own test set" in fails.advice


def test_without_a_model_there_is_nothing_to_keep():
    ended = read({}, model="", stopped=True)
    assert ended.recommended is Decision.DISCARD
    assert ended.headline == "Stopped before it was judged."


def test_a_judgement_by_the_test_set_alone_is_called_so():
    ended = read(FULL | {"kept_out": IDS})
    assert ended.method.startswith("Measured on your own test set of 9 photos.")
    assert not any(note.startswith("Your test set") for note in ended.notes)


@given(
    st.dictionaries(
        st.sampled_from(sorted(FULL)),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(IDS), inner)
            ),
            max_leaves=6,
        ),
    )
)
def test_results_of_any_older_run_are_read(wrong):
    ended = read(FULL | wrong)
    assert ended.headline
    assert ended.judged is not None or ended.verdict is Verdict.UNJUDGED


def test_too_few_gives_no_figure():
    for results in ({}, {"method": "too few to judge"}, {"before": {"a": 0.1}, "after": {}}):
        ended = read(results)
        assert ended.verdict is Verdict.UNJUDGED
        assert ended.judged is None
        assert ended.method == ""
        assert "Too few" in ended.headline


def test_garbage_is_left_out():
    ended = read({"before": {"a": "x", "b": True, "c": 0.5}, "after": {"c": 0.6, "z": None}})
    assert [p.name for p in ended.photos] == ["c.jpg"]


def test_what_is_told_before_the_start():
    assert "Too few to judge" in expected_method(2)
    assert "leave-one-out estimate" in expected_method(3)
    assert "leave-one-out estimate" in expected_method(5)
    assert "held out" in expected_method(6)
