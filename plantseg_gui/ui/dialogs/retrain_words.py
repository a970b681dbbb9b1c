"""A training's figures in words: the recommendation, what to do, and what the figures rest on."""

from collections.abc import Sequence

from plantseg_gui.ui.dialogs.retrain_outcome import Interval, Tally, Verdict

NAMED = 2
FEW = 3
LEAVE_ONE_OUT_BELOW = 6


def expected_method(approved: int) -> str:
    """How a run with this many approved photos will be judged, told before it starts."""
    if approved < FEW:
        return (
            f"Too few to judge: with under {FEW} approved photos no before/after figure is given. "
            "Keep the result to see it on a photo; the version before can be chosen again."
        )
    if approved < LEAVE_ONE_OUT_BELOW:
        return (
            "A leave-one-out estimate: each approved photo in turn is held out and "
            "compared with your mask."
        )
    return "Approved photos that are held out from the training."


def method(told: str, judged: int, tested: int) -> str:
    """Where the figures come from.

    Args:
        told: As the run said it.
        judged: Judged photos; 0 = no figure.
        tested: Those of them that belong to the person's test set.
    """
    if not judged:
        return ""
    mine = f", {tested} of them your test set" if 0 < tested < judged else ""
    if "leave-one-out" in told:
        text = (
            f"Leave-one-out estimate over {photos(judged)}{mine}: each was left out of a shorter "
            "training once."
        )
    elif tested == judged:
        text = f"Measured on your own test set of {photos(judged)}."
    else:
        text = f"Measured on {photos(judged)} held out from the training{mine}."
    return f"{text} Dice 1.00 would be exactly your masks."


def headline(verdict: Verdict, judged: Tally | None, *, stopped: bool) -> str:
    """The recommendation in one sentence.

    Args:
        verdict: What the figures say.
        judged: The judged photos; None without a judgement.
        stopped: Whether it ended before it could be judged.
    """
    if judged is None:
        return "Stopped before it was judged." if stopped else "Too few photos to judge."
    worse = len(judged.worse)
    if verdict is Verdict.BETTER:
        look = f", worse on {named(judged.worse)}: look" if worse else ""
        return f"The new model is better: on {_of(judged.better, judged.count)}{look}."
    if verdict is Verdict.WORSE:
        return f"The new model is worse: on {_of(worse, judged.count)}."
    counts = f"better on {judged.better}, worse on {worse} of {photos(judged.count)}"
    return f"{'About the same as before' if verdict is Verdict.SAME else 'Not sure'}: {counts}."


def advice(verdict: Verdict, judged: Tally | None, *, forgot: bool, fails_test: bool) -> str:
    """What to do; empty where that is the person's own choice.

    Args:
        verdict: What the figures say.
        judged: The judged photos.
        forgot: Whether it does worse on photos that were learned from.
        fails_test: Whether it does worse on the person's own test set.
    """
    if verdict is Verdict.WORSE:
        return "Discard it, then correct or approve more photos and train again."
    doubts = [
        text
        for text, on in (
            ("it does worse on your own test set", fails_test),
            ("it does worse on photos it has learned from, so it has forgotten something", forgot),
        )
        if on
    ]
    if doubts:
        doubt = " and ".join(doubts)
        return f"But {doubt}. Keep it as a candidate and compare before you use it."
    if judged is None:
        return "Keep it to see it on your photos; the version before can be chosen again."
    if verdict is Verdict.SAME:
        return f"A change of {signed(judged.change)} in Dice is too small to tell from chance."
    if verdict is Verdict.UNSURE:
        return (
            f"The photos do not agree, so the mean change of {signed(judged.change)} may be "
            "chance. More approved photos would tell; until then keep it as a candidate."
        )
    return ""


def test_set(tested: Tally | None, *, alone: bool) -> str:
    """The person's own test set by itself; nothing where it is all there is."""
    if tested is None or alone:
        return ""
    return f"Your test set, {photos(tested.count)}: {_before_after(tested)}."


def earlier(learned: Tally | None, *, forgot: bool) -> str:
    """What became of the photos that were learned from."""
    if learned is None:
        return ""
    end = "it has forgotten something" if forgot else "nothing was forgotten on the whole"
    return f"On {photos(learned.count)} it has learned from: {_before_after(learned)}; {end}."


def share(value: float | None) -> str:
    """How far the weights were taken from the base model's to the trained ones, 0 to 1."""
    if value is None:
        return ""
    if value >= 0.995:
        return "The newly trained weights are used whole."
    if value <= 0.005:
        return "The weights are those of the model before: no share of the training did better."
    new = round(100 * value)
    return (
        f"The weights are a mix, {new} % newly trained and {100 - new} % of the model before, so "
        "that it forgets less."
    )


def between(interval: Interval | None, digits: int) -> str:
    """An interval of a mean change, such as "95 %: +0.02 to +0.11"; "" for none."""
    if interval is None:
        return ""
    low, high = (signed(value, digits) for value in interval)
    return f"95 %: {low} to {high}"


def signed(value: float, digits: int = 2) -> str:
    """A change: +0.05, −0.05 with a true minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def photos(count: int) -> str:
    """1 photo, 2 photos."""
    return f"{count} photo{'s' if count != 1 else ''}"


def named(names: Sequence[str]) -> str:
    """The first two names, and how many more."""
    more = len(names) - NAMED
    first = ", ".join(names[:NAMED])
    return f"{first} and {more} more" if more > 0 else " and ".join(names)


def _before_after(group: Tally) -> str:
    worse = f", worse on {named(group.worse)}" if group.worse else ""
    return f"Dice {group.before:.2f} before, {group.after:.2f} after{worse}"


def _of(part: int, count: int) -> str:
    if part == count:
        return "the judged photo" if count == 1 else f"all {photos(count)}"
    return f"{part} of {photos(count)}"
