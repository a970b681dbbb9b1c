"""How far to go from the base model to the trained one: the share of the way, by the gate.

The more of the trained weights, the more is learned of these photos, by heart in the end, and lost
of what the base model knew (`interpolate`). The share is what the judged photos like best; and
since a figure on photos by which something was chosen flatters, each photo's own figure comes from
the share that the other photos would choose.
"""

from collections.abc import Mapping, Sequence

import numpy as np

SHARES = (0.5, 0.7, 0.85, 1.0)
DEFAULT_SHARE = 0.7
# The photos must agree on a gain of this much Dice before another share than the default is taken.
LEAST_GAIN = 0.01

# Share → photo id → Dice.
ShareScores = Mapping[float, Mapping[str, float]]


def choose_share(scores: ShareScores, allowed: Sequence[float], without: str = "") -> float:
    """The share of the best mean Dice.

    Args:
        scores: Dice by share and photo; empty = nothing is known.
        allowed: Shares that may be taken; at least one.
        without: Leave this photo out: it is the one to be judged.
    """
    default = max((s for s in allowed if s <= DEFAULT_SHARE), default=min(allowed))
    means = {}
    for share in allowed:
        values = [v for k, v in scores.get(share, {}).items() if k != without]
        if values:
            means[share] = float(np.mean(values))
    if default not in means:
        return default
    best = max(means, key=lambda s: (means[s], -s))
    return best if means[best] >= means[default] + LEAST_GAIN else default
