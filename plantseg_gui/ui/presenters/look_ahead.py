"""Says which photos are likely to be asked for next: those beside the one on screen."""

from PySide6.QtCore import QObject, QTimer

from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

QUIET_MS = 60


class LookAhead(QObject):
    """See the module's text. It follows the order and the filter of the list."""

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._store, self._photos = session, store, photos
        self._stopped = False
        # When the photo on screen is there and the hand rests.
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._look)
        for changed in (session.document_opened, session.project_opened, photos.marks_changed):
            changed.connect(self._quiet.start)
        session.record_changed.connect(lambda _: self._quiet.start())

    def stop(self) -> None:
        """Look no more: what is to be measured is the reading itself."""
        self._stopped = True

    def _look(self) -> None:
        if self._stopped:
            return
        if self._session.photo_id != self._store.wanted:
            return  # one that was asked for is being read: that goes first
        step = self._photos.step
        likely = (step(1), step(1, only_open=True), step(-1))
        self._store.prefetch.want([i for i in likely if i and not self._store.is_open(i)])
