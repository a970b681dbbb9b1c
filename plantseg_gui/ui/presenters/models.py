"""Which model version is used, and the shelf: the menu, the dialog, and what is done there."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.model_archive import SUFFIX, export_model, import_model
from plantseg_gui.storage.model_folder import CARD
from plantseg_gui.storage.model_prune import PrunePlan, plan_prune, prune
from plantseg_gui.storage.model_tree import State, Version, list_versions, set_title
from plantseg_gui.storage.models import (
    ModelRecord,
    add_version,
    go_back,
    previous_default,
    set_default,
)
from plantseg_gui.storage.shelf_record import set_notes, set_star
from plantseg_gui.ui.actions import Actions, Menus, reset_menu
from plantseg_gui.ui.dialogs.models import ModelsDialog
from plantseg_gui.ui.dialogs.prune_models import PruneDialog, megabytes
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme

MOST_IN_MENU = 12
_MOST_CARD = 200_000


class Models(QObject):
    """See the module's text.

    Attributes:
        versions: As they were when the shelf was last looked at.
        compare_wanted: name; the person wants to compare this version with another.
    """

    compare_wanted = Signal(str)

    def __init__(
        self, session: Session, theme: Theme, actions: Actions, menus: Menus, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session, self._theme, self._window = session, theme, window
        self.versions: list[Version] = []
        self._previous = ""
        self._look = 0
        self._menu = menus["Model &version>"]
        self._menu.aboutToShow.connect(self.refresh)
        # An empty menu would not open, so it is never empty.
        reset_menu(self._menu, self, [("…", "")])
        self._dialog: ModelsDialog | None = None
        actions["models"].triggered.connect(self.show_dialog)
        session.model_changed.connect(self.refresh)

    @property
    def dialog(self) -> ModelsDialog:
        """The dialog; made when it is first wanted."""
        if self._dialog is None:
            made = self._dialog = ModelsDialog(self._theme, self._window)
            details = made.details
            details.use_wanted.connect(self.use)
            details.star_wanted.connect(self._star)
            details.title_wanted.connect(self._rename)
            details.notes_wanted.connect(self._note)
            details.export_wanted.connect(self._ask_export)
            made.card_wanted.connect(self._read_card)
            made.back_wanted.connect(self.go_back)
            made.import_wanted.connect(self._ask_file)
            made.add_wanted.connect(self._ask_folder)
            made.prune_wanted.connect(self._plan_prune)
            made.came_back.connect(self.refresh)
            made.compare_wanted.connect(self.compare_wanted)
        return self._dialog

    def show_dialog(self) -> None:
        """Open the models dialog beside the work."""
        self.dialog.tell("")
        self.dialog.show()
        self.dialog.raise_()
        self.refresh()

    def use(self, name: str) -> None:
        """Work with a version from now on, also at the next start."""
        self._do(lambda: set_default(name), lambda _: self._session.set_model(name), "choosing")

    def go_back(self) -> None:
        """Work with the version that was in use before."""
        self._do(go_back, self._on_back, "going back")

    def add(self, folder: Path) -> None:
        """Copy a model folder onto the shelf and show it."""
        self._do(lambda: add_version(folder), self._on_added, f"copying the model {folder}")

    def bring_in(self, archive: Path) -> None:
        """Put an exported version onto the shelf and show it."""
        self._tell(f"Importing {archive.name}…")
        self._do(lambda: import_model(archive), self._on_added, f"importing {archive}")

    def export(self, name: str, target: Path) -> None:
        """Write a version as one zip file."""
        self._tell(f"Exporting {name}…")
        self._do(
            lambda: export_model(name, target),
            lambda _: self._tell(f"{name} was written to {target}."),
            f"exporting the model {name}",
        )

    def prune(self, names: list[str]) -> None:
        """Delete versions for good."""
        current = self._session.model
        self._do(lambda: prune(names, current), self._on_pruned, "deleting versions")

    def refresh(self) -> None:
        """Look at the shelf, then show it in menu and dialog."""
        current = self._session.model
        self._look += 1
        look = self._look
        run_task(
            lambda: (look, list_versions(current), previous_default()),
            on_done=self._on_listed,
            on_error=self._session.fail,
            doing="looking at the models",
        )

    def _on_listed(self, found: tuple[int, list[Version], str]) -> None:
        look, versions, previous = found
        if look != self._look:
            return  # the shelf was looked at once more since
        self.versions, self._previous = versions, previous
        self._fill_menu()
        if self._dialog is not None:
            self._dialog.show_versions(self.versions, self._previous)

    def _do(self, act: Callable[[], Any], then: Callable[[Any], None], doing: str) -> None:
        """Do something to the shelf in the pool, and show the shelf as it is then."""
        # A method of this object is not called any more when the window is gone.
        run_task(lambda: (then, act()), on_done=self._on_did, on_error=self._on_error, doing=doing)

    def _on_did(self, did: tuple[Callable[[Any], None], Any]) -> None:
        then, result = did
        then(result)
        self.refresh()

    def _on_error(self, error: AppError) -> None:
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.tell(f"{error.what} {error.do}".strip(), bad=True)
        else:
            self._session.fail(error)
        self.refresh()

    def _tell(self, text: str) -> None:
        if self._dialog is not None:
            self._dialog.tell(text)
        self._session.say(text)

    def _star(self, name: str, on: bool) -> None:
        self._do(lambda: set_star(name, on), lambda _: None, f"starring {name}")

    def _rename(self, name: str, title: str) -> None:
        self._do(lambda: set_title(name, title), lambda _: None, f"renaming {name}")

    def _note(self, name: str, text: str) -> None:
        self._do(lambda: set_notes(name, text), lambda _: None, f"keeping the notes on {name}")

    def _read_card(self, name: str) -> None:
        version = next((v for v in self.versions if v.name == name), None)
        if version is not None:
            run_task(
                lambda: (name, card_text(version.record)),
                on_done=self._on_card,
                on_error=self._session.fail,
                doing=f"reading the card of {name}",
            )

    def _on_card(self, card: tuple[str, str]) -> None:
        self.dialog.details.show_card(*card)

    def _on_back(self, name: str) -> None:
        self._session.set_model(name)
        self._tell(f"{name} is in use again.")

    def _on_added(self, record: ModelRecord) -> None:
        self._tell(f"On the shelf as {record.name}. The model in use is as it was.")

    def _on_pruned(self, freed: int) -> None:
        self._tell(f"{megabytes(freed)} freed.")

    def _plan_prune(self) -> None:
        current = self._session.model
        made = Counter(r.model for r in self._session.records.values() if r.model)
        run_task(
            lambda: plan_prune(current, made),
            on_done=self._ask_prune,
            on_error=self._on_error,
            doing="looking at the models",
        )

    def _ask_prune(self, plan: PrunePlan) -> None:
        dialog = PruneDialog(self._theme, plan, self._dialog)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.prune(dialog.names())

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._dialog, "Add a model folder")
        if folder:
            self.add(Path(folder))

    def _ask_file(self) -> None:
        file, _ = QFileDialog.getOpenFileName(
            self._dialog, "Import a model", self._session.settings.last_folder, "Models (*.zip)"
        )
        if file:
            self.bring_in(Path(file))

    def _ask_export(self, name: str) -> None:
        proposed = str(Path(self._session.settings.last_folder) / f"{name}{SUFFIX}")
        file, _ = QFileDialog.getSaveFileName(
            self._dialog, f"Export {name}", proposed, "Models (*.zip)"
        )
        if file:
            self.export(name, Path(file))

    def _fill_menu(self) -> None:
        usable = [v for v in self.versions if v.state is not State.DAMAGED]
        shown = in_menu(usable)
        entries = [(v.title, f"Look at photos with {v.name}") for v in shown]
        if not entries:
            entries = [("No model on this computer", "Install the program again")]
        elif len(shown) < len(usable):
            entries.append((f"All {len(usable)} versions…", "Open the models dialog"))
        for i, action in enumerate(reset_menu(self._menu, self, entries)):
            if i < len(shown):
                action.setCheckable(True)
                action.setChecked(shown[i].name == self._session.model)
                action.triggered.connect(lambda _, name=shown[i].name: self.use(name))
            elif shown:
                action.triggered.connect(self.show_dialog)
            else:
                action.setEnabled(False)


def in_menu(versions: list[Version]) -> list[Version]:
    """The versions that the menu shows: all of a few; else the one in use, starred, the newest."""
    if len(versions) <= MOST_IN_MENU:
        return versions
    newest = sorted(versions, key=lambda v: v.record.meta.created, reverse=True)
    first = sorted(newest, key=lambda v: (v.state is not State.IN_USE, not v.entry.starred))
    chosen = {id(v) for v in first[:MOST_IN_MENU]}
    return [v for v in versions if id(v) in chosen]


def card_text(record: ModelRecord) -> str:
    """The card's Markdown; a line in its place when there is none."""
    try:
        text = (record.folder / CARD).read_text(encoding="utf-8", errors="replace")
        return text[:_MOST_CARD]
    except OSError:
        return record.meta.notes or "This model has no card."
