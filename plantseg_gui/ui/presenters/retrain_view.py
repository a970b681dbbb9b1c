"""Shows a training run's events on the dialog's running page and in the status bar."""

from collections.abc import Callable

from plantseg_gui.jobs.job_model import JobModel
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

TEXT = "Retraining"


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
        self._handlers: dict[type[Event], Callable[..., None]] = {
            Started: self._on_started,
            Stage: self._on_stage,
            Trial: self._on_trial,
            Preview: self._on_preview,
            Step: self._on_step,
            Epoch: self._on_epoch,
            Warning_: lambda event: page.log(event.text),
        }

    def begin(self) -> None:
        """List the run in the status bar."""
        if not self._job:
            self._job = self._jobs.add(TEXT, self._stop)

    def end(self) -> None:
        """Take it off again."""
        if self._job:
            self._jobs.remove(self._job)
            self._job = 0

    def show(self, event: Event) -> None:
        """Show an event; one that ends the run is somebody else's."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _on_started(self, event: Started) -> None:
        self._page.log(f"The process has started on {event.device}.")

    def _on_stage(self, event: Stage) -> None:
        if not self._stopping():
            self._page.show_progress(event.text, event.done, event.total, None)

    def _on_preview(self, event: Preview) -> None:
        picture = self._page.before if event.update == 0 else self._page.now
        picture.show_file(event.path, event.dice)
        self._page.curves.add_shown(event.update, event.dice)

    def _on_trial(self, event: Trial) -> None:
        text = (
            f"Measured: {per_update(event.seconds_per_update)} for each of {event.updates} "
            f"updates, about {duration(event.estimated_s)} in all."
        )
        self._page.measured.setText(text)
        self._page.curves.set_updates(event.updates)
        self._page.log(text)

    def _on_step(self, event: Step) -> None:
        doing = "Learning" if event.phase == "train" else "Judging"
        text = f"{doing}: update {event.update} of {event.updates}"
        if not self._stopping():
            self._page.show_progress(text, event.update, event.updates, event.eta_s)
        # A discarded update has no loss and is sent as 0.
        if event.phase == "train" and event.loss > 0:
            self._page.curves.add_loss(event.update, event.loss)
        if self._job:
            self._jobs.update(self._job, event.update, event.updates, TEXT, event.eta_s)

    def _on_epoch(self, event: Epoch) -> None:
        self._page.curves.add_dice(event.update, event.dice_mean)
        best = ", the best so far" if event.best else ""
        self._page.log(f"After update {event.update}: Dice {event.dice_mean:.3f}{best}.")


def per_update(seconds: float) -> str:
    """The time of one update."""
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)
