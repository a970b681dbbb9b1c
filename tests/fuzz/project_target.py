"""A project of which one file was damaged: it opens, and keeps what it had."""

import contextlib
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from plantseg_gui.core.errors import AppError, InputError, StorageError
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.resume import resume_document
from plantseg_gui.storage.project import Entry, PhotoArrays, Project
from plantseg_gui.storage.project_files import PROJECT_FOLDER
from tests.helpers.fuzz import Target
from tests.storage.conftest import draw_photo

SIZE = (24, 32)
DATABASE, WAL, LOCK = "project.sqlite", "project.sqlite-wal", "project.lock"
# A cell of the database with another content, which SQLite itself does not notice.
CELL = "cell"
_VALUES = (0, 1, -1, 2, 3, 66, 10**9, 2**40, 2**62, 0.5, "", "x", "new", "approved", "ä/\0", "66")
_COLUMNS = {
    "photos": (
        *("photo_id", "path", "size", "mtime_ns", "sha256", "width", "height", "status", "tags"),
        *("model", "error", "severity_pct", "lesion_count", "missing", "revision", "saved_seq"),
        "last_seq",
    ),
    "journal": ("seq", "photo_id", "op", "approved", "undone", "batch", "data", "crc"),
}


class Projects(Target):
    """Two masks were saved twice and painted on since, one was only painted, one photo is new."""

    def seeds(self):
        self.photos, self.pristine = self.folder / "photos", self.folder / "pristine"
        self.home = self.photos / PROJECT_FOLDER
        for number, name in enumerate(("a.png", "b.png", "c.png", "new.png")):
            draw_photo(self.photos / name, number, SIZE)
        project = Project.open_folder(self.photos)
        project.scan()
        self.masks, self.ids = {}, {r.name: r.photo_id for r in project.photos()}
        project.set_tags(self.ids["new.png"], ["rust"])
        for number, name in enumerate(("a.png", "b.png", "c.png"), 1):
            _work(project, self.ids[name], number, saves=0 if name == "c.png" else 2)
            self.masks[name] = project.load(self.ids[name]).labels
        # As a crash leaves it: what was done last is in the write-ahead file alone.
        shutil.copytree(self.home, self.pristine, ignore=shutil.ignore_patterns("*-shm"))
        project.close()
        arrays = self.pristine / "arrays"
        self.saves = {path.name: path.read_bytes() for path in arrays.iterdir()}
        self.newest, self.earlier = (f"arrays/{self.ids['a.png']}.{n}.h5" for n in (2, 1))
        names = (DATABASE, WAL, LOCK, self.newest, self.earlier)
        seeds = {name: [(self.pristine / name).read_bytes()] for name in names}
        seeds[CELL] = [b""]
        # Names of cases are names of files.
        return {name.replace("/", "+"): found for name, found in seeds.items()}

    def case(self, seeds, number):
        name, data = super().case(seeds, number)
        rng = random.Random(number)
        table = rng.choice(("photos", "photos", "journal"))
        cell = (table, rng.choice(_COLUMNS[table]), rng.randrange(6), rng.choice(_VALUES))
        return name, json.dumps(cell).encode() if name == CELL else data

    def read(self, name, data):
        part = name.replace("+", "/")
        shutil.rmtree(self.home)
        shutil.copytree(self.pristine, self.home)
        if part == CELL:
            self._set_cell(data)
        else:
            (self.home / part).write_bytes(data)
        with self._opened() as project:
            project.scan()
            if part in (DATABASE, WAL, CELL):
                self._look_through(project)
            else:
                self._all_there(project)
        # Again: what is removed as superseded goes when a project is opened.
        with contextlib.suppress(StorageError), self._opened() as project:
            self._look_through(project)
        self._kept(part, data)

    def _set_cell(self, data: bytes) -> None:
        if not data:
            return
        table, column, number, value = json.loads(data)
        with contextlib.closing(sqlite3.connect(self.home / DATABASE)) as connection:
            row = f"SELECT rowid FROM {table} LIMIT 1 OFFSET {number}"
            with contextlib.suppress(sqlite3.IntegrityError), connection:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE rowid = ({row})", (value,)
                )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Project]:
        project = Project.open_folder(self.photos)
        try:
            yield project
        finally:
            project.close()

    def _all_there(self, project: Project) -> None:
        """Neither a damaged lock nor one damaged save may cost a stroke."""
        for name, labels in self.masks.items():
            assert np.array_equal(project.load(self.ids[name]).labels, labels), name
        assert project.photo(self.ids["new.png"]).tags == ("rust",)

    def _look_through(self, project: Project) -> None:
        """Nothing but words about what cannot be used."""
        for record in project.photos(include_missing=True):
            with contextlib.suppress(AppError):
                work = project.work(record.photo_id)
                project.load(record.photo_id)
                with contextlib.suppress(ValueError):
                    resume_document(
                        record.photo_id,
                        np.zeros((*SIZE, 3), np.uint8),
                        work.arrays.labels,
                        work.arrays.touched,
                        work.rows,
                        saved_seq=work.saved_seq,
                    )
            with contextlib.suppress(InputError):
                project.describe(record.photo_id)
        assert project.all_tags() is not None
        assert project.get("nothing") is None

    def _kept(self, part: str, data: bytes) -> None:
        """Nobody deletes a sound newest save, nor a damaged file."""
        files = {p.read_bytes() for p in self.home.rglob("*") if p.is_file()}
        for name, content in self.saves.items():
            if name != Path(part).name and name.endswith(".2.h5"):
                assert content in files, f"{name} is gone"
        if part in (self.newest, self.earlier):
            assert data in files, "the damaged file is gone"


def _work(project: Project, photo_id: str, number: int, saves: int) -> None:
    """Open, paint and save in turn, and paint once more."""
    project.work(photo_id)
    document = resume_document(photo_id, np.zeros((*SIZE, 3), np.uint8), None, None, ())
    for step in range(saves + 1):
        rect = Rect(6 * step, 3 * number, 6 * step + 5, 3 * number + 7)
        document.history.begin("Brush")
        shape = (rect.height, rect.width)
        document.history.paint(rect, np.full(shape, step + 1, np.uint16), np.ones(shape, bool))
        document.history.commit()
        waiting = document.pending.first()
        entries = [Entry(photo_id, o, document.status) for o in waiting]
        document.journaled_seq = project.journal(entries)[photo_id]
        document.pending.written(len(waiting))
        if step < saves:
            arrays = PhotoArrays(document.labels.array.copy(), document.touched.copy())
            seq = document.journaled_seq
            project.save(photo_id, arrays, status=document.status, saved_seq=seq)
