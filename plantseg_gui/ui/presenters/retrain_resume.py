"""A training run that broke off: tried again by itself where that can help, else asked about.

A process that was killed is started again once, with less memory, from its last checkpoint. The
process itself answers lack of memory, a lost graphics card and a busy drive (`training.saving`);
bad input and numbers that are not finite are never tried again by themselves: the outcome would be
the same. What is left is asked on the fault page, which blocks nothing; a run that is not decided
on is asked about again at the next start.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from plantseg_gui.core.errors import AppError, ErrorCategory
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.training_process import TrainingProcess
from plantseg_gui.storage.run_folder import RunLeft, look_at_run
from plantseg_gui.training.protocol import Error, Finished, Stopped
from plantseg_gui.ui.dialogs.retrain import RetrainDialog
from plantseg_gui.ui.dialogs.retrain_fault import Choices
from plantseg_gui.ui.presenters.retrain_files import Run
from plantseg_gui.ui.presenters.session import Session

BACKOFF_MS = 2000
MOST_SAVING = 3
INTERRUPTED = "The training was interrupted"
WINDOW_GONE = "The window was closed without a word, so the training saved what it had and ended."
# A second try of these ends as the first.
_POINTLESS = (ErrorCategory.INPUT, ErrorCategory.NUMERIC)


class Resume(QObject):
    """See the module's text.

    Attributes:
        going_on: The run is started again.
        lost: Nothing is left of the run that could be decided on.
        result_wanted: The end of the run (`Stopped`), to be shown as its result.
    """

    going_on = Signal()
    lost = Signal()
    result_wanted = Signal(object)

    def __init__(
        self, process: TrainingProcess, dialog: RetrainDialog, session: Session, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._process, self._dialog, self._session = process, dialog, session
        self._run: Run | None = None
        self._left = RunLeft(None, False)
        self._saving = 0
        self._retried = False
        # The end of a run whose window was gone, until the person decides.
        self._stopped: Stopped | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(BACKOFF_MS)
        self._wait.timeout.connect(self.go_on)
        dialog.go_on_wanted.connect(self.go_on)
        dialog.finish_wanted.connect(self.finish)

    def new_run(self, run: Run, *, found: bool = False) -> None:
        """Another run; one that was `found` is never started again without a question."""
        self.cancel()
        self._run, self._saving, self._retried, self._stopped = run, 0, found, None

    def cancel(self) -> None:
        """Start nothing by itself any more."""
        self._wait.stop()

    def broke_off(self, run: Run, event: Error, *, died: bool) -> None:
        """A run ended with a fault, or died without a word."""
        if died or event.category == ErrorCategory.MEMORY:
            self._saving = min(MOST_SAVING, self._saving + 1)
        alone = died and not self._retried
        self._retried = self._retried or alone
        if alone:
            self._look(run, lambda: self._try_again(event))
        else:
            self._look(run, lambda: self._ask(event))

    def asks_about(self, run: Run, event: Finished | Stopped) -> bool:
        """Whether a run ended only because its window was gone: then the person is asked."""
        gone = isinstance(event, Stopped) and event.results.get("window_gone") is True
        if not gone or event is self._stopped:
            return False
        assert isinstance(event, Stopped)
        self._stopped = event

        def ask() -> None:
            done = f" It had made {event.update} updates." if event.update else ""
            self._show(WINDOW_GONE + done, self._choices(), INTERRUPTED)

        self._look(run, ask)
        return True

    def go_on(self) -> None:
        """Start the run again from its checkpoint."""
        self._start(finish=False)

    def finish(self) -> None:
        """Show what the run has learned; judged before, where that has not been done."""
        stopped = self._stopped
        if stopped is not None and stopped.model:
            self.result_wanted.emit(stopped)
        else:
            self._start(finish=True)

    def _start(self, *, finish: bool) -> None:
        run = self._run
        if run is None or self._process.running:
            return
        self._dialog.show_running(again=True)
        self.going_on.emit()
        try:
            self._process.start_again(
                run.folder,
                resume=self._left.update is not None,
                save_memory=self._saving,
                finish=finish,
            )
        except AppError as error:
            self._show(f"{error.what} {error.do}".strip(), self._choices())

    def _look(self, run: Run, then: Callable[[], None]) -> None:
        """See what is left of the run, then go on with it unless another has begun."""
        self._run = run

        def found(left: RunLeft) -> None:
            if run is self._run:
                self._left = left
                then()

        run_task(lambda: look_at_run(run.folder, run.model_dir), on_done=found)

    def _try_again(self, event: Error) -> None:
        where = f"at update {self._left.update}" if self._left.update else "from the start"
        self._dialog.running.log(
            f"{event.text} It is started again {where}, with half the batch, in "
            f"{BACKOFF_MS // 1000} s."
        )
        self._dialog.running.show_progress("Starting again", 0, 0, None)
        self._wait.start()

    def _ask(self, event: Error) -> None:
        choices = self._choices(go_on=event.category not in _POINTLESS)
        self._show(f"{event.text} {event.do}".strip(), choices)
        self._session.fail(AppError(f"The training broke off. {event.text}", event.do))

    def _choices(self, *, go_on: bool = True) -> Choices:
        """What can be done with what is left; nothing where nothing was learned."""
        update, model = self._left.update, self._left.model
        if not update and not model:
            return Choices()
        words = f"Go on from update {update}" if go_on and update is not None else ""
        return Choices(words, keep=True, discard=True)

    def _show(self, text: str, choices: Choices, title: str = "The training broke off") -> None:
        if not choices.any:
            self.lost.emit()
        self._dialog.show_fault(text, choices, title)
        self._dialog.show()
