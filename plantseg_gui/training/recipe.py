"""How a model is retrained on a person's own photos; the figures were chosen by experiments.

Retraining freezes the encoder and works on its cached features (LOFF-TA, arXiv 2410.02527, does the
same): a step then costs the decoder alone, and a step that is cheap can be repeated while a person
waits.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.training.config import TrainConfig

FEW_PHOTOS, MANY_PHOTOS = 3, 10
FEW_MINUTES, MANY_MINUTES = 0.75, 2.0
PER_FURTHER_PHOTO = 0.1
UNFREEZE = ("auto", "none", "late", "head")


@dataclass(frozen=True)
class Recipe:
    """Settings of one retraining.

    Attributes:
        batch: Crops at a time.
        accumulate: Times `batch` per update.
        window: Side of the windows that most updates learn from, as a share of the crop's.
        whole: Crops of a batch for the updates on whole crops.
        lr: Highest rate of the decoder.
        weight_decay: Of AdamW.
        warm_share: Share of the updates in which OneCycle's rate rises.
        new_share: How far the weights that are kept lie on the way from the base model's to the
            trained ones (see `interpolate`); 0 = chosen by the gate (`gate_share`).
        held_out_share: Of the approved photos, see `gate_split`; 0 = the own test set alone.
        unfreeze: "none": the encoder stays as it is; "late": its late blocks learn too, from
            `late_from` on; "auto": so if there is time for `late_least` updates; "head": only the
            last layer learns.
        late_from: Share of the updates after which the late blocks learn.
        late_least: See unfreeze.
        encoder_lr_ratio: Rate of the late blocks, as a share of `lr`.
        reminders: Crops of drawn leaves that hold the network to what it knew; 0 = none. Measured
            on coffee, three photos, with a model that did not know it: Dice 0.83 with them and 0.90
            without; what was known before is kept by the version's scope instead.
        remind: Their weight.
        ema_share: Memory of the weights' moving average as a share of the updates.
        clip: Largest norm of the gradient.
        w_fn: Tversky weight of missed lesion.
        w_fp: Tversky weight of false alarm.
        aux_every: Affinity and queries learn at every so many-th update, with as much more weight.
        reuse: How often a cached view is shown, on average.
        views_per_place: Views (turn, scale, colour) of one place of a photo.
        lesion_share: Share of the crops that are placed on a lesion.
        mistake_share: Share of the crops that are placed on a mistake of the base model.
        scale_low: Crops are cut at N × U(scale_low, scale_high) network px.
        scale_high: See scale_low.
        augment_strength: Of the colour changes before encoding; 0 = flips and turns alone.
        seed: Of everything.
        precision: auto, fp32 or bf16.
        fold_share: Updates of a leave-one-out fold as a share of the real run's, at most.
        folds_share: All folds together as a share of the real run's updates, at most.
        least_useful: Updates that are of use on one photo.
        useful_per_photo: Further ones for each photo.
        most_updates: However many photos there are.
        checkpoint_s: Seconds between checkpoints.
    """

    batch: int = 8
    accumulate: int = 1
    window: float = 0.5
    whole: int = 2
    lr: float = 2e-3
    weight_decay: float = 1e-2
    warm_share: float = 0.3
    new_share: float = 0.0
    held_out_share: float = 0.25
    unfreeze: str = "auto"
    late_from: float = 0.4
    late_least: int = 40
    encoder_lr_ratio: float = 0.2
    reminders: int = 0
    remind: float = 0.5
    ema_share: float = 0.1
    clip: float = 5.0
    w_fn: float = 0.5
    w_fp: float = 0.5
    aux_every: int = 6
    reuse: float = 3.0
    views_per_place: int = 2
    lesion_share: float = 0.4
    mistake_share: float = 0.4
    scale_low: float = 0.5
    scale_high: float = 1.7
    augment_strength: float = 0.8
    seed: int = 1
    precision: str = "auto"
    fold_share: float = 0.5
    folds_share: float = 1.3
    least_useful: int = 120
    useful_per_photo: int = 30
    most_updates: int = 3000
    checkpoint_s: float = 15.0

    def to_dict(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Recipe":
        """Read what `to_dict` wrote; unknown keys are left out.

        Raises:
            InputError: a value of the wrong type.
        """
        known = {f.name: f for f in fields(cls)}
        for key, value in data.items():
            if key not in known:
                continue
            wanted = {float: (int, float), int: (int,)}.get(type(known[key].default), (str,))
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise InputError(f"The recipe's {key} is {value!r}, which is not allowed.")
        if data.get("unfreeze", "auto") not in UNFREEZE:
            raise InputError(
                f"The recipe's unfreeze is {data['unfreeze']!r}.", f"Use {', '.join(UNFREEZE)}."
            )
        return cls(**{k: v for k, v in data.items() if k in known})

    def useful_updates(self, photos: int) -> int:
        """More updates than these on so few photos only learn them by heart."""
        return min(self.most_updates, max(self.least_useful, self.useful_per_photo * photos))

    def learner_options(self) -> dict[str, Any]:
        """What `DecoderLearner` takes of it."""
        return {
            "aux_every": self.aux_every,
            "window": self.window,
            "whole": self.whole,
            "remind": self.remind,
            "head_only": self.unfreeze == "head",
        }

    def train_config(self, updates: int, threads: int = 0) -> TrainConfig:
        """The settings of the learner."""
        loss = {"w_fn": self.w_fn, "w_fp": self.w_fp, "ramp": [-1.0, 0.0]}
        return TrainConfig(
            batch=self.batch,
            accumulate=self.accumulate,
            updates=max(1, updates),
            lr=self.lr,
            encoder_lr_ratio=self.encoder_lr_ratio,
            weight_decay=self.weight_decay,
            warm_share=self.warm_share,
            frozen_share=1.0,
            clip=self.clip,
            ema_share=self.ema_share,
            seed=self.seed,
            threads=threads,
            precision=self.precision,
            all_bn_eval=True,
            loss=loss,
        )


def minutes_to_spend(photos: int, wished: float, *, window: bool) -> float:
    """How long a run may take.

    Args:
        photos: To learn from.
        wished: What the person said; 0 = nothing.
        window: There a limit is always given, and means "at most": few photos do not need it.
    """
    if not wished:
        return default_minutes(photos)
    if not window:
        return wished
    many = PER_FURTHER_PHOTO * max(0, photos - MANY_PHOTOS)
    return min(wished, default_minutes(photos) + many)


def default_minutes(photos: int) -> float:
    """Until the model is there when nobody said: 45 s for up to 3 photos, 2 min from 10 on."""
    share = (photos - FEW_PHOTOS) / (MANY_PHOTOS - FEW_PHOTOS)
    return FEW_MINUTES + (MANY_MINUTES - FEW_MINUTES) * min(1.0, max(0.0, share))
