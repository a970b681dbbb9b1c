"""How long retrainings took on this machine: so the time of the next is known before it starts.

One small file in the user's folder; a damaged one counts as empty, for everything in it can be
measured again.
"""

import hashlib
import json
import platform
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from plantseg_gui.storage.atomic import write_json
from plantseg_gui.storage.paths import user_data_dir

MAX_KEPT = 50
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class RunTime:
    """One measured retraining, or the trial step of one.

    Attributes:
        photos: Which photos, see `photos_key`.
        base: Model that it starts from.
        device: As in the settings: auto, cpu or cuda.
        seconds: From Start to the result.
        seconds_per_update: Measured.
        updates: Of the whole run.
        whole: True for a whole run, False for a trial step.
        machine: Name of the computer.
        measured: Seconds since 1970.
        memory_mib: Largest memory; 0 = not known.
        plan: What was chosen, see `training.protocol.Trial`; empty = not known.
    """

    photos: str
    base: str
    device: str
    seconds: float
    seconds_per_update: float
    updates: int
    whole: bool = False
    machine: str = field(default_factory=platform.node)
    measured: float = field(default_factory=time.time)
    memory_mib: float = 0.0
    plan: dict[str, Any] = field(default_factory=dict)


def photos_key(photos: Iterable[tuple[str, str]]) -> str:
    """Names a set of photos: other photos, or one approved since, give another key.

    Args:
        photos: Id and status of each.
    """
    text = "\n".join(sorted(f"{photo_id}|{status}" for photo_id, status in photos))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def known_time(photos: str, base: str, device: str) -> RunTime | None:
    """What was measured last for these photos, this model and this computer. Never fails."""
    for found in reversed(_read()):
        if (found.photos, found.base, found.device) == (photos, base, device):
            return found
    return None


def last_time(base: str, device: str) -> RunTime | None:
    """The last figure of this model on this computer, with whatever photos. Never fails."""
    return next((t for t in reversed(_read()) if (t.base, t.device) == (base, device)), None)


def remember_time(found: RunTime) -> None:
    """Keep a figure in place of the older one for the same.

    Raises:
        StorageError: the disk is full or read-only.
    """
    key = (found.photos, found.base, found.device)
    rest = [t for t in _read(every_machine=True) if _key(t) != (*key, found.machine)]
    write_json(_path(), {"runs": [asdict(t) for t in [*rest, found][-MAX_KEPT:]]})


def _key(found: RunTime) -> tuple[str, str, str, str]:
    return found.photos, found.base, found.device, found.machine


def _path() -> Path:
    return user_data_dir() / "retrain_times.json"


def _read(*, every_machine: bool = False) -> list[RunTime]:
    """The kept figures, oldest first."""
    path = _path()
    try:
        if path.stat().st_size > _MAX_BYTES:
            return []
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    rows = data.get("runs") if isinstance(data, dict) else None
    found = [t for t in map(_parse, rows if isinstance(rows, list) else []) if t is not None]
    return [t for t in found if every_machine or t.machine == platform.node()]


def _parse(row: Any) -> RunTime | None:
    """One figure; None where a value is missing or of the wrong type."""
    if not isinstance(row, dict):
        return None
    values: dict[str, Any] = {f.name: row.get(f.name) for f in fields(RunTime)}
    kinds: dict[str, Any] = {
        **dict.fromkeys(("photos", "base", "device", "machine"), str),
        **dict.fromkeys(("seconds", "seconds_per_update", "measured"), (int, float)),
        "updates": int,
        "whole": bool,
    }
    for name, wanted in kinds.items():
        value = values[name]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            return None
    # Figures of older versions say nothing of these.
    memory, plan = values["memory_mib"], values["plan"]
    number = isinstance(memory, int | float) and not isinstance(memory, bool)
    values["memory_mib"] = float(memory) if number else 0.0
    values["plan"] = plan if isinstance(plan, dict) else {}
    return RunTime(**values)
