"""What the command palette finds: all acts, the project's photos, the model versions."""

from collections import deque

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from plantseg_gui.core.fuzzy import LineFinder
from plantseg_gui.storage.model_tree import State, Version
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.table import ACTIONS, menu_paths
from plantseg_gui.ui.dialogs.palette import Entry, Palette
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.models import Models
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.shortcuts import plain_title
from plantseg_gui.ui.theme import Theme
from plantseg_gui.ui.view_state import ViewState

MOST = 60
RECENT = 6


class CommandPalette(QObject):
    """See the module's text. What was done from it last stands first."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        models: Models,
        view: ViewState,
        theme: Theme,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._photos = session, store, photos
        self._models, self._view, self._theme = models, view, theme
        self._actions = actions
        self._recent: deque[tuple[str, str]] = deque(maxlen=RECENT)
        self._paths = {name: path for name, path in menu_paths().items() if name != "palette"}
        self._names = list(self._paths)
        self._acts = LineFinder(())
        self._versions: list[Version] = []
        self._version_names = LineFinder(())
        self._records: list[PhotoRecord] = []
        self._photo_names = LineFinder(())
        self._records_of: dict[str, PhotoRecord] | None = None
        self._came_from: QWidget | None = None
        self.box = Palette(window, self.find)
        self.box.wanted.connect(self.run)
        self.box.closed.connect(self._go_back)
        actions["palette"].triggered.connect(self.open)

    def open(self) -> None:
        """Look at what there is now, and show it."""
        self._came_from = QApplication.focusWidget()
        keys = self._actions.key_text
        self._acts = LineFinder(
            f"{plain_title(name)}\t{path}\t{keys(name)}\t{self._actions[name].statusTip()}"
            for name, path in self._paths.items()
        )
        self._versions = [v for v in self._models.versions if v.state is not State.DAMAGED]
        self._version_names = LineFinder(f"{v.title}\t{v.name}\tmodel" for v in self._versions)
        self._read_photos()
        self.box.open()

    def find(self, text: str) -> list[Entry]:
        """Entries for what was typed: what can be done, best first; below it what cannot."""
        if not text.strip():
            recent = [e for e in (self._entry(*which) for which in self._recent) if e is not None]
            known = {entry.key for entry in recent if entry.kind == "act"}
            acts = [self._act(name) for name in self._names if name not in known]
            return _able_first([*recent, *acts])
        late = {which: place for place, which in enumerate(self._recent)}
        found: list[tuple[int, int, int, Entry]] = []
        for kind, finder in enumerate((self._acts, self._version_names, self._photo_names)):
            for hit in finder.find(text, MOST):
                entry = (self._act_at, self._version_at, self._photo_at)[kind](hit.line)
                recent_place = late.get((entry.kind, entry.key), RECENT)
                found.append((hit.rank, recent_place, kind, entry))
        found.sort(key=lambda hit: hit[:3])
        return _able_first([hit[3] for hit in found])[:MOST]

    def run(self, kind: str, key: str) -> None:
        """Do an entry."""
        which = kind, key
        if which in self._recent:
            self._recent.remove(which)
        self._recent.appendleft(which)
        if kind == "act":
            self._actions[key].trigger()
        elif kind == "model":
            self._models.use(key)
        elif key in self._session.records:
            self._photos.show_current(key)
            self._store.show(key)

    def _go_back(self) -> None:
        """The focus returns to where it was, unless the person went elsewhere."""
        before, self._came_from = self._came_from, None
        if before is None or not shiboken6.isValid(before):
            return
        if QApplication.focusWidget() in (None, self.box.line):
            before.setFocus()

    def _read_photos(self) -> None:
        """The names, once for each list of photos: 10,000 of them are felt."""
        records = self._session.records
        if records is self._records_of and len(records) == len(self._records):
            return
        self._records_of = records
        self._records = list(records.values())
        self._photo_names = LineFinder(
            f"{name}\t{folder}"
            for folder, _, name in (r.name.rpartition("/") for r in self._records)
        )

    def _entry(self, kind: str, key: str) -> Entry | None:
        """An entry of before; None when it is gone."""
        if kind == "act":
            return self._act(key)
        if kind == "photo":
            record = self._session.records.get(key)
            return None if record is None else self._photo(record)
        version = next((v for v in self._versions if v.name == key), None)
        return None if version is None else self._version(version)

    def _act_at(self, index: int) -> Entry:
        return self._act(self._names[index])

    def _act(self, name: str) -> Entry:
        action = self._actions[name]
        able = action.isEnabled()
        why = "" if able else self._why_not(name)
        detail = why or self._paths[name]
        if able and action.isCheckable():
            detail += " · on" if action.isChecked() else ""
        return Entry(
            "act", name, plain_title(name), detail, self._actions.key_text(name),
            action.icon(), able,
        )  # fmt: skip

    def _version_at(self, index: int) -> Entry:
        return self._version(self._versions[index])

    def _version(self, version: Version) -> Entry:
        in_use = version.name == self._session.model
        detail = "Model in use" if in_use else "Use this model"
        icon = self._theme.icon("model")
        return Entry("model", version.name, version.title, detail, icon=icon, able=not in_use)

    def _photo_at(self, index: int) -> Entry:
        # The list was made when the palette was opened; the state may be newer.
        record = self._records[index]
        return self._photo(self._session.records.get(record.photo_id, record))

    def _photo(self, record: PhotoRecord) -> Entry:
        folder, _, name = record.name.rpartition("/")
        detail = record.error or f"Go to this photo{f' in {folder}' if folder else ''}"
        icon = self._theme.icon("status-error" if record.error else f"status-{record.status}")
        return Entry("photo", record.photo_id, name, detail, icon=icon, able=not record.error)

    def _why_not(self, name: str) -> str:
        """Why an act cannot be done, where that is known."""
        session = self._session
        if session.project is None:
            return "Open photos first"
        if name.startswith("layer_"):
            return self._view.missing(name.removeprefix("layer_"))
        if session.document is None:
            return "Choose a photo first"
        if session.read_only:
            return "This project is open elsewhere: nothing can be saved"
        tip = self._actions[name].statusTip()
        return tip if tip != ACTIONS[name].tip else ""


def _able_first(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: not entry.able)
