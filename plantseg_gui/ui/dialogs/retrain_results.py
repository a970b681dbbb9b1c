"""What a training run measured, as a person reads it.

A difference counts only where the photos agree on it: the same photos were judged before and after,
so the changes of single photos show how far the mean could have come about by chance.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FEW = 3
LEAVE_ONE_OUT_BELOW = 6
# A mean change of Dice below this is of no use to anybody, however sure it is.
SAME_WITHIN = 0.02
# A photo whose figure does not change in the second decimal is neither better nor worse.
PHOTO_SAME_WITHIN = 0.005
# Student's t, one-sided 10 %, by photos - 1; beyond the table 1.28 to 1.4, taken as 1.4.
_T = (math.inf, 3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41)
_T_MANY = 1.4


class Verdict(StrEnum):
    """What the figures say about the new model.

    SAME is a difference too small to matter, UNSURE one that the photos do not agree on, UNJUDGED
    too few photos for any figure.
    """

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNSURE = "unsure"
    UNJUDGED = "unjudged"


@dataclass(frozen=True)
class Judged:
    """One held-out photo: Dice before and after; None where it could not be measured."""

    name: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """After minus before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes:
        photos: The judged photos, the worst change first.
        before: Mean Dice before; None without a judgement.
        after: Mean Dice after.
        method: How it was judged, in words.
        headline: The result in one sentence.
        advice: What to do about it; empty where that is the person's own choice.
        verdict: Whether the new model is better.
        stopped: Whether the person stopped it.
        seconds: How long it took.
        model: Folder of the result; empty when there is none.
    """

    photos: tuple[Judged, ...]
    before: float | None
    after: float | None
    method: str
    headline: str
    advice: str
    verdict: Verdict
    stopped: bool
    seconds: float
    model: str


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


def outcome(
    results: dict[str, Any],
    names: dict[str, str],
    *,
    model: str,
    seconds: float,
    stopped: bool,
) -> Outcome:
    """Read the results of a `finished` or `stopped` event; whatever is missing is left out.

    Args:
        results: "before" and "after": photo id → Dice; "method": "held-out photos",
            "leave-one-out estimate" or "too few to judge".
        names: photo id → what to call it.
        model: Folder of the result.
        seconds: Duration.
        stopped: Whether the person stopped it.
    """
    before, after = _scores(results.get("before")), _scores(results.get("after"))
    photos = [
        Judged(names.get(key, key), before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
    ]
    photos.sort(key=lambda p: (p.change is None, p.change or 0.0, p.name))
    pairs = [(p.before, p.after) for p in photos if p.before is not None and p.after is not None]
    told = str(results.get("method", ""))
    if not pairs or "too few" in told:
        return Outcome(
            tuple(photos),
            None,
            None,
            "too few to judge",
            "Too few photos to judge.",
            "Keep it to see it on your photos; the version before can be chosen again.",
            Verdict.UNJUDGED,
            stopped,
            seconds,
            model,
        )
    changes = [after - before for before, after in pairs]
    count = f"{len(pairs)} photo{'s' if len(pairs) != 1 else ''}"
    estimate = "leave-one-out" in told
    method = f"leave-one-out estimate over {count}" if estimate else f"on {count} held out from it"
    verdict = judge(changes)
    headline, advice = _words(verdict, changes)
    return Outcome(
        tuple(photos),
        sum(b for b, _ in pairs) / len(pairs),
        sum(a for _, a in pairs) / len(pairs),
        method,
        headline,
        advice,
        verdict,
        stopped,
        seconds,
        model,
    )


def judge(changes: list[float]) -> Verdict:
    """What paired changes of Dice, after minus before on the same photos, say.

    Args:
        changes: One for each judged photo; at least one.
    """
    count = len(changes)
    mean = sum(changes) / count
    if abs(mean) < SAME_WITHIN:
        return Verdict.SAME
    t = _T[count - 1] if count <= len(_T) else _T_MANY
    spread = sum((c - mean) ** 2 for c in changes)
    error = math.sqrt(spread / (count - 1) / count) if count > 1 else math.inf
    # With all photos alike the error is 0, and t of a single photo is infinite.
    if error and abs(mean) < t * error:
        return Verdict.UNSURE
    return Verdict.BETTER if mean > 0 else Verdict.WORSE


def _words(verdict: Verdict, changes: list[float]) -> tuple[str, str]:
    """The headline and the advice."""
    better = sum(c > PHOTO_SAME_WITHIN for c in changes)
    worse = sum(c < -PHOTO_SAME_WITHIN for c in changes)
    mean = sum(changes) / len(changes)
    if verdict is Verdict.BETTER:
        return f"The new model is better: on {_of(better, len(changes))}.", ""
    if verdict is Verdict.WORSE:
        return (
            f"The new model is worse: on {_of(worse, len(changes))}.",
            "Discard it, then correct or approve more photos and train again.",
        )
    tally = f"better on {better}, worse on {worse} of {_photos(len(changes))}"
    if verdict is Verdict.SAME:
        return (
            f"About the same as before: {tally}.",
            f"A change of {signed(mean)} in Dice is too small to tell from chance.",
        )
    return (
        f"Not sure: {tally}.",
        f"The photos do not agree, so the mean change of {signed(mean)} may be chance. "
        "More approved photos would tell.",
    )


def signed(value: float) -> str:
    """A change of Dice: +0.05, −0.05 with a true minus."""
    return f"{value:+.2f}".replace("-", "−")


def _of(part: int, count: int) -> str:
    if part == count:
        return "the judged photo" if count == 1 else f"all {count} photos"
    return f"{part} of {_photos(count)}"


def _photos(count: int) -> str:
    return f"{count} photo{'s' if count != 1 else ''}"


def _scores(value: Any) -> dict[str, float]:
    """Photo id → Dice; what is no number is left out."""
    if not isinstance(value, dict):
        return {}
    return {
        str(key): float(number)
        for key, number in value.items()
        if isinstance(number, (int, float)) and not isinstance(number, bool)
    }
