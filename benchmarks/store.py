"""How quickly a large project opens, a stroke is on the disk, and photos are switched.

    python benchmarks/store.py --json

Figures, one JSON object last:

- `open_s`: a project of 10,000 photos, from the call until the list's records are there (median of
  the runs); `scan_s` the look through the folder that follows in the background.
- `stroke_ms_p99`: from the end of a stroke on a 2048² photo in the real window until its commit is
  on the disk; `stroke_said_ms_p99`: until the window says "Saved", its painting included;
  `stroke_ui_ms_p99`: what the UI thread spends on writing it down.
- `journal_ms_p99`: the commit alone, in the calling thread.
- `switch_ms_p99`: from the request until a photo with its mask is on screen, two 2048² photos that
  are both kept open; `switch_cold_ms_p99`: the same where each is read from the disk anew.
- `rss_growth_mb`: growth of the memory between the 100th and the 500th switch.
- `journal_share`: bytes of the journal as a share of all bytes of the project after a scripted hour
  (60 photos, 12 strokes each, saved as the window saves).
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _report import ROOT, report
from _window import close, open_window, wait

PHOTOS = 10_000
STROKES = 300
SWITCHES = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="accepted for uniformity")
    parser.add_argument("--photos", type=int, default=PHOTOS)
    args = parser.parse_args()
    del args.json
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="plantseg-store-") as name:
        work = Path(name)
        os.environ["PLANTSEG_HOME"] = str(work / "home")
        figures: dict[str, Any] = {}
        figures |= measure_open(work / "many", args.photos)
        figures |= measure_hour(work / "hour")
        figures |= measure_window(work / "few")
        report(figures | {"load_1min": os.getloadavg()[0]})
    return 0


def p99(values: list[float]) -> float:
    """99th percentile, ms from s."""
    return round(1000 * float(np.percentile(values, 99)), 2)


def measure_open(folder: Path, count: int) -> dict[str, Any]:
    """A project of many photos, each with numbers in the list."""
    from plantseg_gui.storage.project import Project

    folder.mkdir()
    for number in range(count):
        # Not decoded here: only names, sizes and times are looked at.
        (folder / f"leaf_{number:05d}.jpg").write_bytes(b"\xff\xd8" + str(number).encode())
    project = Project.open_folder(folder)
    began = time.perf_counter()
    project.scan()
    first_scan_s = time.perf_counter() - began
    with project._database.transaction() as connection:
        connection.execute(
            "UPDATE photos SET status = 'corrected', severity_pct = 3.2, lesion_count = 7,"
            " width = 2048, height = 2048, sha256 = hex(randomblob(32))"
        )
    project.close()
    opened, scanned = [], []
    for _ in range(5):
        began = time.perf_counter()
        project = Project.open_folder(folder)
        records = project.photos()
        opened.append(time.perf_counter() - began)
        began = time.perf_counter()
        project.scan()
        scanned.append(time.perf_counter() - began)
        project.close()
        assert len(records) == count
    return {
        "open_s": statistics.median(opened),
        "scan_s": statistics.median(scanned),
        "first_scan_s": first_scan_s,
    }


def draw(folder: Path, count: int, size: int) -> None:
    """Drawn leaves as JPEG."""
    import cv2

    from plantseg_gui.core.drawn_leaf import draw_leaf

    folder.mkdir()
    for number in range(count):
        leaf = draw_leaf(900 + number % 2, size)
        cv2.imwrite(str(folder / f"leaf_{number:02d}.jpg"), leaf.image[..., ::-1])


def stroke(document: Any, number: int) -> None:
    """One stroke of a person: a curve of 40 dabs."""
    from plantseg_gui.core.painting import StrokePainter

    rng = np.random.default_rng(number)
    painter = StrokePainter(document, "lesion" if number % 4 else "healthy", 9.0)
    height, width = document.height, document.width
    y, x = rng.uniform(0.1, 0.8, 2) * (height, width)
    painter.press(y, x)
    for step in range(40):
        painter.move([(y + 2.0 * step, x + 30 * np.sin(step / 6))])
    painter.release()


def measure_hour(folder: Path) -> dict[str, Any]:
    """What the journal weighs after a scripted hour."""
    from plantseg_gui.core.document import Document
    from plantseg_gui.core.resume import resume_document
    from plantseg_gui.storage.project import Entry, PhotoArrays, Project

    draw(folder, 2, 2048)
    first = (folder / "leaf_00.jpg").read_bytes()
    for number in range(2, 60):
        # Other content, same picture: a comment after the end of the image.
        (folder / f"leaf_{number:02d}.jpg").write_bytes(first + str(number).encode())
    project = Project.open_folder(folder)
    project.scan()
    image = np.zeros((2048, 2048, 3), np.uint8)
    took = []

    def save(document: Document) -> None:
        arrays = PhotoArrays(document.labels.array.copy(), document.touched.copy())
        seq = document.journaled_seq
        project.save(document.document_id, arrays, status=document.status, saved_seq=seq)

    for record in project.photos():
        document = resume_document(
            record.photo_id, image, None, None, project.work(record.photo_id).rows
        )
        for number in range(12):
            stroke(document, number)
            waiting = document.pending.first()
            entries = [Entry(record.photo_id, o, document.status) for o in waiting]
            began = time.perf_counter()
            document.journaled_seq = project.journal(entries)[record.photo_id]
            took.append(time.perf_counter() - began)
            document.pending.written(len(waiting))
            if number % 4 == 3:  # the autosave, and leaving the photo
                save(document)
    rows = project._database.query("SELECT COALESCE(SUM(LENGTH(data) + 120), 0) AS n FROM journal")
    journal = int(rows[0]["n"])
    project.close()
    whole = sum(f.stat().st_size for f in project.home.rglob("*") if f.is_file())
    database = (project.home / "project.sqlite").stat().st_size
    return {
        "journal_ms_p99": p99(took),
        "journal_bytes_per_stroke": round(journal / len(took)),
        "journal_share": journal / whole,
        "database_bytes": database,
        "project_bytes": whole,
    }


def measure_window(folder: Path) -> dict[str, Any]:
    """Strokes and switches in the real window, the model out of the way."""
    from dataclasses import replace

    import psutil

    from plantseg_gui.storage.settings import load_settings, save_settings
    from plantseg_gui.ui.presenters import open_save

    draw(folder, 2, 2048)
    save_settings(replace(load_settings(), predict_on_open=False, uncertainty_on_open=False))
    window = open_window()
    window.projects.open_paths([folder])
    wait(lambda: window.session.document is not None)
    ids = [record.photo_id for record in window.session.project.photos()]
    from PySide6.QtCore import QCoreApplication, QEventLoop

    def until(condition: Any) -> None:
        while not condition():
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)

    def switch(photo_id: str) -> float:
        began = time.perf_counter()
        window.store.show(photo_id)
        until(lambda: window.session.photo_id == photo_id)
        window.canvas.viewport().repaint()
        return time.perf_counter() - began

    ui, durable, said = list[float](), list[float](), list[float]()
    committed = [0.0]
    project, journal = window.session.project, window.store.journal
    real_journal, real_write = project.journal, journal.write

    def timed_journal(entries: Any) -> Any:
        found = real_journal(entries)
        committed[0] = time.perf_counter()
        return found

    def timed_write() -> None:
        began = time.perf_counter()
        real_write()
        ui.append(time.perf_counter() - began)

    project.journal, journal.write = timed_journal, timed_write
    for number in range(STROKES):
        stroke(window.session.document, number)
        released = time.perf_counter()
        until(lambda: not window.store.journal.waiting)
        said.append(time.perf_counter() - released)
        durable.append(max(0.0, committed[0] - released))
        time.sleep(0.01)
    project.journal, journal.write = real_journal, real_write
    wait(lambda: not window.store._saving)
    for photo_id in ids:
        switch(photo_id)
        for number in range(30):
            stroke(window.session.document, 1000 + number)
        until(lambda: not window.store.journal.waiting)
    wait(lambda: not window.store.unsaved())
    process = psutil.Process()
    warm: list[float] = []
    early = 0.0
    for number in range(SWITCHES):
        warm.append(switch(ids[number % 2]))
        if number == 100:
            early = process.memory_info().rss
    late = process.memory_info().rss
    open_save.KEPT_PX = 0
    cold = [switch(ids[number % 2]) for number in range(100)]
    figures = {
        "stroke_ms_p99": p99(durable),
        "stroke_ms_median": round(1000 * statistics.median(durable), 2),
        "stroke_said_ms_p99": p99(said),
        "stroke_ui_ms_p99": p99(ui),
        "switch_ms_p99": p99(warm),
        "switch_ms_median": round(1000 * statistics.median(warm), 2),
        "switch_cold_ms_p99": p99(cold),
        "switch_cold_ms_median": round(1000 * statistics.median(cold), 2),
        "rss_growth_mb": (late - early) / 2**20,
        "rss_mb": late / 2**20,
    }
    close(window)
    return figures


if __name__ == "__main__":
    assert ROOT
    raise SystemExit(main())
