"""All settings of a training run; saved with it as `config.json`."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from plantseg_gui.core.errors import InputError

PROFILES = ("cpu", "cuda")
SOURCE_WEIGHTS = {"coffee": 0.35, "field": 0.30, "field_small": 0.20, "rice": 0.15}


@dataclass(frozen=True)
class TrainConfig:
    """One run.

    Attributes:
        profile: cpu or cuda (specification 5).
        batch: Tiles per forward pass.
        accumulate: Forward passes per update; batch × accumulate is the effective batch.
        updates: Length of the run; 0 = fixed by a measured trial from `minutes`.
        minutes: Time that the run may take; 0 = no matter.
        lr: Highest learning rate of everything but the encoder.
        encoder_lr_ratio: The encoder's rate as a share of `lr`.
        weight_decay: Of AdamW.
        warm_share: Share of the updates in which OneCycle's rate rises.
        frozen_share: Share of the updates at the start with the encoder frozen. "Two epochs" of
            the specification are of the GPU's size; on a CPU a run has few epochs in all.
        clip: Largest norm of the gradient.
        ema_share: Memory of the weights' moving average as a share of the updates.
        seed: Seed of everything.
        threads: Of torch; 0 = torch's own choice.
        precision: auto, fp32, bf16 or fp16.
        source_weights: Share of the crops by source; sources not named count 0.1.
        lesion_share: Share of the crops that are placed on a lesion.
        scale_low: Crops are cut at N × U(scale_low, scale_high) network px.
        scale_high: See scale_low.
        augment_strength: 0 = geometry alone, 1 = full colour, blur, noise, JPEG and shadow.
        evaluations: How often the moving average is measured on `dev`.
        eval_photos: At most so many dev photos per source.
        eval_share: At most this share of the time may go into evaluations.
        checkpoint_s: Seconds between checkpoints.
        all_bn_eval: Retraining: every normalisation keeps its running figures.
        workers: Threads (cuda: processes) that cut and augment crops.
        network: `NetworkConfig` as a plain dict.
        loss: `LossConfig` as a plain dict (only what differs from its defaults).
    """

    profile: str = "cpu"
    batch: int = 8
    accumulate: int = 1
    updates: int = 0
    minutes: float = 0.0
    lr: float = 1.5e-3
    encoder_lr_ratio: float = 0.25
    weight_decay: float = 1e-2
    warm_share: float = 0.2
    frozen_share: float = 0.08
    clip: float = 5.0
    ema_share: float = 0.02
    seed: int = 1
    threads: int = 0
    precision: str = "auto"
    source_weights: dict[str, float] = field(default_factory=lambda: dict(SOURCE_WEIGHTS))
    lesion_share: float = 0.6
    scale_low: float = 0.6
    scale_high: float = 1.6
    augment_strength: float = 1.0
    evaluations: int = 20
    eval_photos: int = 12
    eval_share: float = 0.08
    checkpoint_s: float = 180.0
    all_bn_eval: bool = False
    workers: int = 1
    network: dict[str, Any] = field(default_factory=dict)
    loss: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, low, high in (
            ("batch", 1, 4096),
            ("accumulate", 1, 4096),
            ("updates", 0, 10_000_000),
            ("minutes", 0, 100_000),
            ("lr", 1e-8, 1),
            ("encoder_lr_ratio", 0, 1),
            ("warm_share", 0, 1),
            ("frozen_share", 0, 1),
            ("lesion_share", 0, 1),
            ("threads", 0, 1024),
            ("workers", 1, 64),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(
                    f"The setting {name} is {value}; it must lie between {low} and {high}."
                )
        if self.profile not in PROFILES:
            raise InputError(f"There is no profile '{self.profile}'.", "Use cpu or cuda.")
        if not self.updates and not self.minutes:
            raise InputError("The length of the run is missing.", "Give --minutes or --updates.")

    @property
    def effective_batch(self) -> int:
        """Crops per update."""
        return self.batch * self.accumulate

    def to_dict(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "TrainConfig":
        """Read what `to_dict` wrote; unknown keys of a newer version are left out.

        Raises:
            InputError: a value out of range or of the wrong type.
        """
        known = {f.name for f in fields(cls)}
        try:
            return cls(**{k: v for k, v in data.items() if k in known})
        except TypeError as error:
            raise InputError(f"The run's configuration is damaged: {error}.") from error

    def with_updates(self, updates: int) -> "TrainConfig":
        """The same run with its length fixed."""
        return replace(self, updates=max(1, updates))


def profile_defaults(profile: str) -> dict[str, Any]:
    """What differs between the profiles: batch, accumulation, unfreezing, workers.

    Raises:
        InputError: unknown profile.
    """
    if profile == "cuda":
        return {"batch": 4, "accumulate": 16, "workers": 8, "lr": 2e-3}
    if profile == "cpu":
        return {"batch": 8, "accumulate": 1, "workers": 1}
    raise InputError(f"There is no profile '{profile}'.", "Use cpu or cuda.")
