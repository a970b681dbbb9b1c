"""The result of a retraining: a model folder with its card, and never half a one."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from plantseg_gui.core.errors import InputError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.nn.checkpoint import CONFIG_FILE
from plantseg_gui.storage.atomic import storage_error, write_bytes, write_text
from plantseg_gui.storage.models import CARD, new_version_name, valid_name
from plantseg_gui.training.gate import Judgement
from plantseg_gui.training.job import FinetuneJob

METHOD_TEXT = (
    "The network learned from crops of the photos, placed on lesions, on the base model's mistakes "
    "and anywhere: first all but the encoder, then the encoder's late blocks too where there was "
    "time. The weights are a moving average, taken only a part of the way from the base model's."
)


def check_out(out: Path) -> None:
    """Refuse a folder that already holds a model, or that no model may have.

    Raises:
        InputError: it does, it is a file, or its name is none for a model.
    """
    if not valid_name(out.resolve().name):
        raise InputError(
            f"{out.resolve().name!r} is no allowed name for a model.",
            "Use letters A to Z, digits, dot, dash and underscore for the folder of --out.",
        )
    if (out / CONFIG_FILE).exists():
        raise InputError(f"{out} already holds a model.", "Choose another --out.")
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, not a folder.", "Choose another --out.")


def result_name(job: FinetuneJob, base: ModelMeta) -> str:
    """The new version's name: as wished, else the folder's, else the next of the base's."""
    for name in (job.name, "" if job.window else job.out.resolve().name):
        if name and valid_name(name) and name != base.name:
            return name
    return new_version_name(base.name)


def result_meta(
    base: ModelMeta, name: str, judgement: Judgement, training: dict[str, Any], **calibration: float
) -> ModelMeta:
    """The description of the new version.

    Args:
        base: Of the model that it was retrained from; its figures are not the new one's.
        name: Of the new version.
        judgement: Dice before and after.
        training: Photos, seconds, recipe.
        calibration: `threshold` and `scorer_threshold`.
    """
    return replace(
        base,
        name=name,
        parent=base.name,
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        notes="Retrained on a person's own photos.",
        figures={"retraining": judgement.to_results()},
        training=training,
        **calibration,  # type: ignore[arg-type]
    )


def model_card(meta: ModelMeta, judgement: Judgement, outside: str) -> str:
    """The text of card.md; `outside` names the model for photos outside the scope."""
    training = meta.training
    photos, approved = training.get("photos", 0), training.get("approved", 0)
    held = training.get("held_out", 0)
    return "\n".join(
        [
            f"# {meta.name}",
            "",
            f"Retrained from **{meta.parent}** on {photos} photo{'s' if photos != 1 else ''} of a "
            f"person ({approved} approved), in {training.get('seconds', 0):.0f} s, "
            f"{training.get('updates', 0)} updates.",
            "",
            f"- {judgement.sentence()}",
            f"- Held out from the training: {held} of the approved photos.",
            f"- Threshold {meta.threshold:.2f}; the calibration is the base model's.",
            "- It is for photos like these. A photo that is unlike all of them is looked at with "
            f"the weights of {outside}, as before, and says so.",
            "",
            METHOD_TEXT,
            "",
        ]
    )


def write_model_folder(out: Path, files: dict[str, bytes], card: str) -> None:
    """Write a model folder; its config.json, without which it is none, comes last.

    Args:
        out: The folder.
        files: From `model_files`.
        card: Text of card.md.

    Raises:
        StorageError: the disk is full or read-only.
    """
    files = dict(files)
    config = files.pop(CONFIG_FILE)
    try:
        # A folder of a resumed run: its old description must not stand beside new weights.
        (out / CONFIG_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, out / CONFIG_FILE) from error
    for name, data in files.items():
        write_bytes(out / name, data)
    write_text(out / CARD, card)
    write_bytes(out / CONFIG_FILE, config)
