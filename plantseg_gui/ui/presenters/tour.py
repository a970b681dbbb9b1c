"""The tour of the window, on the photo on screen or else on the demo leaves."""

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from plantseg_gui.core.errors import AppError
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.panels.tour import Stop, TourOverlay
from plantseg_gui.ui.presenters.demo import Demo, demo_dir
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.shortcuts import CANVAS_KEYS
from plantseg_gui.ui.theme import Theme

# As the list of keys has it.
PEEK = next((keys for keys, what in CANVAS_KEYS if "bare photo" in what), "Hide the mask")


class Tour(QObject):
    """See the module's text. It is offered until it was taken or skipped once.

    Attributes:
        overlay: While it is on screen; else None.
    """

    def __init__(
        self,
        session: Session,
        demo: Demo,
        stage: Stage,
        panels: tuple[QWidget, QWidget, QWidget],
        theme: Theme,
        actions: Actions,
        window: QWidget,
    ) -> None:
        """Offer the tour.

        Args:
            session: Shared state.
            demo: Opens the demo leaves where no photo is on screen.
            stage: Has the photo, and offers the tour while it is empty.
            panels: Photo list, diagnosis, tools.
            theme: Look.
            actions: "tour" starts it.
            window: What it lies over.
        """
        super().__init__(window)
        self._session, self._demo, self._stage = session, demo, stage
        self._panels, self._theme, self._actions = panels, theme, actions
        self._window = window
        self._waiting = False
        self._came_from: QWidget | None = None
        self.overlay: TourOverlay | None = None
        actions["tour"].triggered.connect(self.start)
        session.document_opened.connect(self._on_document)
        session.failed.connect(self._on_failed)
        stage.empty.offer_tour(not session.settings.tour_seen)

    def start(self) -> None:
        """Show the tour; without a photo the demo leaves are opened first."""
        if self._session.document is not None:
            self._show()
        else:
            self._waiting = True
            self._demo.open()

    def _on_document(self) -> None:
        project = self._session.project
        if self._waiting and project is not None and self._session.document is not None:
            self._waiting = False
            # Whoever opened something else meanwhile wants that, not a tour.
            if project.folder == demo_dir().absolute():
                # When the photo has its place in the window.
                QTimer.singleShot(0, self._show)

    def _on_failed(self, _: AppError) -> None:
        self._waiting = False

    def _show(self) -> None:
        if self.overlay is None:
            self._came_from = QApplication.focusWidget()
            self.overlay = TourOverlay(self._theme, self._stops(), self._window)
            self.overlay.ended.connect(self._on_ended)

    def _on_ended(self) -> None:
        if self.overlay is not None:
            self.overlay.deleteLater()
            self.overlay = None
        self._stage.empty.offer_tour(False)
        if self._came_from is not None and shiboken6.isValid(self._came_from):
            self._came_from.setFocus()
        if not self._session.settings.tour_seen:
            self._session.keep(tour_seen=True)

    def _stops(self) -> list[Stop]:
        photos, diagnosis, tools = self._panels
        stops = [
            Stop(
                photos,
                "Your photos",
                "Click one to work on it. The mark beside it says how far it is: new, predicted, "
                f"corrected or approved. {self._keys('next')} goes to the next one.",
            ),
            Stop(
                self._stage,
                "The photo and its lesions",
                "The model marks the lesions as soon as a photo is opened. The wheel zooms, "
                f"Space + drag moves. {PEEK} to see the bare photo.",
            ),
            Stop(
                diagnosis,
                "The numbers",
                "How much of the leaf is diseased, and how many lesions there are. They follow "
                "the mask while you correct it.",
            ),
            Stop(
                tools,
                "Correct what is wrong",
                f"Brush ({self._keys('brush')}) where a lesion was missed, eraser "
                f"({self._keys('eraser')}) where there is none. {self._keys('undo')} takes back as "
                "many steps as you like. Nothing has to be saved by hand.",
            ),
        ]
        for name, title, text in (
            (
                "approve",
                "Approve and go on",
                "When the whole leaf is right, approve it: the next photo opens. "
                f"Key: {self._keys('approve')}.",
            ),
            (
                "retrain",
                "Retrain",
                "After a few corrected photos the model can learn from them. You see before and "
                "after, and decide whether to keep the new model.",
            ),
        ):
            button = _button_of(self._window, self._actions[name])
            if button is not None:
                stops.append(Stop(button, title, text))
        return stops

    def _keys(self, name: str) -> str:
        return self._actions.key_text(name).split(" or ")[0] or "the button"


def _button_of(window: QWidget, action: QAction) -> QWidget | None:
    """A visible button of the window that does an action."""
    tool_buttons = (b for b in window.findChildren(QToolButton) if b.defaultAction() is action)
    push_buttons = (
        b for b in window.findChildren(QPushButton) if b.property("act") == action.objectName()
    )
    return next((b for b in (*tool_buttons, *push_buttons) if b.isVisible()), None)
