"""Writes masks, maps and the table of numbers: the work as it is saved, corrections included."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from plantseg_gui.core.cancel import CancelToken
from plantseg_gui.core.errors import AppError, InputError, StorageError
from plantseg_gui.core.labels import HEALTHY, UNSURE
from plantseg_gui.core.results import Prediction
from plantseg_gui.jobs.io_pool import run_task
from plantseg_gui.jobs.job_model import JobModel
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.formats.annotation import Annotation, WriteOptions, Written
from plantseg_gui.storage.formats.registry import write
from plantseg_gui.storage.map_files import map_file, write_maps
from plantseg_gui.storage.masks import write_labels, write_mask
from plantseg_gui.storage.output_names import output_bases
from plantseg_gui.storage.photo_facts import read_photo_facts
from plantseg_gui.storage.project import PhotoRecord, Project
from plantseg_gui.storage.tables import write_csv
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.dialogs.export import ExportDialog, ExportOrder
from plantseg_gui.ui.panels.photos import PhotosPanel
from plantseg_gui.ui.presenters.open_save import OpenSave
from plantseg_gui.ui.presenters.session import Session

TABLE_NAME = "table.csv"
UNCERTAINTY = ("variance", "energy")
Row = dict[str, Any]


class Export(QObject):
    """See the module's text.

    Attributes:
        written: Masks for another program that were written by now; from the pool.
    """

    written = Signal(int)

    def __init__(
        self,
        session: Session,
        store: OpenSave,
        photos: PhotosPanel,
        jobs: JobModel,
        actions: Actions,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._store, self._jobs = session, store, jobs
        self._photos = photos
        self._actions, self._window = actions, window
        self._token = CancelToken()
        self._job = 0
        self._last: Path | None = None
        self._records: list[PhotoRecord] = []
        self._rows: list[Row] = []
        self._failed: list[AppError] = []
        actions["export"].triggered.connect(self.ask)
        self.written.connect(self._on_written)
        session.project_opened.connect(self._refresh)
        session.record_changed.connect(lambda _: self._refresh())
        self._refresh()

    def ask(self) -> None:
        """Ask what and where, then write."""
        project = self._session.project
        if project is None or self._job:
            return
        counts = {s: len(self._chosen(s)) for s in ("all", "approved", "marked", "shown")}
        folder = self._last or project.folder.with_name(f"{project.folder.name} export")
        dialog = ExportDialog(folder, counts, self._window)
        if dialog.exec():
            self.write(dialog.order())

    def write(self, order: ExportOrder) -> None:
        """Save what is open, then write the files, photo by photo."""
        self._last = order.folder
        self._store.flush(lambda failed: self._begin(order, failed))

    @property
    def running(self) -> bool:
        """Whether files are being written."""
        return bool(self._job)

    def stop(self) -> None:
        """Write no more photos."""
        self._token.cancel()

    def _begin(self, order: ExportOrder, failed: list[AppError]) -> None:
        if failed:
            # The files would hold the masks of before.
            self._session.fail(StorageError(f"Not exported. {failed[0].what}", failed[0].do))
            return
        project = self._session.project
        if project is None or self._job:
            return
        records = self._records = self._chosen(order.scope)
        self._token, self._rows, self._failed = CancelToken(), [], []
        self._job = self._jobs.add("Exporting", self._token.cancel)
        self._step(project, order, records, export_names(records), 0)

    def _step(
        self,
        project: Project,
        order: ExportOrder,
        records: Sequence[PhotoRecord],
        names: Sequence[str],
        place: int,
    ) -> None:
        self._jobs.update(self._job, place, len(records), "Exporting")
        if place >= len(records) or self._token.cancelled:
            self._finish(order, cancelled=self._token.cancelled)
            return
        record = records[place]

        def go_on(result: Row | AppError) -> None:
            if isinstance(result, AppError):
                self._failed.append(result)
            else:
                self._rows.append(result)
            disk = isinstance(result, StorageError) and len(self._failed) == place + 1 >= 3
            # A full disk or a folder that cannot be written to fails for every photo.
            self._step(project, order, records, names, len(records) if disk else place + 1)

        run_task(
            lambda: export_photo(project, record, order, names[place]),
            on_done=go_on,
            on_error=go_on,
            doing=f"exporting {record.path}",
        )

    def _finish(self, order: ExportOrder, *, cancelled: bool) -> None:
        rows, failed = self._rows, self._failed

        def done(_: object) -> None:
            self._jobs.remove(self._job)
            self._job = 0
            if failed:
                self._session.fail(
                    StorageError(
                        f"{len(failed)} photo(s) were not exported. The first: {failed[0].what}",
                        failed[0].do,
                    )
                )
            stopped = "Export stopped" if cancelled or self._token.cancelled else "Exported"
            count = f"{len(rows)} photo{'s' if len(rows) != 1 else ''}"
            self._session.say(f"{stopped}: {count} in {order.folder}.")

        def broke(error: AppError) -> None:
            if not self._token.cancelled:
                failed.append(error)
            done(None)

        def annotate(_: object) -> None:
            project = self._session.project
            if not order.annotations or cancelled or project is None:
                done(None)
                return
            # A part of its own, with a time left of its own.
            self._jobs.remove(self._job)
            self._job = self._jobs.add(f"Writing {order.annotations}", self._token.cancel)
            records, token, tell = self._records, self._token, self.written.emit
            run_task(
                lambda: write_annotations(project, records, order, token, tell),
                on_done=told,
                on_error=broke,
                doing=f"writing {order.annotations}",
            )

        def told(written: Written) -> None:
            if written.notes:
                more = f" (and {len(written.notes) - 1} more)" if len(written.notes) > 1 else ""
                self._session.fail(InputError(f"Exported. {written.notes[0]}{more}"))
            done(None)

        if "table" in order.kinds and rows:
            run_task(
                lambda: write_csv(order.folder / TABLE_NAME, rows), on_done=annotate, on_error=broke
            )
        else:
            annotate(None)

    def _on_written(self, done: int) -> None:
        self._jobs.update(self._job, done, len(self._records))

    def _chosen(self, scope: str) -> list[PhotoRecord]:
        records = [r for r in self._session.records.values() if r.status != "new" and not r.error]
        if scope == "approved":
            return [r for r in records if r.status == "approved"]
        if scope == "marked":
            marked = set(self._photos.marked_ids()) if self._photos.marked_count() > 1 else set()
            return [r for r in records if r.photo_id in marked]
        if scope == "shown":
            return [r for r in records if r.photo_id == self._session.photo_id]
        return records

    def _refresh(self) -> None:
        some = any(r.status != "new" for r in self._session.records.values())
        self._actions.enable(some, "export")


def export_names(records: Sequence[PhotoRecord]) -> list[str]:
    """Beginning of each photo's file names; a photo outside the folder gives its name alone."""
    places = [PurePosixPath(r.name if not Path(r.name).is_absolute() else r.path.name)
              for r in records]  # fmt: skip
    return [base.as_posix() for base in output_bases(places)]


def export_photo(project: Project, record: PhotoRecord, order: ExportOrder, name: str) -> Row:
    """Write the files of one photo; runs in the pool.

    Returns:
        Its line of the table.
    """
    fresh = project.photo(record.photo_id)
    row = table_row(fresh) | _photo_facts(fresh.path, with_place="place" in order.kinds)
    kinds = order.kinds - {"table", "place"}
    try:
        arrays = project.load(record.photo_id)
    except AppError:
        if kinds:
            raise
        return row | _run_facts(None)  # the numbers themselves are in the list
    row |= _run_facts(arrays.prediction)
    if kinds:
        row |= _write_maps(order.folder / name, arrays, kinds)
    return row


def write_annotations(
    project: Project,
    records: Sequence[PhotoRecord],
    order: ExportOrder,
    token: CancelToken,
    tell: Callable[[int], object] = lambda _: None,
) -> Written:
    """Write the masks for another program; runs in the pool.

    Args:
        project: Of the photos.
        records: The photos.
        order: Format and folder.
        token: Stops it.
        tell: Gets how many masks were taken up by now.

    Raises:
        StorageError: a file could not be written.
        Cancelled: stopped in between.
    """
    names = export_photo_names(records)

    def masks() -> Iterator[Annotation]:
        for place, (record, name) in enumerate(zip(records, names, strict=True)):
            token.raise_if_cancelled()
            tell(place)
            labels = project.load(record.photo_id).labels
            if labels is not None:
                yield Annotation(name, labels)

    folder = order.folder / order.annotations
    options = WriteOptions(photos=project.folder, names=tuple(names))
    return write(order.annotations, masks(), folder, options)


def export_photo_names(records: Sequence[PhotoRecord]) -> list[str]:
    """What the photos are called in files for other programs; one from elsewhere by its name."""
    return [r.path.name if Path(r.name).is_absolute() else r.name for r in records]


def _photo_facts(path: Path, *, with_place: bool) -> Row:
    """Date, camera and, when asked for, place, as the photo's file says them."""
    try:
        facts = read_photo_facts(path).record(with_place=with_place)
    except AppError:
        return {}
    names = ["captured", "camera_make", "camera_model"]
    names += ["latitude", "longitude", "altitude_m"] if with_place else []
    return {name: facts[name] for name in names}


def _run_facts(prediction: Prediction | None) -> Row:
    """With what the model's mask was made; None without one."""
    if prediction is None:
        return {"threshold": None, "model_threshold": None, "scale_factor": None}
    return {
        "threshold": round(prediction.threshold, 4),
        "model_threshold": round(prediction.own_threshold, 4),
        "scale_factor": prediction.scale,
    }


def table_row(record: PhotoRecord) -> Row:
    """The numbers of one photo."""
    return {
        "image": record.name,
        "status": record.status,
        "tags": list(record.tags),
        "severity_percent": record.severity_pct,
        "disease_probability": record.disease_probability,
        "lesion_count": record.lesion_count,
        "lesion_area_px": record.lesion_area_px,
        "leaf_area_px": record.leaf_area_px,
        "doubt": None if record.doubt is None else round(record.doubt, 4),
        "width": record.width,
        "height": record.height,
        "model": record.model,
        "reason": record.reason,
        "time_spent_s": round(record.spent_s, 1),
        "corrected_by": record.corrected_by,
        "corrected_at": record.corrected_at,
        "approved_by": record.approved_by,
        "approved_at": record.approved_at,
    }


def _write_maps(base: Path, arrays: PhotoArrays, kinds: frozenset[str]) -> Row:
    """Write what is there of the maps asked for; returns columns for the table."""
    labels, prediction = arrays.labels, arrays.prediction
    if labels is not None and "mask" in kinds:
        write_mask(map_file(base, "mask"), (labels != HEALTHY) & (labels != UNSURE))
    if labels is not None and "instances" in kinds:
        write_labels(map_file(base, "instances"), labels)
    if prediction is None:
        return {}
    names: list[str] = [name for name in ("leaf", "probability", "attention") if name in kinds]
    if "uncertainty" in kinds and prediction.uncertainty is not None:
        names += UNCERTAINTY
    infos = write_maps(base, tuple(names), prediction)
    return {
        f"{name}_{key}": infos[name][key]
        for name in UNCERTAINTY
        if name in infos
        for key in ("offset", "scale")
    }
