"""The end of a training run: the judged photos, what they say together, what is recommended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# A photo whose figure does not change in the second decimal is neither better nor worse.
PHOTO_SAME_WITHIN = 0.005

Interval = tuple[float, float]


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


class Role(StrEnum):
    """What a photo is in the judgement; LEARNED proves nothing, but shows what was forgotten."""

    HELD_OUT = "held out"
    TEST_SET = "your test set"
    LEARNED = "learned from"


class Decision(StrEnum):
    """What can be done with the result."""

    KEEP = "keep"
    CANDIDATE = "candidate"
    DISCARD = "discard"


class Severity(NamedTuple):
    """Lesion area of one photo in % of its leaf: by the person's mask, and by both models'."""

    true: float
    before: float
    after: float


class Pictures(NamedTuple):
    """File names in the run's folder: the photo, the mask before, the mask after."""

    image: str
    before: str
    after: str


@dataclass(frozen=True)
class Judged:
    """One photo: Dice before and after; None where it could not be measured."""

    name: str
    before: float | None
    after: float | None
    photo_id: str = ""
    role: Role = Role.HELD_OUT
    severity: Severity | None = None
    pictures: Pictures | None = None

    @property
    def change(self) -> float | None:
        """After minus before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True)
class Tally:
    """Some photos taken together; only those that were measured both times.

    Attributes:
        count: Photos.
        before: Mean Dice.
        after: Mean Dice.
        better: Photos that got better.
        worse: Names of those that got worse, the worst first.
    """

    count: int
    before: float
    after: float
    better: int
    worse: tuple[str, ...]

    @property
    def change(self) -> float:
        """Mean change of Dice."""
        return self.after - self.before


@dataclass(frozen=True)
class SeverityError:
    """Mean distance of a model's severity from the person's, in points of % of the leaf."""

    before: float
    after: float
    interval: Interval | None


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes:
        photos: The judged photos, then the others that were measured; the worst change first.
        judged: The judged ones together; None without a judgement.
        interval: 95 % of the mean change of Dice; None where it was not given.
        severity: None where it was not judged.
        method: Where the figures come from, in a sentence.
        headline: The recommendation in one sentence.
        advice: What to do about it; empty where that is the person's own choice.
        notes: Sentences about the test set, what was forgotten, and how far the weights were taken.
        verdict: Whether the new model is better.
        recommended: What to do; None where the figures do not say.
        stopped: Whether the person stopped it.
        seconds: How long it took.
        model: Folder of the result; empty when there is none.
    """

    photos: tuple[Judged, ...]
    judged: Tally | None
    interval: Interval | None
    severity: SeverityError | None
    method: str
    headline: str
    advice: str
    notes: tuple[str, ...]
    verdict: Verdict
    recommended: Decision | None
    stopped: bool
    seconds: float
    model: str
