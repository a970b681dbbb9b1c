"""The status bar's words on the pixel under the pointer: what it is, and who said so."""

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.labels import HEALTHY
from plantseg_gui.core.origin import Origin, origin_at
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.status_jobs import StatusJobs
from plantseg_gui.ui.presenters.session import Session


class Readout(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        status: StatusJobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._status = session, status
        self._place = (-1, -1)
        canvas.cursor_moved.connect(self._on_moved)
        # A stroke ended, an undo: the pointer may rest, the pixel under it has changed.
        session.status_changed.connect(self._show)

    def _on_moved(self, row: int, column: int) -> None:
        self._place = row, column
        self._show()

    def _show(self) -> None:
        document, (row, column) = self._session.document, self._place
        if document is None or not (0 <= row < document.height and 0 <= column < document.width):
            self._status.show_pointer(-1, -1)
        else:
            self._status.show_pointer(row, column, words(document, row, column))


def value_lines(document: Document, row: int, column: int) -> tuple[str, ...]:
    """All that is known of a pixel of the photo, for the loupe: colour, probability, what it is."""
    red, green, blue = (int(value) for value in document.image[row, column])
    lines = [f"RGB {red} {green} {blue}"]
    prediction = document.prediction
    if prediction is not None:
        height, width = prediction.probability.shape
        value = prediction.probability[
            int((row + 0.5) * height / document.height),
            int((column + 0.5) * width / document.width),
        ]
        # 0 says that no tile was processed there.
        lines.append(
            f"Probability {100 * value:.0f} %" if value > 0 else "Probability: not looked at"
        )
    what, _, who = (words(document, row, column) or "healthy").partition(", ")
    return (*lines, what, who) if who else (*lines, what)


def words(document: Document, row: int, column: int) -> str:
    """What a pixel of the photo is and by whom, "lesion 3, by you"; "" where nobody said."""
    label = int(document.labels.array[row, column])
    touched = bool(document.touched[row, column])
    origin = origin_at(label, touched)
    if origin is Origin.LESION_BY_PERSON:
        return f"lesion {label}, by you"
    if origin is Origin.LESION_BY_MODEL:
        return f"lesion {label}, by {_model(document, row, column)}"
    if origin is Origin.HEALTHY_BY_PERSON:
        return "healthy, by you"
    if origin is Origin.UNSURE:
        return "unsure, by you" if touched else "unsure"
    return ""


def _model(document: Document, row: int, column: int) -> str:
    """The model that found the lesion of a pixel that nobody touched."""
    prediction = document.prediction
    # Beside a person's work a newer prediction waits: what it does not say came from an older one.
    if prediction is None or prediction.labels[row, column] == HEALTHY:
        return "a model"
    return prediction.model or "a model"
