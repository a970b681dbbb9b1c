"""Checkpoints of a run: one safetensors file whose header carries the JSON, never pickle.

One file, so that weights and counters cannot be of different moments after `kill -9`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.atomic import atomic_path
from plantseg_gui.storage.run_folder import CHECKPOINT_FILE, STATE_KEY

FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a run.

    Attributes:
        tensors: From `Learner.tensors`.
        state: JSON: `learner` (from `Learner.state`), `update` = number of the next update,
            `config`, `best`, `seconds`.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]


def save_checkpoint(run_dir: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint of a run, in place of the last one.

    Raises:
        StorageError: the disk is full or read-only; the last one is as it was.
    """
    tensors = {k: v.detach().cpu().contiguous() for k, v in checkpoint.tensors.items()}
    text = json.dumps({"format": FORMAT, **checkpoint.state})
    with atomic_path(run_dir / CHECKPOINT_FILE) as temp:
        save_file(tensors, str(temp), metadata={STATE_KEY: text})


def load_checkpoint(run_dir: Path) -> Checkpoint | None:
    """The last checkpoint of a run; None when there is none yet.

    Raises:
        InputError: damaged, or not a checkpoint of a run.
    """
    path = run_dir / CHECKPOINT_FILE
    if not path.exists():
        return None
    try:
        with safe_open(str(path), framework="pt") as file:
            state = json.loads((file.metadata() or {})[STATE_KEY])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is damaged or not a checkpoint: {error}.",
            "Start the training again in another folder.",
        ) from error
    if not isinstance(state, dict) or state.get("format") != FORMAT or "update" not in state:
        raise InputError(f"{path} was written by another version of this program.")
    return Checkpoint(tensors, state)
