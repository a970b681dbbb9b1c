"""Which model version is used: the menu, the dialog, adding one from a folder."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.models import ModelRecord, add_version, list_models, set_default
from plantseg_gui.ui.actions import Actions, Menus, reset_menu
from plantseg_gui.ui.dialogs.models import ModelsDialog
from plantseg_gui.ui.presenters.session import Session


class Models(QObject):
    """See the module's text."""

    def __init__(self, session: Session, actions: Actions, menus: Menus, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._menu = menus["Model &version>"]
        self._menu.aboutToShow.connect(self._fill_menu)
        # An empty menu would not open, so it is never empty.
        reset_menu(self._menu, self, [("…", "")])
        self._dialog: ModelsDialog | None = None
        actions["models"].triggered.connect(self.show_dialog)
        session.model_changed.connect(self._refresh)

    def use(self, name: str) -> None:
        """Work with a model from now on, also at the next start."""
        run_task(
            lambda: set_default(name),
            on_done=lambda _: self._session.set_model(name),
            on_error=self._session.fail,
            doing=f"choosing the model {name}",
        )

    def add(self, folder: Path) -> None:
        """Copy a model folder onto the shelf and show it."""
        run_task(
            lambda: add_version(folder),
            on_done=self._on_added,
            on_error=self._session.fail,
            doing=f"copying the model {folder}",
        )

    def show_dialog(self) -> None:
        """Open the models dialog beside the work."""
        if self._dialog is None:
            self._dialog = ModelsDialog(self._window)
            self._dialog.chosen.connect(self.use)
            self._dialog.add_wanted.connect(self._ask_folder)
        self._refresh()
        self._dialog.show()
        self._dialog.raise_()

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._dialog, "Add a model folder")
        if folder:
            self.add(Path(folder))

    def _on_added(self, record: ModelRecord) -> None:
        self._session.say(f"Model added: {record.name}.")
        self._refresh()

    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.show_models(list_models(), self._session.model)

    def _fill_menu(self) -> None:
        records = [r for r in list_models() if not r.damaged]
        entries = [(r.name, f"Look at photos with {r.name}") for r in records]
        entries = entries or [("No model on this computer", "Install the program again")]
        for i, action in enumerate(reset_menu(self._menu, self, entries)):
            if i < len(records):
                action.setCheckable(True)
                action.setChecked(records[i].name == self._session.model)
                action.triggered.connect(lambda _, name=records[i].name: self.use(name))
            else:
                action.setEnabled(False)
