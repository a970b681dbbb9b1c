"""Fuzzing: valid files are damaged and read in a child process that is watched.

A `Target` names what is read. `Watcher.run(target, count)` reads `count` damaged files and gives
back what went wrong: an exception that is not allowed, a crash of the whole process, a hang (over
5 s) or more than 1 GB of memory. Each case of a fault lies in a file that the fault names; it is
read again with `python -m tests.helpers.fuzz MODULE:CLASS FILE`. A case depends on its number
alone, as far as the target's seeds do.
"""

import contextlib
import faulthandler
import importlib
import json
import os
import random
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psutil

from plantseg_gui.core.errors import AppError
from tests.helpers.mutate import mutate

ROOT = Path(__file__).resolve().parents[2]
HANG_S = 5.0
MEMORY_BYTES = 1 << 30
# Above that an allocation fails: a runaway must not take the whole computer with it.
_ADDRESS_BYTES = 6 << 30
_ENOUGH_FAULTS = 20


class Target:
    """What is fuzzed; lives in the child process.

    Attributes:
        allowed: What may be raised.
        folder: An empty folder for its files.
    """

    allowed: ClassVar[tuple[type[BaseException], ...]] = (AppError,)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def seeds(self) -> dict[str, list[bytes]]:
        """Valid contents by the name under which `read` is told of them."""
        raise NotImplementedError

    def read(self, name: str, data: bytes) -> None:
        """Read one content, and assert what must hold afterwards."""
        raise NotImplementedError

    def refused(self, name: str, error: BaseException) -> None:
        """Assert that the words say what they should."""

    def repair(self, name: str, data: bytes) -> bytes:
        """Put check sums right that would hide the damage from all but the first check."""
        return data

    def case(self, seeds: dict[str, list[bytes]], number: int) -> tuple[str, bytes]:
        """The damaged content of a number."""
        rng = random.Random(number)
        name = rng.choice(list(seeds))
        return name, self.repair(name, mutate(seeds[name], rng))


@dataclass(frozen=True)
class Fault:
    """A case that went wrong; `file` holds its content."""

    number: int
    file: Path
    what: str

    def __str__(self) -> str:
        return f"case {self.number} ({self.file}):\n{self.what}"


@dataclass
class Outcome:
    """Of all cases of one target."""

    accepted: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)


class Watcher:
    """A child process that reads cases; a new one starts when it has died."""

    def __init__(self, folder: Path, hang_s: float = HANG_S) -> None:
        self._folder, self._hang_s = folder, hang_s
        self._child: subprocess.Popen[str] | None = None
        self._errors = folder / "errors.txt"

    def run(self, target: type[Target], count: int, first: int = 0) -> Outcome:
        """Read the cases `first` to `first + count - 1`."""
        folder = self._folder / target.__name__
        folder.mkdir(exist_ok=True)
        outcome, number, end = Outcome(), first, first + count
        while number < end and len(outcome.faults) < _ENOUGH_FAULTS:
            order = [
                f"{target.__module__}:{target.__name__}",
                str(folder),
                number,
                end,
                self._hang_s,
            ]
            number = self._attend(json.dumps(order), folder, outcome)
        return outcome

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _attend(self, order: str, folder: Path, outcome: Outcome) -> int:
        """Let the child work until it is through or dead; returns the next number."""
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        started = folder / "started.json"
        started.unlink(missing_ok=True)
        child.stdin.write(order + "\n")
        child.stdin.flush()
        number = -1
        for line in child.stdout:
            word, number, rest = json.loads(line)
            if word == "end":
                return int(number)
            outcome.accepted += word == "accepted"
            outcome.refused += word == "refused"
            if word == "fault":
                outcome.faults.append(Fault(number, Path(rest[0]), rest[1]))
        # Dead. Its last words tell where.
        code = child.wait()
        self.close()
        words = self._errors.read_text(encoding="utf-8", errors="replace")[-3000:]
        what = f"the process ended with {code}; see below (Timeout = it hung)\n{words}"
        if not started.exists():
            raise RuntimeError(f"no case was read: {what}")
        last, name = json.loads(started.read_text(encoding="utf-8"))
        outcome.faults.append(Fault(last, _keep(folder, last, name), what))
        return int(last) + 1

    def _started(self) -> "subprocess.Popen[str]":
        if self._child is None:
            environment = os.environ | {
                "PLANTSEG_HOME": str(self._folder / "home"),
                # A large photo may take what its pixels take; the rule is about small files.
                "PLANTSEG_MAX_MEGAPIXELS": "20",
                "OMP_NUM_THREADS": "1",
                "PYTHONUNBUFFERED": "1",
            }
            with self._errors.open("w") as errors:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "tests.helpers.fuzz"],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
        return self._child


def _keep(folder: Path, number: int, name: str) -> Path:
    """Keep the case that was read last."""
    kept = folder / f"case-{number}-{name}"
    kept.write_bytes((folder / "case").read_bytes())
    return kept


def _target(order: str, folder: str) -> Target:
    module, name = order.split(":")
    cls: type[Target] = getattr(importlib.import_module(module), name)
    work = Path(folder) / "work"
    work.mkdir(parents=True, exist_ok=True)
    return cls(work)


def _serve() -> None:
    """The child: read orders from standard input until it ends."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    faulthandler.enable()
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_BYTES, _ADDRESS_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        module, folder, first, end, hang_s = json.loads(line)
        target = _target(module, folder)
        seeds = target.seeds()
        for name, contents in seeds.items():
            for content in contents:
                target.read(name, target.repair(name, content))
        for number in range(first, end):
            name, data = target.case(seeds, number)
            (Path(folder) / "case").write_bytes(data)
            (Path(folder) / "started.json").write_text(json.dumps([number, name]))
            word, rest = _one(target, name, data, hang_s)
            if word == "fault":
                rest = [str(_keep(Path(folder), number, name)), rest]
            out.write(json.dumps([word, number, rest]) + "\n")
        out.write(json.dumps(["end", end, ""]) + "\n")


def _one(target: Target, name: str, data: bytes, hang_s: float) -> tuple[str, Any]:
    """Read one case: "accepted", "refused" or "fault", and why."""
    before = _reset_peak()
    faulthandler.dump_traceback_later(hang_s, exit=True)
    try:
        word, rest = "accepted", ""
        try:
            target.read(name, data)
        except target.allowed as error:
            word = "refused"
            target.refused(name, error)
    except BaseException:  # noqa: BLE001 - that is what is looked for
        word, rest = "fault", traceback.format_exc()[-3000:]
    finally:
        faulthandler.cancel_dump_traceback_later()
    grown = _peak() - before
    if grown > MEMORY_BYTES:
        word, rest = "fault", f"it took {grown >> 20} MiB of memory"
    return word, rest


_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def _reset_peak() -> int:
    """Memory held now; the peak begins anew where the system can do that."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")
    return int(psutil.Process().memory_info().rss)


def _peak() -> int:
    """Most memory held since `_reset_peak`; what is held now where the system cannot tell."""
    with contextlib.suppress(OSError):
        for line in _lines(_STATUS):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return int(psutil.Process().memory_info().rss)


def _lines(path: Path) -> Iterator[str]:
    with path.open() as file:
        yield from file


def _replay(order: str, file: str) -> None:
    path = Path(file)
    target = _target(order, str(path.parent))
    target.seeds()
    target.read(path.name.split("-", 2)[2], path.read_bytes())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _replay(*sys.argv[1:])
    else:
        _serve()
