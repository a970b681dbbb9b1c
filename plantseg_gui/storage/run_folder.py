"""What a training run left in its folder, read without loading torch.

The checkpoint is one safetensors file whose header carries the run's counters (`training.resume`).
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from plantseg_gui.storage.models import read_model

CHECKPOINT_FILE = "checkpoint.safetensors"
STATE_KEY = "plantseg_run"
_MAX_HEADER_BYTES = 16 << 20


@dataclass(frozen=True)
class RunLeft:
    """What is left of a run.

    Attributes:
        update: The checkpoint was written after so many updates; None where there is none that can
            be read.
        model: Whether the run has written a whole model.
    """

    update: int | None
    model: bool


def look_at_run(run_dir: Path, model_dir: Path) -> RunLeft:
    """Look what a run left. Never fails.

    Args:
        run_dir: Folder of the run.
        model_dir: Where it was to put its model.
    """
    return RunLeft(checkpoint_update(run_dir), not read_model(model_dir).damaged)


def checkpoint_update(run_dir: Path) -> int | None:
    """After how many updates a run's checkpoint was written; None without a readable one."""
    try:
        with (run_dir / CHECKPOINT_FILE).open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MAX_HEADER_BYTES:
                return None
            header = json.loads(file.read(length))
        update = json.loads(header["__metadata__"][STATE_KEY])["update"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError, struct.error):
        return None
    return update if isinstance(update, int) and not isinstance(update, bool) else None
