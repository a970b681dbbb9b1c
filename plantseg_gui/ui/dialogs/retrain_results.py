"""What a training run measured, as a person reads it.

A difference counts only where the photos agree on it: the same photos were judged before and after,
so the changes of single photos show how far the mean could have come about by chance. Anything may
be missing in the results of an older run: it is then left out here.
"""

import math
from collections.abc import Sequence
from typing import Any

from plantseg_gui.ui.dialogs import retrain_words as words
from plantseg_gui.ui.dialogs.retrain_outcome import (
    PHOTO_SAME_WITHIN,
    Decision,
    Interval,
    Judged,
    Outcome,
    Pictures,
    Role,
    Severity,
    SeverityError,
    Tally,
    Verdict,
)

# A mean change of Dice below this is of no use to anybody, however sure it is.
SAME_WITHIN = 0.02
# Student's t, one-sided 10 %, by photos - 1; beyond the table 1.28 to 1.4, taken as 1.4.
_T = (math.inf, 3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41)
_T_MANY = 1.4
# No figure of a run is larger, in whatever unit.
_LARGEST = 1e6


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
        results: See `training.protocol.Finished`.
        names: photo id → what to call it.
        model: Folder of the result.
        seconds: Duration.
        stopped: Whether the person stopped it.
    """
    judged, learned = _judged_photos(results, names), _learned_photos(results, names)
    shown = {p.photo_id for p in judged}
    photos = (*judged, *(p for p in learned if p.photo_id not in shown))
    told = str(results.get("method", ""))
    earlier = tally(learned)
    tested = tally([p for p in judged if p.role is Role.TEST_SET])
    whole = None if "too few" in told else tally(judged)
    forgot = earlier is not None and earlier.change < -SAME_WITHIN
    fails_test = tested is not None and tested.change < -SAME_WITHIN
    interval, verdict = None, Verdict.UNJUDGED
    if whole is not None:
        interval = _interval(results.get("interval"))
        changes = [p.change for p in judged if p.change is not None]
        verdict = judge(changes, interval)
    notes = (
        words.test_set(tested, alone=whole is not None and tested == whole),
        words.earlier(earlier, forgot=forgot),
        words.share(_number(results.get("share"))),
    )
    return Outcome(
        photos,
        whole,
        interval,
        _severity_error(results) if whole is not None else None,
        words.method(told, whole.count if whole else 0, tested.count if tested else 0),
        words.headline(verdict, whole, stopped=stopped and not told),
        words.advice(verdict, whole, forgot=forgot, fails_test=fails_test),
        tuple(note for note in notes if note),
        verdict,
        _recommended(verdict, caution=forgot or fails_test) if model else Decision.DISCARD,
        stopped,
        seconds,
        model,
    )


def judge(changes: Sequence[float], interval: Interval | None = None) -> Verdict:
    """What paired changes of Dice, after minus before on the same photos, say.

    A bootstrap of a handful of photos is too narrow, and t alone is content with 90 %: both have to
    be sure.

    Args:
        changes: One for each judged photo; at least one.
        interval: 95 % of their mean, by paired bootstrap; None where it is not known.
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
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return Verdict.UNSURE
    return Verdict.BETTER if mean > 0 else Verdict.WORSE


def tally(photos: Sequence[Judged]) -> Tally | None:
    """Photos taken together; None where none was measured both times."""
    pairs = [(p, p.before, p.after) for p in photos if p.before is not None and p.after is not None]
    if not pairs:
        return None
    count = len(pairs)
    worse = sorted((a - b, p.name) for p, b, a in pairs if a - b < -PHOTO_SAME_WITHIN)
    return Tally(
        count,
        sum(before for _, before, _ in pairs) / count,
        sum(after for _, _, after in pairs) / count,
        sum(after - before > PHOTO_SAME_WITHIN for _, before, after in pairs),
        tuple(name for _, name in worse),
    )


def _recommended(verdict: Verdict, *, caution: bool) -> Decision | None:
    return {
        Verdict.BETTER: Decision.CANDIDATE if caution else Decision.KEEP,
        Verdict.UNJUDGED: Decision.CANDIDATE if caution else Decision.KEEP,
        Verdict.UNSURE: Decision.CANDIDATE,
        Verdict.WORSE: Decision.DISCARD,
    }.get(verdict)


def _judged_photos(results: dict[str, Any], names: dict[str, str]) -> list[Judged]:
    before, after = _scores(results.get("before")), _scores(results.get("after"))
    tested = results.get("kept_out")
    mine = {str(i) for i in tested} if isinstance(tested, list) else set()
    severity, pictures = _table(results.get("severity")), _table(results.get("pictures"))
    return _sorted(
        Judged(
            names.get(key, key),
            before.get(key),
            after.get(key),
            key,
            Role.TEST_SET if key in mine else Role.HELD_OUT,
            _severity(severity.get(key)),
            _pictures(pictures.get(key)),
        )
        for key in dict.fromkeys([*before, *after])
    )


def _learned_photos(results: dict[str, Any], names: dict[str, str]) -> list[Judged]:
    earlier = _table(results.get("earlier"))
    before, after = _scores(earlier.get("before")), _scores(earlier.get("after"))
    pictures = _table(results.get("pictures"))
    return _sorted(
        Judged(
            names.get(key, key),
            before.get(key),
            after.get(key),
            key,
            Role.LEARNED,
            pictures=_pictures(pictures.get(key)),
        )
        for key in dict.fromkeys([*before, *after])
    )


def _sorted(photos: Any) -> list[Judged]:
    """The worst change first, those without one last."""
    return sorted(photos, key=lambda p: (p.change is None, p.change or 0.0, p.name))


def _severity_error(results: dict[str, Any]) -> SeverityError | None:
    before = _number(results.get("severity_error_before"))
    after = _number(results.get("severity_error_after"))
    if before is None or after is None:
        return None
    return SeverityError(before, after, _interval(results.get("severity_interval")))


def _severity(value: Any) -> Severity | None:
    found = [_number(_table(value).get(key)) for key in Severity._fields]
    return None if None in found else Severity(*(f for f in found if f is not None))


def _pictures(value: Any) -> Pictures | None:
    names = [_table(value).get(key) for key in Pictures._fields]
    found = [name for name in names if isinstance(name, str) and name]
    return Pictures(*found) if len(found) == len(names) else None


def _interval(value: Any) -> Interval | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = _number(value[0]), _number(value[1])
    return None if low is None or high is None else (low, high)


def _scores(value: Any) -> dict[str, float]:
    """Photo id → Dice; what is none is left out."""
    found = {str(key): _number(number) for key, number in _table(value).items()}
    return {key: dice for key, dice in found.items() if dice is not None and 0 <= dice <= 1}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) <= _LARGEST else None
