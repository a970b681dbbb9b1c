"""What a training run says and hears: one JSON line per event, one word per command.

The run appends events to `events.jsonl` in its folder; a window or a terminal tails that file. Only
the standard library is imported here, so that a window can read events without loading torch.
"""

import json
import time
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from plantseg_gui.training.tail import Tail

EVENTS_FILE = "events.jsonl"
CONTROL_FILE = "control"
COMMANDS = ("stop", "pause", "resume", "keep")
# No number of an event is larger; seconds since 1970 are the largest.
MOST = 1e12


@dataclass(frozen=True)
class Event:
    """Base of all events.

    Attributes:
        time: Seconds since 1970.
    """

    kind: ClassVar[str] = ""
    time: float = field(default_factory=time.time, kw_only=True)

    def to_line(self) -> str:
        """One JSON object, without the line's end."""
        return json.dumps({"event": self.kind, **asdict(self)}, ensure_ascii=False)


@dataclass(frozen=True)
class Started(Event):
    """The process runs. `pid` with `process_started` names it beyond doubt."""

    kind: ClassVar[str] = "started"
    pid: int
    process_started: float
    run_dir: str
    device: str
    photos: int
    resumed_at: int = 0


@dataclass(frozen=True)
class Stage(Event):
    """What the run does beside updates: reading photos, preparing crops, judging.

    Attributes:
        text: For a person, for instance "Reading photos".
        done: Of `total`.
        total: 0 = not known.
    """

    kind: ClassVar[str] = "stage"
    text: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Trial(Event):
    """The measured trial: what the run will take, and what was chosen for it.

    Attributes:
        seconds_per_update: Measured.
        updates: Of the whole run, those of the leave-one-out folds included.
        estimated_s: From here to the end.
        memory_mib: Largest memory of the process so far, that of the trial step included.
        plan: What was chosen: `training`, `held_out`, `kept_out` (photos), `method`, `batch`,
            `accumulate`, `precision`, `device`, `threads`, `views`, `judging_s` (seconds after the
            model is there), `frozen` (what learns and what is frozen, in words), and `changes`:
            sentences, one for each thing that was changed so that it fits.
    """

    kind: ClassVar[str] = "trial"
    seconds_per_update: float
    updates: int
    estimated_s: float
    memory_mib: float = 0.0
    plan: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step(Event):
    """One update of the weights is done.

    Attributes:
        update: Finished updates.
        updates: Of the whole run.
        loss: Of this update.
        eta_s: Seconds to the end of the run.
        seconds_per_update: Smoothed.
        lr: Learning rate of the decoder.
        terms: Each term of the loss before weighting.
        phase: "train" for the model that will be kept; "check" for the short trainings of the
            leave-one-out estimate, whose losses belong to no curve.
        crops_per_s: Crops learned from in a second, smoothed.
        memory_mib: Memory of the process now; on a GPU that of the GPU.
    """

    kind: ClassVar[str] = "step"
    update: int
    updates: int
    loss: float
    eta_s: float
    seconds_per_update: float
    lr: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    phase: str = "train"
    crops_per_s: float = 0.0
    memory_mib: float = 0.0


@dataclass(frozen=True)
class Epoch(Event):
    """An evaluation on held-out photos.

    Attributes:
        update: Finished updates.
        updates: Of the whole run.
        dice: By source; in retraining by photo.
        dice_mean: Mean of `dice`.
        best: Whether it is the best so far.
    """

    kind: ClassVar[str] = "epoch"
    update: int
    updates: int
    dice: dict[str, float]
    dice_mean: float
    best: bool


@dataclass(frozen=True)
class Preview(Event):
    """A picture was written that shows how the network does by now.

    Attributes:
        update: Finished updates; 0 = the base model.
        path: PNG, RGB: the photo with the predicted lesions tinted and the person's outlined.
        photo_id: Which photo.
        held_out: Whether the photo is kept out of training.
        dice: Of this prediction with the person's mask.
        place: 0 or 1: the same photo has the same place throughout a run.
    """

    kind: ClassVar[str] = "preview"
    update: int
    path: str
    photo_id: str = ""
    held_out: bool = False
    dice: float = 0.0
    place: int = 0


@dataclass(frozen=True)
class Warning_(Event):
    """Something that a person should know; the run goes on."""

    kind: ClassVar[str] = "warning"
    text: str


@dataclass(frozen=True)
class Error(Event):
    """The run ended by a fault. `category` is one of `core.errors.ErrorCategory`."""

    kind: ClassVar[str] = "error"
    category: str
    text: str
    do: str = ""


@dataclass(frozen=True)
class Finished(Event):
    """All updates are done; `model` is the folder of the result.

    A run that was to measure a trial step alone has made no update and has no model: `Trial` told
    the rest of the time, `seconds` is what came before.

    Retraining puts into `results`: `method` ("held-out photos", "leave-one-out estimate" or "too
    few to judge"), `before` and `after` (photo id → Dice), `dice_before`, `dice_after` (means; null
    when not judged), `photos`, `approved`, `updates`, `seconds_per_update`, `threshold`, and

    - `interval`: [low, high], 95 % of the mean change of Dice (paired bootstrap over photos); null;
    - `severity`: photo id → {"true", "before", "after"} in % of the leaf; only photos whose leaf
      was found; `severity_error_before`, `severity_error_after`: mean absolute errors in points;
      `severity_interval`: [low, high] of the mean change of that error; null where not judged;
    - `earlier`: {"before", "after"}: photo id → Dice of photos that were learned from, now or in an
      earlier training: no proof that it is better, but a sign of what was forgotten;
    - `kept_out`: ids of the judged photos that belong to the person's own test set;
    - `share`: how far the weights lie on the way from the base model's (0) to the trained ones (1);
    - `pictures`: photo id → {"image", "before", "after"}: file names in the run's folder; an RGB
      photo and the two masks (8 bit, 255 = lesion), all of one size, for the judged photos.
    """

    kind: ClassVar[str] = "finished"
    update: int
    seconds: float
    model: str
    results: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped(Event):
    """The run ended early on request and can be resumed; `model` holds the best so far or is ''."""

    kind: ClassVar[str] = "stopped"
    update: int
    seconds: float
    model: str
    results: dict[str, Any] = field(default_factory=dict)


EVENTS: dict[str, type[Event]] = {
    c.kind: c
    for c in (Started, Stage, Trial, Step, Epoch, Preview, Warning_, Error, Finished, Stopped)
}
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}


def parse_line(line: str) -> Event | None:
    """The event of one line; None for anything that is not one.

    A half-written last line, a line of another program, a number that is not finite or absurdly
    large and an event of a newer version all give None; unknown keys of a known event are ignored.
    """
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    kind = data.get("event")
    cls = EVENTS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        return None
    values: dict[str, Any] = {}
    for spec in fields(cls):
        if spec.name not in data:
            if spec.default is MISSING and spec.default_factory is MISSING:
                return None
            continue
        value = data[spec.name]
        wanted = _TYPES.get(str(getattr(spec.type, "__name__", spec.type)), (dict,))
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            return None
        if isinstance(value, int | float) and not abs(value) <= MOST:
            return None
        values[spec.name] = value
    return cls(**values)


def send_command(run_dir: Path, command: str) -> None:
    """Append a command for the run in `run_dir`.

    Raises:
        ValueError: not one of `COMMANDS`.
    """
    if command not in COMMANDS:
        raise ValueError(f"unknown command {command!r}")
    with (run_dir / CONTROL_FILE).open("a", encoding="utf-8") as file:
        file.write(command + "\n")


class CommandReader:
    """Reads the commands that were appended since the last look."""

    def __init__(self, run_dir: Path) -> None:
        path = run_dir / CONTROL_FILE
        # A word of an earlier process must not stop this one; a word that came while this very
        # first process was starting counts.
        earlier = (run_dir / EVENTS_FILE).exists() and path.exists()
        self._tail = Tail(path, path.stat().st_size if earlier else 0)

    def poll(self) -> list[str]:
        """New complete commands, oldest first; unknown words are dropped."""
        words = [word for line in self._tail.read() for word in line.split()]
        return [word for word in words if word in COMMANDS]


class EventTail:
    """Reads the events that were appended since the last look.

    Args:
        run_dir: Of the run.
        skip: Leave out what is there already.
    """

    def __init__(self, run_dir: Path, *, skip: bool = False) -> None:
        path = run_dir / EVENTS_FILE
        try:
            offset = path.stat().st_size if skip else 0
        except OSError:
            offset = 0
        self._tail = Tail(path, offset)

    @property
    def behind(self) -> bool:
        """Whether the last `poll` left something unread."""
        return self._tail.behind

    def poll(self) -> list[Event]:
        """The next new events, oldest first; garbage is skipped."""
        found = (parse_line(line) for line in self._tail.read())
        return [event for event in found if event is not None]
