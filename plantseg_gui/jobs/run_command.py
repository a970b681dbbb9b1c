"""The command line of a training run: the same program that a person would type."""

import sys
from pathlib import Path


def finetune_command(job_file: Path, device: str = "auto", threads: int = 0) -> list[str]:
    """The command line of a run.

    Args:
        job_file: Of the run.
        device: "auto", "cpu" or "cuda".
        threads: 0 = chosen by the run.
    """
    return [
        *(sys.executable, "-m", "plantseg_gui", "finetune"),
        *("--job", str(job_file), "--progress", "none"),
        *(("--device", device) if device != "auto" else ()),
        *(("--threads", str(threads)) if threads else ()),
    ]


def again_words(*, resume: bool, save_memory: int, finish: bool) -> list[str]:
    """What is added for a run that broke off.

    Args:
        resume: Go on from its checkpoint.
        save_memory: 0 to 3, see `plantseg finetune --save-memory`.
        finish: Only judge and write what the checkpoint holds.
    """
    return [
        *(["--resume"] if resume else []),
        *(["--finish"] if finish else []),
        *(["--save-memory", str(save_memory)] if save_memory else []),
    ]
