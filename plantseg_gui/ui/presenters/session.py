"""What is open: the project, the photo on screen, the settings. Presenters share this one object.

It knows no widget. Who changes something says so through a signal here; who shows it listens.
"""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import LeafResult, Prediction
from plantseg_gui.storage.journal import person
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.storage.settings import Settings, save_settings


class Session(QObject):
    """See the module's text.

    Attributes:
        project_opened: `project` is another one, or None.
        record_changed: photo id; its record in `records` is new.
        document_opened: `document` is another one, or None.
        labels_changed: Rect; the labels of the photo on screen changed there.
        status_changed: Status, undo list or dirtiness of the photo on screen changed.
        prediction_changed: The photo on screen has another prediction or its uncertainty.
        model_changed: `model` is another version.
        scale_changed: `scale` is another one.
        settings_changed: Names of settings that are others now (frozenset of str).
        settling: Everything is about to be saved: what is half done is to be finished.
        said: A message for the status bar.
        failed: AppError, to be shown until the person closes it.
    """

    project_opened = Signal()
    record_changed = Signal(str)
    document_opened = Signal()
    labels_changed = Signal(object)
    status_changed = Signal()
    prediction_changed = Signal()
    model_changed = Signal()
    scale_changed = Signal()
    settings_changed = Signal(object)
    settling = Signal()
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.project: Project | None = None
        self.records: dict[str, PhotoRecord] = {}
        self.document: Document | None = None
        self.model = ""
        # Of the open project: 1, or 2 for tiny lesions (specification 2.2).
        self.scale = 1
        # At another threshold, over the person's work: Accept and Reset take this one.
        self.waiting: Prediction | None = None
        # Leaves found for photos that no model has seen yet, by photo id.
        self.leaves: dict[str, LeafResult] = {}

    @property
    def photo_id(self) -> str:
        """The photo on screen, "" when there is none."""
        return self.document.document_id if self.document is not None else ""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be saved in the open project."""
        return self.project is not None and self.project.read_only

    @property
    def person(self) -> str:
        """Whose work is written down."""
        return self.settings.annotator or person()

    def is_shown(self, document: Document) -> bool:
        """Whether a late result still belongs to the photo on screen."""
        return self.document is document

    def set_project(
        self, project: Project | None, records: list[PhotoRecord], scale: int = 1
    ) -> None:
        """Another project is open."""
        self.set_document(None)
        self.set_scale(scale)
        self.project = project
        if project is not None:
            project.annotator = self.settings.annotator
        self.records = {record.photo_id: record for record in records}
        self.leaves = {}
        self.project_opened.emit()

    def set_scale(self, scale: int) -> None:
        """The open project's photos are looked at at another scale."""
        if scale != self.scale:
            self.scale = scale
            self.scale_changed.emit()

    def set_record(self, record: PhotoRecord) -> None:
        """A photo's state in the store changed."""
        self.records[record.photo_id] = record
        self.record_changed.emit(record.photo_id)

    def set_document(self, document: Document | None) -> None:
        """Another photo is on screen."""
        if self.document is not None:
            self.document.labels_changed.disconnect(self._on_labels)
            self.document.status_changed.disconnect(self._on_status)
            self.document.prediction_changed.disconnect(self._on_prediction)
        self.document = document
        if document is not None:
            document.history.set_budget(self.settings.undo_mib << 20)
            document.labels_changed.connect(self._on_labels)
            document.status_changed.connect(self._on_status)
            document.prediction_changed.connect(self._on_prediction)
        self.document_opened.emit()
        self.status_changed.emit()

    def set_model(self, name: str) -> None:
        """Another model version is used from now on."""
        if name != self.model:
            self.model = name
            self.model_changed.emit()

    def say(self, text: str) -> None:
        """Tell something in passing."""
        self.said.emit(text)

    def fail(self, error: AppError) -> None:
        """Tell a fault; it stays on screen."""
        self.failed.emit(error)

    def keep(self, **changes: Any) -> None:
        """Change settings and write them; a failure is told, the change holds for this run."""
        before, self.settings = self.settings, replace(self.settings, **changes)
        self.write_settings()
        if self.project is not None:
            self.project.annotator = self.settings.annotator
        if "undo_mib" in changes and self.document is not None:
            self.document.history.set_budget(self.settings.undo_mib << 20)
        new = {k for k in changes if getattr(before, k) != getattr(self.settings, k)}
        if new:
            self.settings_changed.emit(frozenset(new))

    def write_settings(self) -> None:
        """Write the settings now."""
        try:
            save_settings(self.settings)
        except AppError as error:
            self.fail(error)

    def _on_labels(self, rect: Rect) -> None:
        self.labels_changed.emit(rect)

    def _on_status(self) -> None:
        self.status_changed.emit()

    def _on_prediction(self) -> None:
        self.prediction_changed.emit()
