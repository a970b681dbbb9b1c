"""The readable `status.txt` of a run."""

import time

from plantseg_gui.core.durations import duration
from plantseg_gui.training.learner import UpdateReport


def status_lines(
    state: str,
    update: int,
    updates: int,
    seconds: float,
    eta_s: float,
    report: UpdateReport | None,
    best: object,
) -> list[str]:
    """What a person wants to know at a glance.

    Args:
        state: training, stopped or finished.
        update: Finished updates.
        updates: Of the whole run.
        seconds: Spent so far.
        eta_s: Seconds left; 0 = nothing to say.
        report: The last update.
        best: Has `update`, `dice_mean` and `dice`.
    """
    lines = [
        f"{state}: {update} of {updates} updates ({100 * update / updates:.0f} %)",
        f"time so far: {duration(seconds)}",
    ]
    if eta_s > 0:
        end = time.strftime("%H:%M", time.localtime(time.time() + eta_s))
        lines.append(f"time left: {duration(eta_s)} (until about {end})")
    if report is not None:
        lines.append(f"loss of the last update: {report.loss:.4f}")
    dice: dict[str, float] = getattr(best, "dice", {})
    if dice:
        parts = ", ".join(f"{k} {v:.3f}" for k, v in dice.items())
        lines.append(
            f"best on held-out photos: Dice {getattr(best, 'dice_mean', 0.0):.3f} after update "
            f"{getattr(best, 'update', 0)} ({parts})"
        )
    lines.append(f"written: {time.strftime('%Y-%m-%d %H:%M:%S')}")
    return lines
