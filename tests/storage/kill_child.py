"""Works without end and says what is acknowledged; its parent kills it.

It imports core and storage alone. To make hundreds of kills affordable it is a server: it reads
"folder first-number seed" lines and forks a writer for each, so that Python starts only once.
"""

import os
import sys
from pathlib import Path

import numpy as np

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.storage.arrays import PhotoArrays
from plantseg_gui.storage.project import Entry, Project

SIZE = (128, 160)


def opened(project: Project, photo_id: str) -> Document:
    """The photo's document with its journal."""
    return project.work(photo_id).document(photo_id, np.zeros((*SIZE, 3), np.uint8))


def stroke(document: Document, number: int) -> None:
    """A stroke whose labels tell its number, at a place that depends on it."""
    rng = np.random.default_rng(number)
    y, x = int(rng.integers(1, SIZE[0] - 20)), int(rng.integers(0, SIZE[1] - 20))
    rect = Rect(y, x, y + int(rng.integers(2, 20)), x + int(rng.integers(2, 20)))
    document.history.begin("Brush")
    document.history.paint(rect, rng.integers(0, 9, (rect.height, rect.width)).astype(np.uint16))
    # The first two pixels hold the number.
    document.history.paint(Rect(0, 0, 1, 2), np.array([divmod(number, 60_000)], np.uint16))
    document.history.commit()


def acknowledge(project: Project, document: Document) -> None:
    """What the window does after each stroke."""
    waiting = document.pending.first()
    if not waiting:
        return  # the stroke of a number that was written, but not acknowledged, before the kill
    entries = [Entry(document.document_id, o, document.status) for o in waiting]
    document.journaled_seq = project.journal(entries)[document.document_id]
    document.pending.written(len(waiting))


def checkpoint(project: Project, document: Document) -> None:
    """What the window does every few seconds."""
    project.save(
        document.document_id,
        PhotoArrays(document.labels.array.copy(), document.touched.copy()),
        status=document.status,
        saved_seq=document.journaled_seq,
    )


def write_without_end(folder: Path, number: int, out: int) -> None:
    """Strokes, undo and redo on all photos, with a save now and then."""
    project = Project.open_folder(folder)
    assert not project.read_only, project.notes
    project.scan()
    documents = [opened(project, record.photo_id) for record in project.photos()]
    os.write(out, b"ready\n")
    while True:
        number += 1
        document = documents[number % len(documents)]
        if number % 11 == 0:
            document.undo()
            acknowledge(project, document)
            document.redo()
        stroke(document, number)
        acknowledge(project, document)
        os.write(out, f"{document.document_id} {number}\n".encode())
        if number % 5 == 0:
            checkpoint(project, document)


def serve() -> None:
    """Fork a writer for every line on stdin; answer with its process id."""
    for line in sys.stdin:
        folder, number, fifo = line.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            out = os.open(fifo, os.O_WRONLY)
            try:
                write_without_end(Path(folder), int(number), out)
            except BaseException as error:  # noqa: BLE001 - told to the parent
                os.write(out, f"Traceback {error!r}\n".encode())
            os._exit(3)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    serve()
