"""Names the photos that are there twice: the same file, or one that looks like it.

What is known from earlier is compared in the pool when a project is opened; a photo that is looked
at now is added in under a millisecond. Nothing is removed or merged: the person decides.
"""

from typing import NamedTuple

from PySide6.QtCore import QObject

from plantseg_gui.core.duplicates import DuplicateIndex, Fingerprint
from plantseg_gui.core.errors import AppError
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.storage.project import Project
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.session import Session
from plantseg_gui.ui.presenters.thumbnails import Thumbnails

NAMED = 3


class _Known(NamedTuple):
    project: Project
    photos: DuplicateIndex
    paired: list[str]


class Duplicates(QObject):
    """See the module's text."""

    def __init__(
        self,
        session: Session,
        photos: PhotosPanel,
        thumbnails: Thumbnails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._photos, self._thumbnails = session, photos, thumbnails
        self._index: DuplicateIndex | None = None
        self._early: list[Fingerprint] = []
        session.project_opened.connect(self._on_project)
        thumbnails.looked_at.connect(self._on_looked_at)

    @property
    def ready(self) -> bool:
        """Whether what is known from earlier has been compared."""
        return self._index is not None

    def _on_project(self) -> None:
        self._index, self._early = None, []
        self._photos.set_twins({})
        project = self._session.project
        if project is not None:
            run_task(
                lambda: _known(project),
                on_done=self._on_known,
                on_error=self._on_error,
                doing="looking for photos that are there twice",
            )

    def _on_known(self, known: _Known) -> None:
        if known.project is not self._session.project:
            return
        self._index = known.photos
        early, self._early = self._early, []
        self._name({*known.paired, *self._index.add(early)})
        self._thumbnails.look_later(
            [key for key in self._session.records if key not in known.photos]
        )

    def _on_error(self, error: AppError) -> None:
        # The list is as useful without: photos are compared as they are looked at.
        del error
        self._index = DuplicateIndex()
        self._name(self._index.add(self._early))

    def _on_looked_at(self, made: Fingerprint) -> None:
        if self._index is None:
            self._early.append(made)
        else:
            self._name(self._index.add([made]))

    def _name(self, photo_ids: set[str]) -> None:
        # Empty texts would take back all marks.
        if photo_ids:
            self._photos.set_twins({photo_id: self._text(photo_id) for photo_id in photo_ids})

    def _text(self, photo_id: str) -> str:
        assert self._index is not None
        twins = self._index.twins(photo_id)
        lines = (("Same photo as", twins.same), ("Looks like", twins.alike))
        told = ((words, self._names(ids)) for words, ids in lines)
        return "\n".join(f"{words} {names}" for words, names in told if names)

    def _names(self, photo_ids: tuple[str, ...]) -> str:
        """The first three names, and how many more."""
        records = self._session.records
        names = [records[key].name for key in photo_ids if key in records]
        more = len(names) - NAMED
        return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _known(project: Project) -> _Known:
    """Compare what earlier sessions found out; runs in the pool."""
    index = DuplicateIndex()
    index.add(project.hashes.load())
    return _Known(project, index, index.paired())
