"""What an expert can choose about a retraining; remembered for each project.

Everything here has a sensible value. Only what differs from it goes into the job, so that a better
default of a later version counts for those who never touched it.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

UNFREEZE = {
    "auto": "Chosen by the time that is left",
    "none": "All but the encoder",
    "late": "All but the encoder's early stages",
    "head": "The last layer alone",
}
PRECISIONS = {"auto": "Chosen", "fp32": "Full (fp32)", "bf16": "Half (bf16)"}
DEVICES = {
    "": "As in Settings",
    "auto": "Best available",
    "cpu": "Processor (CPU)",
    "cuda": "Graphics card (CUDA)",
}
# Lowest and highest of each number.
RANGES: dict[str, tuple[float, float]] = {
    "held_out_share": (0.05, 0.5),
    "minutes": (1.0, 1440.0),
    "updates": (0, 100_000),
    "batch": (1, 64),
    "lr": (1e-5, 1e-1),
    "new_share": (0.0, 1.0),
    "threads": (0, 1024),
    "seed": (0, 1_000_000),
    "scale_low": (0.25, 4.0),
    "scale_high": (0.25, 4.0),
}
_WORDS = {"unfreeze": UNFREEZE, "precision": PRECISIONS, "device": DEVICES}
# The keys of the training's recipe.
_RECIPE = ("batch", "lr", "new_share", "unfreeze", "precision", "seed", "scale_low", "scale_high")
_MAX_PHOTOS = 100_000


@dataclass(frozen=True)
class Choices:
    """See the module's text.

    Attributes:
        base: Name of the model to start from; "" = the one in use.
        left_out: Ids of photos that are not learned from.
        own_test_only: Judge by the person's own test set alone; nothing else is held out.
        held_out_share: Of the approved photos.
        minutes: Time limit.
        updates: Exactly so many; 0 = chosen.
        batch: Crops for each update.
        lr: Highest learning rate.
        new_share: How far the weights go from the base model's towards the trained ones; 0 = chosen
            by what the held-out photos say.
        unfreeze: A key of `UNFREEZE`: what learns.
        precision: A key of `PRECISIONS`.
        threads: Processor cores; 0 = as in the settings.
        device: A key of `DEVICES`.
        seed: Of everything that is drawn by lot.
        scale_low: Crops are cut at so many times the network's own size, at least.
        scale_high: At most.
    """

    base: str = ""
    left_out: tuple[str, ...] = ()
    own_test_only: bool = False
    held_out_share: float = 0.25
    minutes: float = 5.0
    updates: int = 0
    batch: int = 8
    lr: float = 2e-3
    new_share: float = 0.0
    unfreeze: str = "auto"
    precision: str = "auto"
    threads: int = 0
    device: str = ""
    seed: int = 1
    scale_low: float = 0.5
    scale_high: float = 1.7

    @property
    def recipe(self) -> dict[str, Any]:
        """The job's `recipe`: what differs from the defaults."""
        kept = {key: getattr(self, key) for key in _RECIPE if _differs(self, key)}
        if self.own_test_only:
            kept["held_out_share"] = 0.0
        elif _differs(self, "held_out_share"):
            kept["held_out_share"] = self.held_out_share
        return kept

    @property
    def measured(self) -> tuple[tuple[str, str], ...]:
        """What the time of a run depends on beside photos and model, as pairs of text."""
        keys = (*self.recipe.items(), ("updates", self.updates), ("threads", self.threads))
        return tuple((key, str(value)) for key, value in keys if value)

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, for the project."""
        return {key: value for key, value in asdict(self).items() if _differs(self, key)}

    @classmethod
    def from_json(cls, data: Any) -> "Choices":
        """Read what `to_json` wrote; whatever is not allowed keeps its default."""
        if not isinstance(data, Mapping):
            return cls()
        default = cls()
        known = {f.name: _checked(f.name, data[f.name], default) for f in fields(cls)
                 if f.name in data}  # fmt: skip
        made = replace(default, **known)
        if made.scale_low > made.scale_high:
            made = replace(made, scale_low=default.scale_low, scale_high=default.scale_high)
        return made


def _differs(choices: Choices, key: str) -> bool:
    return bool(getattr(choices, key) != getattr(_DEFAULT, key))


def _checked(key: str, value: Any, default: Choices) -> Any:
    usual = getattr(default, key)
    if key == "left_out":
        listed = value if isinstance(value, list | tuple) else ()
        return tuple(v for v in listed if isinstance(v, str))[:_MAX_PHOTOS]
    if isinstance(usual, bool):
        return value if isinstance(value, bool) else usual
    if isinstance(usual, str):
        allowed = isinstance(value, str) and value in _WORDS.get(key, {value: ""})
        return value if allowed else usual
    number = isinstance(value, int | float) and not isinstance(value, bool)
    low, high = RANGES[key]
    return type(usual)(value) if number and math.isfinite(value) and low <= value <= high else usual


_DEFAULT = Choices()
