"""What a training run measured, as a person reads it."""

from dataclasses import dataclass
from typing import Any

FEW = 3
LEAVE_ONE_OUT_BELOW = 6
# Less than this in Dice is within the scatter of a few photos.
SAME_WITHIN = 0.01


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
        better: Whether keeping is the sensible choice; None without a judgement.
        stopped: Whether the person stopped it.
        seconds: How long it took.
        model: Folder of the result; empty when there is none.
    """

    photos: tuple[Judged, ...]
    before: float | None
    after: float | None
    method: str
    headline: str
    better: bool | None
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
        text = "Too few photos to judge."
        return Outcome(
            tuple(photos), None, None, "too few to judge", text, None, stopped, seconds, model
        )
    mean_before = sum(b for b, _ in pairs) / len(pairs)
    mean_after = sum(a for _, a in pairs) / len(pairs)
    count = f"{len(pairs)} photo{'s' if len(pairs) != 1 else ''}"
    estimate = "leave-one-out" in told
    method = f"leave-one-out estimate over {count}" if estimate else f"on {count} held out from it"
    return Outcome(
        tuple(photos),
        mean_before,
        mean_after,
        method,
        _headline(mean_before, mean_after),
        mean_after > mean_before + SAME_WITHIN,
        stopped,
        seconds,
        model,
    )


def _headline(before: float, after: float) -> str:
    change = after - before
    if change > SAME_WITHIN:
        return "The new model is better."
    if change < -SAME_WITHIN:
        return "The new model is worse. Discard it, or correct more photos."
    return "The new model is no better than the one before."


def _scores(value: Any) -> dict[str, float]:
    """Photo id → Dice; what is no number is left out."""
    if not isinstance(value, dict):
        return {}
    return {
        str(key): float(number)
        for key, number in value.items()
        if isinstance(number, (int, float)) and not isinstance(number, bool)
    }
