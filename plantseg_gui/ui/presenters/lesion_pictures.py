"""Makes the small pictures of the list of lesions: of rows in view only, the newest wish first."""

from typing import NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.document import Document
from plantseg_gui.core.errors import AppError
from plantseg_gui.core.lesion_picture import lesion_picture
from plantseg_gui.core.lesions import Lesion
from plantseg_gui.core.results import RgbArray
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.ui.panels.lesion_model import LesionModel
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.thumbnails import pixmap_of

SIDE_PX = 96
# Pictures of one round trip to the pool: a screenful.
_AT_ONCE = 8


class _Made(NamedTuple):
    document: Document
    pictures: list[tuple[Lesion, RgbArray]]


class LesionPictures(QObject):
    """See the module's text."""

    def __init__(self, session: Session, model: LesionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._model = session, model
        self._wanted: list[int] = []
        self._busy = False
        model.picture_wanted.connect(self._want)
        session.document_opened.connect(self._forget)

    @property
    def busy(self) -> bool:
        """Whether a picture that is in view is being made or waited for."""
        return self._busy or bool(self._wanted)

    def _forget(self) -> None:
        self._wanted.clear()

    def _want(self, lesion_id: int) -> None:
        self._wanted.append(lesion_id)
        self._next()

    def _next(self) -> None:
        document = self._session.document
        if self._busy or document is None or not self._wanted:
            return
        ids, self._wanted[-_AT_ONCE:] = self._wanted[-_AT_ONCE:], []
        lesions = [x for x in map(self._model.lesion, ids) if x is not None]
        self._busy = True
        image, labels = document.image, document.labels.array
        run_task(
            lambda: _Made(
                document, [(x, lesion_picture(image, labels, x, SIDE_PX)) for x in lesions]
            ),
            on_done=self._on_made,
            on_error=self._on_error,
            doing="drawing lesions for the list",
        )

    def _on_made(self, made: _Made) -> None:
        self._busy = False
        if self._session.is_shown(made.document):
            for lesion, picture in made.pictures:
                # One that changed meanwhile is asked for again.
                if self._model.lesion(lesion.id) is lesion:
                    self._model.set_picture(lesion.id, pixmap_of(picture))
        self._next()

    def _on_error(self, error: AppError) -> None:
        self._busy = False
        self._session.fail(error)
