"""The window: makes the parts, puts them in their places, and introduces them to each other.

Assembly only. What a person can do lives in the presenters, what is shown in the panels.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from plantseg_gui.core.errors import AppError
from plantseg_gui.core.overlay import LAYER_MAPS
from plantseg_gui.jobs.engine import TorchEngine
from plantseg_gui.jobs.inference_service import InferenceService
from plantseg_gui.jobs.io_pool import wait_for_tasks
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.settings import Settings
from plantseg_gui.ui import window_memory
from plantseg_gui.ui.actions import Actions, Menus
from plantseg_gui.ui.canvas.view import CanvasView
from plantseg_gui.ui.panels.diagnosis import DiagnosisPanel
from plantseg_gui.ui.panels.layers import LayersPanel
from plantseg_gui.ui.panels.lesions import LesionsPanel
from plantseg_gui.ui.panels.main_toolbar import main_toolbar
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.panels.stage import Stage
from plantseg_gui.ui.panels.status_jobs import StatusJobs
from plantseg_gui.ui.panels.tools import ToolsPanel
from plantseg_gui.ui.panels.view_adjust import ViewAdjustPanel
from plantseg_gui.ui.presenters.batch import Batch
from plantseg_gui.ui.presenters.channels import Channels
from plantseg_gui.ui.presenters.closing import Closing
from plantseg_gui.ui.presenters.compare_models import CompareModels
from plantseg_gui.ui.presenters.copies import Copies
from plantseg_gui.ui.presenters.correct import Correct
from plantseg_gui.ui.presenters.demo import Demo
from plantseg_gui.ui.presenters.diagnose import Diagnose
from plantseg_gui.ui.presenters.display import Display
from plantseg_gui.ui.presenters.duplicates import Duplicates
from plantseg_gui.ui.presenters.export import Export
from plantseg_gui.ui.presenters.figure import Figure
from plantseg_gui.ui.presenters.grouping import Grouping
from plantseg_gui.ui.presenters.help import Help
from plantseg_gui.ui.presenters.import_masks import ImportMasks
from plantseg_gui.ui.presenters.keep_out import KeepOut
from plantseg_gui.ui.presenters.keys import Keys
from plantseg_gui.ui.presenters.lesion_pictures import LesionPictures
from plantseg_gui.ui.presenters.lesions import Lesions
from plantseg_gui.ui.presenters.look_ahead import LookAhead
from plantseg_gui.ui.presenters.marked import Marked
from plantseg_gui.ui.presenters.marks import Marks
from plantseg_gui.ui.presenters.messages import Messages
from plantseg_gui.ui.presenters.models import Models
from plantseg_gui.ui.presenters.next_place import NextPlace
from plantseg_gui.ui.presenters.open_project import OpenProject
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.outdated import Outdated
from plantseg_gui.ui.presenters.palette import CommandPalette
from plantseg_gui.ui.presenters.photo_facts import ShowFacts
from plantseg_gui.ui.presenters.photo_order import PhotoOrder
from plantseg_gui.ui.presenters.predict_all import PredictAll
from plantseg_gui.ui.presenters.preferences import Preferences
from plantseg_gui.ui.presenters.readout import Readout
from plantseg_gui.ui.presenters.removal import Removal
from plantseg_gui.ui.presenters.retrain import Retrain
from plantseg_gui.ui.presenters.review import Review
from plantseg_gui.ui.presenters.scribble import Scribble
from plantseg_gui.ui.presenters.segment import Segment
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.side_by_side import SideBySide
from plantseg_gui.ui.presenters.teaching import Teaching
from plantseg_gui.ui.presenters.threshold import Threshold
from plantseg_gui.ui.presenters.thumbnails import Thumbnails
from plantseg_gui.ui.presenters.tidy import Tidy
from plantseg_gui.ui.presenters.time_spent import TimeSpent
from plantseg_gui.ui.presenters.tour import Tour
from plantseg_gui.ui.presenters.view_adjust import ViewAdjust
from plantseg_gui.ui.presenters.view_aids import ViewAids
from plantseg_gui.ui.presenters.watch import Watch
from plantseg_gui.ui.presenters.wipe import Wipe
from plantseg_gui.ui.theme import UNIT, Theme
from plantseg_gui.ui.view_state import ViewState

PHOTOS_WIDTH = 34 * UNIT
SIDE_WIDTH = 38 * UNIT


class MainWindow(QMainWindow):
    """See the module's text.

    Attributes:
        session, view, jobs, service: The shared state.
        actions_, canvas, photos, stage, diagnosis, status: What is on screen.
        store, projects, segment, correct, retrain, models, export, demo, help_: Who acts.
    """

    def __init__(
        self, theme: Theme, settings: Settings, service: InferenceService | None = None
    ) -> None:
        super().__init__()
        self.setWindowTitle("PlantSeg-Next Studio[*]")
        self.setWindowIcon(theme.icon("app"))
        self.setAcceptDrops(True)
        self._theme = theme
        self.session = Session(settings, self)
        self.view = ViewState(settings, self)
        self.jobs = JobModel(self)
        self.service = service or InferenceService(
            self, engine=lambda: TorchEngine(settings.device, settings.threads)
        )
        self.actions_ = Actions(self, theme)
        self.menus = Menus(self.menuBar(), self.actions_)
        self._make_panels(theme)
        self.addToolBar(main_toolbar(self.actions_))
        self._make_presenters(theme)
        self._wire()
        self._restore(settings)

    def start(self, paths: Sequence[Path] = (), *, demo: bool = False) -> None:
        """What can wait until the window is visible: the model, and what to open."""
        self.retrain.find_running()
        self.segment.choose_model_soon(wait_for_photo=demo or bool(paths))
        if demo:
            self.demo.open()
        elif paths:
            self.projects.open_paths(paths)

    def _make_panels(self, theme: Theme) -> None:
        self.canvas = CanvasView()
        self.canvas.setFrameShape(QFrame.Shape.NoFrame)
        self.photos = PhotosPanel(theme)
        self.stage = Stage(theme, self.actions_, self.canvas)
        self.diagnosis = DiagnosisPanel(theme)
        self.tools = ToolsPanel(theme, self.actions_, self.view)
        self.lesion_list = LesionsPanel(theme, self.actions_)
        self.layers = LayersPanel(theme, self.actions_, self.view, LAYER_MAPS)
        self.adjust = ViewAdjustPanel(theme, self.actions_)
        self.status = StatusJobs(self.jobs)
        self.setStatusBar(self.status)
        body = QWidget()
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(UNIT, UNIT, UNIT, UNIT)
        column.setSpacing(UNIT)
        cards = (self.diagnosis, self.tools, self.lesion_list, self.layers, self.adjust)
        for card in cards:
            column.addWidget(card)
        column.addStretch(1)
        self.side = QScrollArea()
        self.side.setObjectName("sidePanel")
        self.side.setWidgetResizable(True)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.side.setWidget(body)
        room = self.side.verticalScrollBar().sizeHint().width()
        self.side.setMinimumWidth(body.minimumSizeHint().width() + room)
        self.photos.setMinimumWidth(22 * UNIT)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.photos, self.stage, self.side):
            self.splitter.addWidget(widget)
        self.splitter.setCollapsible(1, False)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setHandleWidth(1)
        self.setCentralWidget(self.splitter)

    def _make_presenters(self, theme: Theme) -> None:
        session, actions, jobs = self.session, self.actions_, self.jobs
        self.messages = Messages(session, self.stage, self.status, theme, actions, self)
        self.store = OpenSave(session, self)
        self.display = Display(session, self.canvas, self.stage, self.view, actions, self)
        self.readout = Readout(session, self.canvas, self.status, self)
        self.view_adjust = ViewAdjust(session, self.canvas, self.view, self.adjust, actions, self)
        self.view_aids = ViewAids(session, self.canvas, self.adjust.look, actions, self)
        self.projects = OpenProject(
            session, self.store, jobs, self.stage, self.photos, actions, self.menus, self
        )
        self.threshold = Threshold(session, self.canvas, self.layers.threshold, self)
        self.segment = Segment(session, self.service, jobs, self.canvas, self.view, actions, self)
        self.scribble = Scribble(
            session, self.service, jobs, self.canvas, self.view, self.display.scribble, self
        )
        self.channels = Channels(session, theme, actions, self)
        self.wipe = Wipe(session, self.canvas, self.stage, self.view, theme, actions, self)
        self.diagnose = Diagnose(session, self.diagnosis, self)
        self.lesions = Lesions(session, self.canvas, self.lesion_list, self.view, actions, self)
        self.lesion_pictures = LesionPictures(session, self.lesion_list.model, self)
        self.grouping = Grouping(session, self.lesions, self.lesion_list, actions, self)
        self.batch = Batch(session, self.store, self.photos, jobs, actions, self)
        self.predict_all = PredictAll(
            session,
            self.service,
            self.segment,
            self.store,
            self.batch,
            self.view,
            jobs,
            actions,
            self,
        )
        self.outdated = Outdated(
            session, self.photos, self.predict_all, self.service, actions, self
        )
        self.marks = Marks(session, self.store, self.batch, self)
        self.correct = Correct(
            session, self.store, self.photos, self.batch, self.marks, actions, self
        )
        self.review = Review(
            session, self.store, self.photos, self.batch, self.marks, actions, self
        )
        self.tidy = Tidy(session, self.canvas, actions, self)
        self.teaching = Teaching(
            session, self.store, self.photos, actions, lambda: self.predict_all.running, self
        )
        self.look_ahead = LookAhead(session, self.store, self.photos, self)
        self.order = PhotoOrder(
            session, self.store, self.photos, self.teaching, self.predict_all, actions, self
        )
        self.next_place = NextPlace(session, self.canvas, actions, self)
        self.facts = ShowFacts(session, self.stage, self)
        self.thumbnails = Thumbnails(session, self.photos, self)
        self.duplicates = Duplicates(session, self.photos, self.thumbnails, self)
        self.keep_out = KeepOut(session, self.photos, self.marks, actions, self)
        self.marked = Marked(session, self.photos, actions, self)
        self.models = Models(session, theme, actions, self.menus, self)
        self.compare = CompareModels(session, self.store, self.models, jobs, theme, self)
        self.export = Export(session, self.store, self.photos, jobs, actions, self)
        self.import_masks = ImportMasks(session, self.store, self.batch, jobs, actions, self)
        self.copies = Copies(session, self.store, self.projects, jobs, actions, self)
        self.retrain = Retrain(session, self.store, jobs, theme, actions, self._release_gpu, self)
        self.side_by_side = SideBySide(
            session,
            self.store,
            self.canvas,
            self.stage,
            self.photos,
            self.view,
            jobs,
            theme,
            actions,
            self,
        )
        self.demo = Demo(session, self.projects, jobs, actions, self)
        self.help_ = Help(session, theme, actions, self)
        self.figure = Figure(session, self.canvas, self.diagnosis, actions, self)
        shown = (self.photos, self.diagnosis, self.tools)
        self.tour = Tour(session, self.demo, self.stage, shown, theme, actions, self)
        self.keys = Keys(session, self.photos, theme, actions, self)
        self.palette_ = CommandPalette(
            session, self.store, self.photos, self.models, self.view, theme, actions, self
        )
        self.preferences = Preferences(
            session, self.service, theme, actions, self.projects.set_scale, self
        )
        self.watch = Watch(session, self.projects, self.predict_all, actions, self)
        self.time_spent = TimeSpent(session, self.diagnosis, self)
        self.removal = Removal(
            session, self.store, self.projects, self.photos, self.batch, jobs, actions, self
        )
        self.closing = Closing(session, self.store, self.projects, self.retrain, self.export, self)

    def _wire(self) -> None:
        session, actions = self.session, self.actions_
        session.said.connect(self.status.say)
        session.failed.connect(self._tell)
        self.store.saving_changed.connect(self._show_saving)
        self.canvas.zoom_changed.connect(self.status.show_zoom)
        self.lesions.measured.connect(lambda: self.diagnosis.show_sizes(self.lesions.areas_px))
        actions["quit"].triggered.connect(self.close)
        for name, panel in (("photos_panel", self.photos), ("side_panel", self.side)):
            actions[name].setChecked(True)
            actions[name].toggled.connect(panel.setVisible)
        actions["full_screen"].toggled.connect(
            lambda on: self.showFullScreen() if on else self.showNormal()
        )

    def _release_gpu(self) -> None:
        self.segment.release_gpu()
        self.side_by_side.runs.release()

    def _tell(self, error: AppError) -> None:
        self.stage.tell(f"{error.what} {error.do}".strip(), "fault")

    def _show_saving(self) -> None:
        text, tip = self.store.state
        self.status.show_saved(text, tip, bad=text in ("Not saved", "Cannot be saved"))
        self.setWindowModified(self.store.at_risk)

    def _restore(self, settings: Settings) -> None:
        self.setMinimumSize(110 * UNIT, 70 * UNIT)
        self.resize(1400, 880)
        self.splitter.setSizes([PHOTOS_WIDTH, 1400 - PHOTOS_WIDTH - SIDE_WIDTH, SIDE_WIDTH])
        self.canvas.setFocus()
        window_memory.restore(self, self.splitter, settings)

    def remember(self) -> None:
        """Write view and window into the settings."""
        self.session.settings = self.view.stored_in(self.session.settings)
        self.session.keep(**window_memory.state(self, self.splitter))

    def shut_down(self) -> None:
        """Stop all threads; everything has been saved."""
        self.remember()
        self.segment.shutdown()
        self.retrain.shutdown()
        self.compare.shutdown()
        self.side_by_side.shutdown()
        self.thumbnails.shutdown()
        self.store.prefetch.shutdown()
        wait_for_tasks()
        self.projects.close_project()
        self.canvas.shutdown()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask, save, then close for good; see `Closing`."""
        if self.closing.may_close():
            self.shut_down()
            event.accept()
        else:
            event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if _local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped, after the drop has ended (a dialog would block the source)."""
        paths = _local_paths(event.mimeData())
        event.acceptProposedAction()
        QTimer.singleShot(0, lambda: self.projects.open_paths(paths))


def _local_paths(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
