"""The keys of the acts: a person's own are put in force at the start and kept when they change."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.keys import KeysDialog
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.shortcuts import KeyTable, checked
from plantseg_gui.ui.theme import Theme


class Keys(QObject):
    """See the module's text.

    Attributes:
        dialog: The list of keys; None until it is first wanted.
    """

    def __init__(
        self,
        session: Session,
        photos: PhotosPanel,
        theme: Theme,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._photos, self._theme = session, photos, theme
        self._actions, self._window = actions, window
        self.dialog: KeysDialog | None = None
        self._own = checked(session.settings.shortcuts)
        actions["shortcuts"].triggered.connect(self.show)
        actions.keys_changed.connect(self._name_keys)
        actions.set_own_keys(self._own)

    def show(self) -> None:
        """Open the list of keys beside the work."""
        if self.dialog is None:
            self.dialog = KeysDialog(self._theme, self._window)
            self.dialog.changed.connect(self._on_changed)
        self.dialog.show_own(self._own)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _on_changed(self, own: KeyTable) -> None:
        self._own = own
        self._actions.set_own_keys(own)
        self._session.keep(shortcuts={name: list(keys) for name, keys in own.items()})

    def _name_keys(self) -> None:
        self._photos.filters.name_key(self._actions.key_text("filter"))
