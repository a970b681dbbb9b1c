"""The folder of a run: configuration, checkpoint, logs, events and the resulting model."""

import contextlib
import csv
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from plantseg_gui.core.errors import InputError, StorageError
from plantseg_gui.core.model_meta import ModelMeta
from plantseg_gui.storage.atomic import (
    is_disk_full,
    storage_error,
    write_bytes,
    write_json,
    write_text,
)
from plantseg_gui.storage.platform_files import try_lock
from plantseg_gui.training.protocol import EVENTS_FILE, Event, Warning_

if TYPE_CHECKING:
    from plantseg_gui.nn.network import PlantSegNet

CONFIG_FILE = "config.json"
RESULTS_FILE = "results.json"
METRICS_FILE = "metrics.csv"
STATUS_FILE = "status.txt"
MODEL_FOLDER = "model"
LOCK_FILE = "run.lock"
_STATUS_EVERY_S = 5.0
# Events that wait for room on the disk.
_MOST_UNWRITTEN = 4 << 20


class RunStore:
    """Writes everything that a run leaves behind.

    Args:
        run_dir: Created; locked until `close`.
        columns: Of metrics.csv.
        on_event: Also told of every event.

    Raises:
        InputError: another process trains in this folder.
        StorageError: the folder cannot be written.
    """

    def __init__(
        self,
        run_dir: Path,
        columns: list[str],
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.dir = run_dir
        self._columns = columns
        self._on_event = on_event
        self._status_at = 0.0
        self._unwritten = b""
        self._full_told = False
        try:
            run_dir.mkdir(parents=True, exist_ok=True)
            self._lock = (run_dir / LOCK_FILE).open("a+b")
        except OSError as error:
            raise storage_error(error, run_dir) from error
        if try_lock(self._lock.fileno()) is False:
            self._lock.close()
            raise InputError(
                f"Another process is training in {run_dir}.", "Wait for it or use another --out."
            )
        try:
            self._events = (run_dir / EVENTS_FILE).open("ab", buffering=0)
        except OSError as error:
            self._lock.close()
            raise storage_error(error, run_dir / EVENTS_FILE) from error

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files and drop the lock."""
        with contextlib.suppress(StorageError):
            self._write_events()
        self._events.close()
        self._lock.close()

    def _write_events(self) -> None:
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._events.write(self._unwritten) or 0 :]
        except OSError as error:
            if not is_disk_full(error) or len(self._unwritten) > _MOST_UNWRITTEN:
                raise storage_error(error, self.dir / EVENTS_FILE) from error

    def _do_without(self, fault: StorageError) -> None:
        """A file of figures cannot be written: on a full disk that is said, once.

        Raises:
            StorageError: for another reason.
        """
        if not is_disk_full(fault):
            raise fault
        if not self._full_told:
            self._full_told = True
            self.emit(Warning_(f"{fault} The training goes on without its tables."))

    def set_columns(self, columns: list[str]) -> None:
        """Columns of metrics.csv, where they were not known at the start."""
        self._columns = columns

    def emit(self, event: Event) -> None:
        """Append an event; whoever tails the file sees whole lines.

        On a full disk the run goes on: the events wait in memory and follow when there is room.

        Raises:
            StorageError: the file cannot be written for another reason.
        """
        # A name whose bytes are no UTF-8 becomes a JSON escape.
        self._unwritten += (event.to_line() + "\n").encode("utf-8", "backslashreplace")
        self._write_events()
        self._on_event(event)

    def start_metrics(self, before_update: int) -> None:
        """Begin metrics.csv, or keep its rows of earlier updates when a run is resumed."""
        path = self.dir / METRICS_FILE
        rows: list[dict[str, str]] = []
        if before_update and path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                rows = [r for r in csv.DictReader(file) if _number(r) < before_update]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns, extrasaction="ignore", restval="")
            writer.writeheader()
            writer.writerows(rows)

    def add_metrics(self, row: dict[str, Any]) -> None:
        """Append one row to metrics.csv."""
        try:
            with (self.dir / METRICS_FILE).open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, self._columns, extrasaction="ignore", restval="").writerow(row)
        except OSError as error:
            fault = storage_error(error, self.dir / METRICS_FILE)
            fault.__cause__ = error
            self._do_without(fault)

    def write_status(self, lines: list[str], *, now: bool = False) -> None:
        """Replace status.txt, at most every few seconds."""
        if now or time.monotonic() - self._status_at >= _STATUS_EVERY_S:
            self._status_at = time.monotonic()
            try:
                write_text(self.dir / STATUS_FILE, "\n".join(lines) + "\n")
            except StorageError as fault:
                self._do_without(fault)

    def write_config(self, data: dict[str, Any]) -> None:
        """Write config.json."""
        write_json(self.dir / CONFIG_FILE, data)

    def write_results(self, data: dict[str, Any]) -> None:
        """Write results.json."""
        write_json(self.dir / RESULTS_FILE, data)

    def write_model(self, network: "PlantSegNet", meta: ModelMeta) -> Path:
        """Write the model folder of this run and return it."""
        # Loads torch; a retraining process says that it has started before it does that.
        from plantseg_gui.nn.checkpoint import model_files

        folder = self.dir / MODEL_FOLDER
        for name, data in model_files(network, meta).items():
            write_bytes(folder / name, data)
        return folder


def _number(row: dict[str, str]) -> float:
    try:
        return float(row.get("update") or "inf")
    except ValueError:
        return float("inf")


def own_identity() -> tuple[int, float]:
    """This process's id and start time."""
    import psutil

    return os.getpid(), psutil.Process().create_time()
