"""Keeps the activation view at the photo on screen."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.channels import ChannelsDialog
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.theme import Theme

NO_PHOTO = "Open a photo first."
NO_PREDICTION = "Not there yet: run the model first (Model menu)."
NO_CHANNELS = (
    "This prediction holds no channel weights: an older version of the program made it, or the "
    "model has no attention. Run the model again (Model menu)."
)


class Channels(QObject):
    """See the module's text."""

    def __init__(self, session: Session, theme: Theme, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._theme, self._window = session, theme, window
        self.dialog: ChannelsDialog | None = None
        session.document_opened.connect(self._refresh)
        session.prediction_changed.connect(self._refresh)
        actions["channels"].triggered.connect(self.show)

    def show(self) -> None:
        """Open the view beside the work."""
        if self.dialog is None:
            self.dialog = ChannelsDialog(self._theme, self._window)
        self._refresh()
        self.dialog.show()
        self.dialog.raise_()

    def _refresh(self) -> None:
        if self.dialog is None:
            return
        document = self._session.document
        record = self._session.records.get(self._session.photo_id)
        name = Path(record.name).name if record is not None else ""
        prediction = document.prediction if document is not None else None
        if document is None:
            self.dialog.show_nothing("", NO_PHOTO)
        elif prediction is None:
            self.dialog.show_nothing(name, NO_PREDICTION)
        elif not all(len(weights) for weights in prediction.channels):
            self.dialog.show_nothing(name, NO_CHANNELS)
        else:
            self.dialog.show_channels(name, prediction.channels, prediction.cells_px)
