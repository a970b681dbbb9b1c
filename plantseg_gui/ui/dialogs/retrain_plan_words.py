"""What a run will use, in words: each time what was chosen, and why."""

from collections.abc import Mapping
from typing import Any

from plantseg_gui.ui.dialogs.retrain_words import FEW, LEAVE_ONE_OUT_BELOW, expected_method, photos

Said = tuple[str, str]
LATER = "Chosen by the trial step"
NOTHING = "Nothing yet. Correct a mask with the brush, or approve a photo (Edit menu)."
NONE_CHOSEN = "No photo is chosen. Tick some below, under Expert."
_PRECISION = {
    "fp32": ("full precision", "Numbers in 16 bits would gain nothing on this machine."),
    "bf16": (
        "half precision (bf16)",
        "16-bit numbers are faster on this machine, and do.",
    ),
}
_MIB_PER_GB = 954


def base(name: str, in_use: str) -> Said:
    """The model to start from."""
    if not name:
        return "No model is loaded.", ""
    if name == in_use:
        return name, "The model in use: what it knows is kept as far as possible."
    return name, f"Chosen by you; the model in use is {in_use or 'another one'}."


def uses(approved: int, corrected: int, left_out: int) -> Said:
    """The photos to learn from."""
    lines = []
    if approved:
        lines.append(f"{_kind(approved, 'approved')}: the whole picture, as you checked it")
    if corrected:
        lines.append(f"{_kind(corrected, 'corrected')}: only around the places you touched")
    out = f"{photos(left_out)} left out, as you chose under Expert." if left_out else ""
    return ("\n".join(lines) or (NONE_CHOSEN if left_out else NOTHING)), out


def judged(
    approved: int, tested: int, untested: int, plan: Mapping[str, Any], *, test_only: bool
) -> Said:
    """What the result is judged by.

    Args:
        approved: Approved photos that are learned from.
        tested: Approved photos of the person's own test set.
        untested: Its other photos.
        plan: What the trial step chose: how many photos are held out.
        test_only: Nothing else is held out.
    """
    missing = (
        f" {photos(untested)} of the test set cannot judge: approve "
        f"{'it' if untested == 1 else 'them'} first."
        if untested
        else ""
    )
    held_out = _whole(plan, "held_out")
    expected = (
        f"{held_out} of the approved photos, which are held out from the training."
        if held_out
        else expected_method(0 if test_only else approved)
    )
    if not tested:
        value = expected
        if test_only:
            value = "Nothing: your test set has no approved photo. " + value
        why = "The same ones are held out the next time, so that figures can be compared."
        apart = held_out or (approved >= LEAVE_ONE_OUT_BELOW and not test_only)
        return value, (f"{why}{missing}" if apart else missing.strip())
    mine = f"Your own test set of {photos(tested)} is used: never trained on."
    if test_only or (approved < FEW and not held_out):
        return mine, missing.strip()
    return f"{mine} Beside it: {expected[0].lower()}{expected[1:]}", missing.strip()


def updates(count: int, plan: Mapping[str, Any]) -> Said:
    """How many updates of how many crops."""
    if not count:
        return LATER, ""
    batch, rounds = _whole(plan, "batch"), _whole(plan, "accumulate")
    value = f"{count} updates"
    if batch and rounds > 1:
        value += f" of {batch * rounds} crops, {batch} at a time"
    elif batch:
        value += f" of {batch} crops"
    return value, "More on so few photos would only learn them by heart, or not fit into the time."


def frozen(plan: Mapping[str, Any]) -> Said:
    """What is frozen."""
    words = plan.get("frozen")
    if not isinstance(words, str) or not words:
        return LATER, ""
    return (
        words[0].upper() + words[1:],
        "What is frozen keeps what it knows of other crops, and is computed only once.",
    )


def machine(memory_mib: float, plan: Mapping[str, Any]) -> Said:
    """Device, cores, memory, precision."""
    device = plan.get("device")
    if not isinstance(device, str) or not device:
        return LATER, ""
    parts = [device[0].upper() + device[1:]]
    threads = _whole(plan, "threads")
    if threads:
        parts.append(f"{threads} core{'s' if threads != 1 else ''}")
    name, why = _PRECISION.get(str(plan.get("precision")), ("", ""))
    if name:
        parts.append(name)
    if memory_mib > 0:
        parts.append(f"about {memory_mib / _MIB_PER_GB:.1f} GB of memory")
    return ", ".join(parts), why


def changes(plan: Mapping[str, Any]) -> Said:
    """What was changed so that it fits; nothing where nothing was."""
    listed = plan.get("changes")
    said = [s for s in listed if isinstance(s, str)] if isinstance(listed, list | tuple) else []
    return "\n".join(said), "It would not have fitted into this computer's memory otherwise."


def keeps(new_name: str) -> Said:
    """What stays as it is."""
    return (
        f"The model in use stays as it is; the result is a new version beside it, "
        f"{new_name or 'with a new number'}.",
        "You see before and after, and decide. Photos and masks are not changed.",
    )


def _kind(count: int, kind: str) -> str:
    return f"{count} {kind} photo{'s' if count != 1 else ''}"


def _whole(plan: Mapping[str, Any], key: str) -> int:
    value = plan.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
