"""Hands out what is seen: the photo with overlays and caption as a figure, its numbers as text."""

from pathlib import Path

from PySide6.QtCore import QDate, QLocale, QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from plantseg_gui.core.errors import InputError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.atomic import write_bytes
from plantseg_gui.storage.project import PhotoRecord
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.canvas.picture import seen_picture
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.figure import figure, png_bytes
from plantseg_gui.ui.panels.diagnosis import NOTHING, DiagnosisPanel
from plantseg_gui.ui.panels.photo_model import STATUS_TEXT
from plantseg_gui.ui.presenters.session import Session

# Sharp in print: twice the resolution of the window.
SCALE = 2.0
ACTS = ("copy_figure", "copy_numbers", "save_figure")


class Figure(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        diagnosis: DiagnosisPanel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._canvas, self._diagnosis = session, canvas, diagnosis
        self._actions, self._window = actions, window
        for name, act in zip(ACTS, (self.copy, self.copy_numbers, self.ask_file), strict=True):
            actions[name].triggered.connect(act)
        session.document_opened.connect(self._refresh)
        self._refresh()

    def copy(self) -> None:
        """Put the figure on the clipboard, as an image alone.

        With text beside it many programs would paste the text.
        """
        QGuiApplication.clipboard().setImage(self.picture())
        self._session.say("The figure is on the clipboard: paste it into a document.")

    def copy_numbers(self) -> None:
        """Put the numbers on the clipboard: name, tab, value, one in a line."""
        text = "\n".join(f"{name}\t{value}" for name, value in self.numbers().items())
        QGuiApplication.clipboard().setText(text)
        self._session.say("The numbers are on the clipboard: paste them into a table.")

    def ask_file(self) -> None:
        """Ask where to, and write the figure."""
        record = self._record()
        if record is None:
            return
        stem = Path(record.name).stem
        proposed = str(Path(self._session.settings.last_folder) / f"{stem}-figure.png")
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save figure", proposed, "PNG image (*.png)"
        )
        if path:
            self.save(Path(path))

    def save(self, path: Path) -> None:
        """Write the figure as PNG."""
        target, picture = path.with_suffix(path.suffix or ".png"), self.picture()
        if target != path and target.exists():
            # The file dialog asked about the name without the ending alone.
            what = f"The figure was not saved: {target} is there already."
            self._session.fail(InputError(what, "Choose another name."))
            return
        run_task(
            lambda: write_bytes(target, png_bytes(picture)),
            on_done=lambda _: self._session.say(f"Figure saved: {target}"),
            on_error=self._session.fail,
            doing=f"writing {target}",
        )

    def picture(self) -> QImage:
        """The part of the photo that is seen, with its overlays and a caption."""
        numbers = self.numbers()
        title = numbers.pop("Photo", "")
        severity = numbers["Severity"]
        lines = [
            f"Severity {severity} of the leaf area" if severity != NOTHING else "Severity unknown",
            f"{numbers['Lesions']} lesions" if numbers["Lesions"] != "1" else "1 lesion",
            f"disease probability {numbers['Disease probability']}",
        ]
        made = (numbers["State"], f"model {numbers['Model']}", numbers["Date"])
        known = [
            " · ".join(word for word in words if NOTHING not in word) for words in (lines, made)
        ]
        return figure(seen_picture(self._canvas, SCALE), title, known, SCALE)

    def numbers(self) -> dict[str, str]:
        """What the caption says, by name, as the panel shows it."""
        record, shown = self._record(), self._diagnosis.texts
        return {
            "Photo": Path(record.name).name if record is not None else "",
            "Severity": shown["severity"],
            "Lesions": shown["lesions"],
            "Lesion area": shown["area"],
            "Disease probability": shown["disease"],
            "State": STATUS_TEXT.get(record.status, record.status) if record is not None else "",
            "Model": shown["model"],
            "Date": QLocale().toString(QDate.currentDate(), "d MMM yyyy"),
        }

    def _record(self) -> PhotoRecord | None:
        return self._session.records.get(self._session.photo_id)

    def _refresh(self) -> None:
        self._actions.enable(self._session.document is not None, *ACTS)
