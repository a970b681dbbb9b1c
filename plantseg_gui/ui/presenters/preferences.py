"""The settings dialog: shows what is in force, keeps what is chosen; others act on it."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.memory_limits import set_limits
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.storage.journal import person
from plantseg_gui.storage.paths import user_projects_dir
from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_switch
from plantseg_gui.ui.dialogs.settings import SettingsDialog
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import THEMES, Theme

MEMORY = ("ram_warn_free_gib", "ram_limit_free_gib", "gpu_warn_gib", "gpu_limit_gib")
SHOWN = (
    "annotator",
    "theme",
    "device",
    "threads",
    "autosave_s",
    "project_home",
    "undo_mib",
    *MEMORY,
)


class Preferences(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        service: InferenceService,
        theme: Theme,
        actions: Actions,
        set_scale: Callable[[int], None],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._set_scale = set_scale
        self._session, self._theme, self._window = session, theme, window
        self._card: str | None = None
        self._running_on = ""
        self.dialog: SettingsDialog | None = None
        service.hardware_found.connect(self._on_hardware)
        service.model_ready.connect(self._on_model)
        session.settings_changed.connect(self._on_settings)
        session.scale_changed.connect(self._show_scale)
        session.project_opened.connect(self._show_scale)
        set_limits(session.settings.memory_limits())
        actions["settings"].triggered.connect(self.show)
        for choice in THEMES:
            bind_switch(
                actions[f"theme_{choice}"],
                theme.changed,
                lambda choice=choice: theme.choice == choice,  # type: ignore[misc]
                lambda _, choice=choice: self._choose_theme(choice),  # type: ignore[misc]
            )

    def show(self) -> None:
        """Open the dialog beside the work."""
        if self.dialog is None:
            self.dialog = SettingsDialog(str(user_projects_dir()), person(), self._window)
            self.dialog.changed.connect(self._on_changed)
            self.dialog.defaults_wanted.connect(self._reset)
        self.dialog.show_settings(self._session.settings)
        self._show_hardware()
        self._show_scale()
        self.dialog.show()
        self.dialog.fit()
        self.dialog.raise_()
        self.dialog.activateWindow()

    @Slot(str, object)
    def _choose_theme(self, choice: str) -> None:
        self._theme.choose(choice)
        self._session.keep(theme=choice)

    def _on_changed(self, name: str, value: Any) -> None:
        if name == "scale":
            self._set_scale(value)
            return
        if name == "theme":
            self._theme.choose(value)
        self._session.keep(**{name: float(value) if name == "autosave_s" else value})

    def _reset(self) -> None:
        first = Settings()
        self._session.keep(**{name: getattr(first, name) for name in SHOWN})
        self._theme.choose(first.theme)

    def _on_settings(self, names: frozenset[str]) -> None:
        if not names.isdisjoint(MEMORY):
            # The network and a training that is started now look at them.
            set_limits(self._session.settings.memory_limits())
        # The theme may be chosen in the View menu meanwhile.
        if self.dialog is not None:
            self.dialog.show_settings(self._session.settings)

    def _show_scale(self) -> None:
        if self.dialog is not None:
            writable = self._session.project is not None and not self._session.read_only
            self.dialog.show_scale(self._session.scale, project=writable)

    @Slot(str)
    def _on_hardware(self, card: str) -> None:
        self._card = card
        self._show_hardware()

    @Slot(str)
    def _on_model(self, text: str) -> None:
        self._running_on = text
        self._show_hardware()

    def _show_hardware(self) -> None:
        if self.dialog is None:
            return
        if self._card is None:
            text = "What this computer has is known once the first model is loaded."
        else:
            found = f"Found: {self._card}." if self._card else "No usable graphics card was found."
            text = f"{found} Now: {self._running_on}." if self._running_on else found
        self.dialog.show_hardware(
            f"{text} A change holds from the next photo on.",
            card=None if self._card is None else bool(self._card),
        )
        self.dialog.fit()
