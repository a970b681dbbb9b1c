"""Several photos are marked in the list: the acts say how many they mean, in menu and list."""

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.acts.spec import SEPARATOR
from plantseg_gui.ui.acts.table import ACTIONS
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session

# Words of the acts that mean the marked photos; {n} is how many.
TEXTS = {
    "predict_all": "&Predict {n} marked photos…",
    "accept_all": "&Accept predictions of {n} marked photos…",
    "approve_marked": "Appro&ve {n} marked photos…",
    "needs_work": "{n} marked photos need &work…",
    "skip": "S&kip {n} marked photos…",
    "note": "N&ote on {n} marked photos…",
    "tags": "&Tags of {n} marked photos…",
    "keep_out": "&Never train on {n} marked photos",
    "export": "E&xport {n} marked photos…",
    "delete_masks": "&Delete masks of {n} marked photos…",
    "remove_photos": "Remove {n} marked photos from pro&ject…",
}
FOR_ONE = ("needs_work", "skip", "note", "tags", SEPARATOR, "keep_out", SEPARATOR,
           "remove_photos")  # fmt: skip
FOR_SEVERAL = (
    "predict_all", "accept_all", "approve_marked", "needs_work", "skip", SEPARATOR,
    "note", "tags", "keep_out", SEPARATOR, "export", SEPARATOR, "delete_masks",
    "remove_photos",
)  # fmt: skip


class Marked(QObject):
    """See the module's text."""

    def __init__(
        self, session: Session, photos: PhotosPanel, actions: Actions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._photos, self._actions = photos, actions
        self._menu = QMenu(window)
        self._menu.setToolTipsVisible(True)
        self._count = 0
        # A drag over a thousand rows is one change.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._name_acts)
        photos.marks_changed.connect(self._soon.start)
        session.project_opened.connect(self._soon.start)
        photos.menu_wanted.connect(self._show_menu)

    def _name_acts(self) -> None:
        count = self._photos.marked_count()
        if count == self._count:
            return
        self._count = count
        self._photos.show_marked(count)
        for name, text in TEXTS.items():
            words = text.format(n=count) if count > 1 else ACTIONS[name].text
            self._actions[name].setText(words)

    def _show_menu(self, at: QPoint) -> None:
        self._name_acts()
        if not self._count:
            return
        self._menu.clear()
        for name in FOR_SEVERAL if self._count > 1 else FOR_ONE:
            if name == SEPARATOR:
                self._menu.addSeparator()
            else:
                self._menu.addAction(self._actions[name])
        self._menu.popup(at)
