"""Closing the window: nothing is lost, and a training run is not ended by accident."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.retrain import Retrain
from plantseg_gui.ui.presenters.session import Session


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
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._projects = session, store, projects
        self._retrain, self._window = retrain, window
        self._saved = False
        self._saving = False
        self._inside = False

    def may_close(self) -> bool:
        """Whether the window may go now; if not, it will be closed again when it may."""
        if self._saved:
            return True
        if self._saving or not self._ask_training():
            return False
        self._saving = self._inside = True
        self._session.say("Saving…")
        self._store.flush(self._on_flushed)
        self._inside = False
        # With nothing to save the flush has ended inside the call.
        return self._saved

    def _on_flushed(self, failed: list[AppError]) -> None:
        self._saving = False
        if failed and not self._ask_lose(failed[0]):
            return
        self._saved = True
        if not self._inside:
            self._window.close()

    def _ask_training(self) -> bool:
        """What to do with a run; whether to go on closing."""
        if not self._retrain.running:
            return True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("A training run goes on")
        box.setText("The model is still learning.")
        box.setInformativeText(
            "It can go on without the window: open the program again to see the result."
        )
        keep = box.addButton("Go on in the background", QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton("Stop, keep the best so far", QMessageBox.ButtonRole.DestructiveRole)
        back = box.addButton("Do not close", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(back)
        box.setEscapeButton(back)
        box.exec()
        if box.clickedButton() is keep:
            self._retrain.leave_running()
        elif box.clickedButton() is stop:
            self._retrain.stop_and_leave()
        else:
            return False
        return True

    def _ask_lose(self, error: AppError) -> bool:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Not everything is saved")
        box.setText(f"{error.what}\n{error.do}")
        box.setInformativeText("Closing now loses the changes that are not on the disk.")
        stay = box.addButton("Do not close", QMessageBox.ButtonRole.RejectRole)
        lose = box.addButton("Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        return box.clickedButton() is lose
