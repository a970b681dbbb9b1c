"""The page of the Retrain dialog with the result: the recommendation, the figures, the photos."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from plantseg_gui.ui.canvas.wipe_pictures import WipePictures
from plantseg_gui.ui.dialogs.retrain_compare import ComparePane
from plantseg_gui.ui.dialogs.retrain_outcome import Outcome
from plantseg_gui.ui.dialogs.retrain_photo_list import JudgedList
from plantseg_gui.ui.dialogs.retrain_words import between, signed
from plantseg_gui.ui.panels.parts import label
from plantseg_gui.ui.panels.status_jobs import duration
from plantseg_gui.ui.theme import UNIT, Theme

NO_PICTURE = "The training kept no masks of this photo."
INTERVAL_TIP = (
    "With other photos of the same kind the change would lie in this range 95 times of 100 "
    "(paired bootstrap over the photos)"
)


class Figure(QWidget):
    """Two large numbers with a line of what they are, and one of how sure their change is."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__()
        self.value = label("", "figure")
        self.change = label("", "caption")
        self.change.setToolTip(INTERVAL_TIP)
        self.setToolTip(tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(title, "muted"))
        column.addWidget(self.value)
        column.addWidget(self.change)
        column.addStretch(1)

    def show_change(
        self, before: float, after: float, interval: tuple[float, float] | None, digits: int
    ) -> None:
        """Show before → after."""
        self.value.setText(f"{before:.{digits}f} → {after:.{digits}f}")
        sure = between(interval, digits)
        self.change.setText(f"{signed(after - before, digits)}{f' ({sure})' if sure else ''}")


class ResultPage(QWidget):
    """See the module's text.

    Attributes:
        picture_wanted: photo id whose masks are to be shown: answer by `show_picture` or
            `show_no_picture`.
    """

    picture_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.headline = label("", "title", wrap=True)
        self.advice = label("", wrap=True)
        self.method = label("", "muted", wrap=True)
        self.notes = label("", wrap=True)
        self.note = label("", wrap=True)
        self.dice = Figure("Dice, mean", "1.00 would be exactly your masks; higher is better")
        self.severity = Figure(
            "Severity error, points",
            "How far the model's severity lies from yours, in points of % of the leaf; "
            "lower is better",
        )
        self.list = JudgedList(theme)
        self.compare = ComparePane(theme)
        self._photos: dict[str, str] = {}
        self._with_pictures: set[str] = set()
        self._chosen = ""
        self.list.chosen.connect(self._on_chosen)
        self._figures = QFrame()
        row = QHBoxLayout(self._figures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4 * UNIT)
        row.addWidget(self.dice)
        row.addWidget(self.severity)
        words = QVBoxLayout()
        words.setSpacing(UNIT // 2)
        words.addWidget(self.method)
        words.addWidget(self.notes)
        words.addStretch(1)
        row.addLayout(words, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(2 * UNIT)
        self._split.setObjectName("bare")
        self._split.addWidget(self.list)
        self._split.addWidget(self.compare)
        self._split.setSizes([74 * UNIT, 60 * UNIT])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT + UNIT // 2)
        column.addWidget(self.headline)
        column.addWidget(self.advice)
        column.addWidget(self._figures)
        column.addWidget(self._split, 1)
        column.addWidget(self.note)
        column.addStretch(0)

    @property
    def has_photos(self) -> bool:
        """Whether there is a list to show, which needs room."""
        return bool(self._photos)

    def show_outcome(self, outcome: Outcome, new_name: str) -> None:
        """Show the end of a run."""
        self.headline.setText(outcome.headline)
        _say(self.advice, outcome.advice)
        judged, severity = outcome.judged, outcome.severity
        self.dice.setVisible(judged is not None)
        if judged is not None:
            self.dice.show_change(judged.before, judged.after, outcome.interval, 2)
        self.severity.setVisible(severity is not None)
        if severity is not None:
            self.severity.show_change(severity.before, severity.after, severity.interval, 1)
        _say(self.method, outcome.method)
        _say(self.notes, "\n".join(outcome.notes))
        self._figures.setVisible(judged is not None or bool(outcome.notes))
        self._photos = {p.photo_id: p.name for p in outcome.photos}
        self._with_pictures = {p.photo_id for p in outcome.photos if p.pictures is not None}
        self._split.setVisible(bool(outcome.photos))
        self.compare.setVisible(bool(self._with_pictures))
        self.list.show_photos(outcome.photos)
        how = "Stopped after" if outcome.stopped else "Trained in"
        keep = (
            f"Keep puts it on the shelf as {new_name} and works with it. Keep as candidate puts it "
            "there, and you go on with the model in use. The one before can be chosen again at any "
            "time."
            if outcome.model
            else "Nothing was learned yet, so there is nothing to keep."
        )
        self.note.setText(f"{how} {duration(outcome.seconds)}. {keep}")

    def show_picture(self, photo_id: str, pictures: WipePictures) -> None:
        """Show the masks of a photo, unless another one was chosen meanwhile."""
        if photo_id == self._chosen:
            self.compare.show_photo(self._photos.get(photo_id, photo_id), pictures)

    def show_no_picture(self, photo_id: str, text: str) -> None:
        """Say why its masks cannot be shown."""
        if photo_id == self._chosen:
            self.compare.show_nothing(self._photos.get(photo_id, photo_id), text)

    def _on_chosen(self, photo_id: str) -> None:
        self._chosen = photo_id
        if photo_id in self._with_pictures:
            self.picture_wanted.emit(photo_id)
        else:
            self.show_no_picture(photo_id, NO_PICTURE)


def _say(target: QLabel, text: str) -> None:
    """Show a text, or hide its label."""
    target.setText(text)
    target.setVisible(bool(text))
