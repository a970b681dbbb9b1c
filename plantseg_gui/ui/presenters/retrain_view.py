"""Shows a training run's events on the dialog's running page and in the status bar."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtGui import QImage, QImageReader

from plantseg_gui.core.memory_limits import limits_in_force
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.platform_files import machine_memory_mib
from plantseg_gui.training.protocol import (
    Epoch,
    Event,
    Preview,
    Stage,
    Started,
    Step,
    Trial,
    Warning_,
)
from plantseg_gui.ui.dialogs.retrain_running import RunningPage
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.presenters.retrain_files import Run

TEXT = "Retraining"
# The run draws pictures of 512 px; anything much larger is not one of them.
MOST_PX = 2048


class RunView:
    """See the module's text.

    Args:
        page: Running page.
        jobs: What the status bar lists.
        stop: Stops the run.
        stopping: Whether the person has pressed Stop: then the page says so and nothing else.
    """

    def __init__(
        self,
        page: RunningPage,
        jobs: JobModel,
        stop: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._page, self._jobs, self._stop, self._stopping = page, jobs, stop, stopping
        self._job = 0
        self._folder: Path | None = None
        self._names: Mapping[str, str] = {}
        self._on_card = False
        self.update = 0
        # Seconds of the processes before this one, when this one began, when it last spoke.
        self._used_s, self._began, self._last = 0.0, 0.0, 0.0
        self._drawn: dict[tuple[int, bool], int] = {}
        self._handlers: dict[type[Event], Callable[..., None]] = {
            Started: self._on_started,
            Stage: self._on_stage,
            Trial: self._on_trial,
            Preview: self._on_preview,
            Step: self._on_step,
            Epoch: self._on_epoch,
            Warning_: lambda event: page.log(event.text, event.time),
        }

    def begin(self) -> None:
        """List the run in the status bar."""
        if not self._job:
            self._job = self._jobs.add(TEXT, self._stop)

    def new_run(self, run: Run) -> None:
        """Another run."""
        self._folder, self._names = run.folder, run.names
        self._used_s, self._began, self._last = 0.0, 0.0, 0.0
        self._drawn, self._on_card, self.update = {}, False, 0
        for sentence in run.left_out:
            self._page.log(sentence)
        count = len(run.learned)
        self._page.log(f"{count} photo{'s' if count != 1 else ''}, starting from {run.base}.")

    def end(self) -> None:
        """Take it off again."""
        if self._job:
            self._jobs.remove(self._job)
            self._job = 0

    def show(self, event: Event) -> None:
        """Show an event; one that ends the run is somebody else's."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            self._page.show_notice("")
            handler(event)
        self._last = max(self._last, event.time)

    def say_silent(self, seconds: float) -> None:
        """The run has not spoken for so long."""
        text = (
            f"Nothing was heard from the training for {duration(seconds)}. It may hang, or the "
            "computer is busy: wait, or press “Stop and keep the best”."
        )
        self._page.show_notice(text)
        self._page.log(text)

    def _on_started(self, event: Started) -> None:
        if self._began:
            self._used_s += max(0.0, self._last - self._began)
        self._began = self._last = event.time
        self._page.log(f"The process has started on {event.device}.", event.time)

    def _on_stage(self, event: Stage) -> None:
        if not self._stopping():
            self._page.show_progress(event.text, event.done, event.total, None)

    def _on_preview(self, event: Preview) -> None:
        place, before = event.place, event.update == 0
        if place not in (0, 1):
            return
        self._page.curves.add_shown(place, event.update, event.dice)
        photo = self._page.photos[place]
        name = self._names.get(event.photo_id) or Path(event.photo_id).name
        photo.show_dice(name, event.dice, before=before)
        photo.name.setToolTip(
            f"{name}: not trained on" if event.held_out else f"{name}: one of those trained on"
        )
        if self._folder is None:
            return
        # Pictures come from the run's own folder, whatever the event says.
        path = self._folder / Path(event.path).name
        self._drawn[place, before] = event.update

        def show(image: QImage) -> None:
            if not image.isNull() and self._drawn.get((place, before)) == event.update:
                (photo.before if before else photo.now).show_image(image)

        run_task(lambda: _read_picture(path), on_done=show)

    def _on_trial(self, event: Trial) -> None:
        text = (
            f"Measured: {per_update(event.seconds_per_update)} for each of {event.updates} "
            f"updates, about {duration(event.estimated_s)} in all."
        )
        self._on_card = str(event.plan.get("device", "")).startswith("cuda")
        self._page.figures.setText(text)
        self._page.curves.set_updates(event.updates)
        self._page.log(text, event.time)
        changes = event.plan.get("changes")
        for change in changes if isinstance(changes, list) else []:
            self._page.log(str(change), event.time)

    def _on_step(self, event: Step) -> None:
        doing = "Learning" if event.phase == "train" else "Judging"
        self.update = event.update
        if not self._stopping():
            self._page.show_progress(doing, event.update, event.updates, event.eta_s)
        self._page.figures.setText(self._figures(event))
        # A discarded update has no loss and is sent as 0.
        if event.phase == "train" and event.loss > 0:
            self._page.curves.add_loss(event.update, event.loss)
        if self._job:
            self._jobs.update(self._job, event.update, event.updates, TEXT, event.eta_s)

    def _on_epoch(self, event: Epoch) -> None:
        self._page.curves.add_dice(event.update, event.dice_mean, best=event.best)
        best = ", the best so far" if event.best else ""
        self._page.log(
            f"After update {event.update}: Dice {event.dice_mean:.3f}{best}.", event.time
        )

    def _figures(self, event: Step) -> str:
        parts = [f"Update {event.update} of {event.updates}"]
        if event.crops_per_s > 0:
            parts.append(f"{event.crops_per_s:.3g} crops/s")
        if event.memory_mib > 0:
            most = limits_in_force().gpu_limit / 2**20 if self._on_card else machine_memory_mib()
            kind = "GPU memory" if self._on_card else "memory"
            parts.append(f"{kind} {event.memory_mib / 1024:.1f} of {most / 1024:.1f} GB")
        if self._began:
            used_s = self._used_s + max(0.0, event.time - self._began)
            parts.append(f"{duration(used_s)} used")
        return "  ·  ".join(parts)


def per_update(seconds: float) -> str:
    """The time of one update."""
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)


def _read_picture(path: Path) -> QImage:
    """A picture of the run; empty where there is none."""
    reader = QImageReader(str(path))
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > MOST_PX:
        return QImage()
    return reader.read()
