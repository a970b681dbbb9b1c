"""Closing the window: nothing is lost, and a training run is not ended by accident."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.ui.presenters.export import Export
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.questions import Role, ask, ask_lose
from plantseg_gui.ui.presenters.retrain import Retrain
from plantseg_gui.ui.presenters.session import Session

STAY = "Do not close"
STOP_EXPORT = "Stop it and close"
GO_ON = "Go on in the background"
STOP_RUN = "Stop, keep the best so far"


class Closing(QObject):
    """Asks about a training run, saves, then lets the window close.

    Saving takes a moment and must not block the window, so the first attempt to close is refused
    and the window is closed again when everything is on the disk.
    """

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        projects: OpenProject,
        retrain: Retrain,
        export: Export,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._projects = session, store, projects
        self._retrain, self._export, self._window = retrain, export, window
        self._saved = False
        self._saving = False
        self._inside = False

    def may_close(self) -> bool:
        """Whether the window may go now; if not, it will be closed again when it may."""
        if self._saved:
            return True
        if self._saving:
            return False
        self._saving = self._inside = True
        self._session.say("Saving…")
        self._store.flush(self._on_flushed)
        self._inside = False
        # With nothing to save the flush has ended inside the call.
        return self._saved

    def _on_flushed(self, failed: list[AppError]) -> None:
        self._saving = False
        lost = failed[0] if failed else self._store.lost()
        if lost is not None and not ask_lose(self._window, lost, "Close and lose them", STAY):
            return
        # The training last: what is done with it cannot be taken back.
        if not self._ask_export() or not self._ask_training():
            return
        self._saved = True
        if not self._inside:
            self._window.close()

    def _ask_export(self) -> bool:
        """What to do with an export that is being written; whether to go on closing."""
        if not self._export.running:
            return True
        answer = ask(
            self._window,
            "An export is being written",
            "Not all photos have been exported yet.",
            "What has been written so far stays.",
            {STOP_EXPORT: Role.DestructiveRole},
            STAY,
        )
        if answer == STOP_EXPORT:
            self._export.stop()
        return answer == STOP_EXPORT

    def _ask_training(self) -> bool:
        """What to do with a run; whether to go on closing."""
        if not self._retrain.running:
            return True
        answer = ask(
            self._window,
            "A training run goes on",
            "The model is still learning.",
            "It can go on without the window: open the program again to see the result. Or it "
            "ends now; the next start shows what it has learned so far.",
            {GO_ON: Role.AcceptRole, STOP_RUN: Role.DestructiveRole},
            STAY,
        )
        process = self._retrain.process
        try:
            if answer == GO_ON:
                process.keep()
            elif answer == STOP_RUN:
                # It saves its best and ends; the next window shows the result.
                process.stop()
                process.abandon()
        except AppError as error:
            # It could not be told, so it has to be watched.
            self._session.fail(error)
            return False
        return answer != STAY
