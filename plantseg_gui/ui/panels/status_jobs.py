"""Bottom: messages, what runs (progress, time left, Cancel), saved or not, pointer and zoom."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from plantseg_gui.core.durations import duration
from plantseg_gui.jobs.job_model import JobModel, RunningJob
from plantseg_gui.ui.panels.parts import ElidedLabel, label, set_role
from plantseg_gui.ui.theme import UNIT

MESSAGE_MS = 8000
BAR_STEPS = 1000
# A job shorter than this would only flash.
SHOW_AFTER_MS = 250


class JobRow(QWidget):
    """One running job."""

    cancel = Signal(int)

    def __init__(self, job: RunningJob) -> None:
        super().__init__()
        self.job_id = job.job_id
        self._text = label("")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(14 * UNIT)
        self._eta = label("", "muted")
        self._button = QPushButton("Cancel")
        self._button.setProperty("compact", True)
        self._button.setToolTip("Stop this; what is finished so far is kept where it can be")
        self._button.clicked.connect(lambda: self.cancel.emit(self.job_id))
        row = QHBoxLayout(self)
        row.setContentsMargins(UNIT, 0, 0, 0)
        row.setSpacing(UNIT)
        for widget in (self._text, self._bar, self._eta, self._button):
            row.addWidget(widget)
        self.show_job(job)

    def show_job(self, job: RunningJob) -> None:
        """Show how far it is."""
        self._text.setText(job.text)
        fraction = job.fraction
        self._bar.setRange(0, 0 if fraction is None else BAR_STEPS)
        if fraction is not None:
            self._bar.setValue(round(BAR_STEPS * fraction))
        self._eta.setText("" if job.eta_s is None else f"{duration(job.eta_s)} left")
        self._eta.setVisible(job.eta_s is not None)
        self._button.setVisible(job.on_cancel is not None)
        self._button.setEnabled(not job.cancelling)


class PixelWords(ElidedLabel):
    """What the pixel under the pointer is, and by whom."""

    # As wide as this whatever it says, so that nothing beside it moves with the pointer.
    _WIDEST = "lesion 000, by november-lite2"

    def __init__(self) -> None:
        super().__init__("", "muted")
        # Narrower where a running job needs the room.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        """Always the same."""
        width = self.fontMetrics().horizontalAdvance(self._WIDEST)
        return QSize(width, super().sizeHint().height())


class StatusJobs(QStatusBar):
    """See the module's text."""

    def __init__(self, jobs: JobModel) -> None:
        super().__init__()
        self._jobs = jobs
        self._rows: dict[int, JobRow] = {}
        self.setSizeGripEnabled(False)
        self.setContentsMargins(UNIT, 2, UNIT, 2)
        self._message = ElidedLabel("")
        self.addWidget(self._message, 1)
        self._job_box = QHBoxLayout()
        self._job_box.setContentsMargins(0, 0, 0, 0)
        self._job_box.setSpacing(0)
        self._job_box.addWidget(_strut())
        holder = QWidget()
        holder.setLayout(self._job_box)
        self.addPermanentWidget(holder)
        self._saved = label("", "muted")
        self._pixel = PixelWords()
        self._pointer = label("", "muted")
        self._pointer.setContentsMargins(UNIT, 0, 0, 0)
        self._pointer.setToolTip("Row and column of the photo under the pointer")
        self._zoom = label("", "muted")
        self._zoom.setToolTip("Screen pixels for each photo pixel")
        for widget, width in (
            (self._saved, ""),
            (self._pixel, ""),
            (self._pointer, "y 0000  x 0000"),
            (self._zoom, "100 %"),
        ):
            if width:
                widget.setMinimumWidth(UNIT + widget.fontMetrics().horizontalAdvance(width))
            self.addPermanentWidget(widget)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(lambda: self._message.set_whole(""))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(SHOW_AFTER_MS)
        self._later.timeout.connect(self._refresh)
        jobs.changed.connect(self._on_jobs)

    def add_messages_button(self, action: QAction) -> None:
        """Put a button at the right end that does `action` and counts unread faults."""
        self.messages_button = QToolButton()
        self.messages_button.setObjectName("messages")
        self.messages_button.setDefaultAction(action)
        self.messages_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addPermanentWidget(self.messages_button)
        self.show_unread(0)

    def show_unread(self, count: int) -> None:
        """Show how many faults nobody has looked at."""
        button, words = self.messages_button, f"{count} fault{'s' if count != 1 else ''}"
        button.setText(words if count else "")
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if count else style.ToolButtonIconOnly
        )
        button.setAccessibleName(f"Messages, {words} unread" if count else "Messages")

    @property
    def message(self) -> str:
        """What the message says."""
        return self._message.whole

    @property
    def job_texts(self) -> list[str]:
        """Texts of the running jobs."""
        return [job.text for job in self._jobs.jobs]

    def say(self, text: str, *, stay: bool = False) -> None:
        """Show a message, for some seconds or until the next."""
        self._message.set_whole(text)
        if stay or not text:
            self._forget.stop()
        else:
            self._forget.start(MESSAGE_MS)

    def show_saved(self, text: str, tip: str, *, bad: bool = False) -> None:
        """Show whether the work is on the disk."""
        self._saved.setText(text)
        self._saved.setToolTip(tip)
        set_role(self._saved, "danger" if bad else "muted")

    def show_pointer(self, y: float, x: float, pixel: str = "") -> None:
        """Show where the pointer is, photo px, and what is there; negative off the photo."""
        inside = y >= 0 and x >= 0
        self._pointer.setText(f"y {int(y)}  x {int(x)}" if inside else "")
        if pixel != self._pixel.whole:
            self._pixel.set_whole(pixel)

    def show_zoom(self, factor: float) -> None:
        """Show the zoom; 1.0 is one to one."""
        self._zoom.setText(f"{100 * factor:.0f} %")

    def _on_jobs(self) -> None:
        ids = {job.job_id for job in self._jobs.jobs}
        if ids - self._rows.keys() and not self._later.isActive():
            self._later.start()
        for gone in self._rows.keys() - ids:
            row = self._rows.pop(gone)
            self._job_box.removeWidget(row)
            row.deleteLater()
        for job in self._jobs.jobs:
            if job.job_id in self._rows:
                self._rows[job.job_id].show_job(job)

    def _refresh(self) -> None:
        for job in self._jobs.jobs:
            if job.job_id not in self._rows:
                row = JobRow(job)
                row.cancel.connect(self._jobs.cancel)
                self._rows[job.job_id] = row
                self._job_box.addWidget(row)


def _strut() -> QWidget:
    """As high as a running job and never seen: a photo must not move when a job comes or goes."""
    strut = JobRow(RunningJob(0, "", on_cancel=lambda: None))
    strut.setFixedWidth(0)
    policy = strut.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    strut.setSizePolicy(policy)
    strut.hide()
    return strut
