"""What the files say beside their names, and which photos are there twice, in a real window."""

import shutil
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from PIL import Image

from plantseg_gui.storage.images import read_photo
from plantseg_gui.storage.photo_facts import PhotoFacts
from plantseg_gui.ui.panels.photo_model import PhotoRole
from plantseg_gui.ui.presenters import thumbnails
from plantseg_gui.ui.presenters.photo_facts import facts_line, facts_tip, place_text
from tests.helpers.icc import rgb_profile
from tests.storage.test_photo_facts import camera_exif
from tests.ui.conftest import WAIT_MS, wait_photo

FACTS = PhotoFacts(
    4000,
    3000,
    "JPEG",
    captured=datetime(2024, 5, 17, 14, 3, 22, tzinfo=timezone(timedelta(hours=2))),
    camera_make="NIKON CORPORATION",
    camera_model="NIKON D90",
    latitude=48.5200944,
    longitude=-9.05,
    altitude_m=412.4,
    colours="Adobe RGB (1998), converted to sRGB",
)


def test_the_words():
    assert facts_line(FACTS) == "2024-05-17 14:03 · NIKON D90 · GPS"
    assert facts_tip(FACTS).splitlines() == [
        "Taken: 2024-05-17 14:03:22 (UTC+02:00)",
        "Camera: NIKON D90",
        "Place: 48.52009° N, 9.05000° W, 412 m",
        "Size: 4,000 × 3,000 px, JPEG",
        "Colours: Adobe RGB (1998), converted to sRGB",
        "The place stays out of exports.",
    ]
    bare = PhotoFacts(9, 8, "PNG")
    assert facts_line(bare) == ""
    assert facts_tip(bare) == "Size: 9 × 8 px, PNG"
    assert place_text(bare) == ""
    assert place_text(PhotoFacts(9, 8, "PNG", latitude=-1.0, longitude=2.0)) == (
        "1.00000° S, 2.00000° E"
    )


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(thumbnails, "LATER_PAUSE_MS", 1)


def twins_of(window, name):
    model = window.photos.model
    row = next(r for r in model.rows if r.path.name == name)
    return model.data(model.index(model.place(row.photo_id)), PhotoRole.TWINS)


def photo_id(window, name):
    return next(r.photo_id for r in window.photos.model.rows if r.path.name == name)


def test_facts_follow_the_photo_on_screen(window, photo_folder, qtbot):
    first, second, _ = sorted(photo_folder.glob("*.png"))
    rgb = read_photo(first)
    icc = rgb_profile("Wide camera")
    Image.fromarray(rgb).save(photo_folder / "a.jpg", exif=camera_exif(), icc_profile=icc)
    pages = [Image.fromarray(rgb), Image.fromarray(rgb)]
    pages[0].save(photo_folder / "b.tif", save_all=True, append_images=pages[1:])
    window.resize(1600, 900)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=WAIT_MS)
    line = window.stage.facts
    window.store.show(photo_id(window, "a.jpg"))
    wait_photo(qtbot, window, photo_id(window, "a.jpg"))
    qtbot.waitUntil(lambda: line.facts.whole != "", timeout=WAIT_MS)
    assert line.facts.whole == "2024-05-17 14:03 · NIKON D90 · GPS"
    assert "Wide camera, converted to sRGB" in line.facts.toolTip()
    assert line.note.whole == ""
    window.store.show(photo_id(window, "b.tif"))
    wait_photo(qtbot, window, photo_id(window, "b.tif"))
    qtbot.waitUntil(lambda: line.note.whole != "", timeout=WAIT_MS)
    assert line.note.whole == "Only the first page of 2 is used."
    assert line.facts.whole == ""
    window.store.show(photo_id(window, second.name))
    wait_photo(qtbot, window, photo_id(window, second.name))
    qtbot.waitUntil(lambda: line.note.whole == "", timeout=WAIT_MS)


def make_copies(folder):
    """The same file again, and the same photo turned, smaller and recompressed."""
    first = sorted(folder.glob("*.png"))[0]
    shutil.copy(first, folder / "x copy.png")
    small = Image.fromarray(np.rot90(read_photo(first)).copy()).resize((150, 150))
    small.save(folder / "x small.jpg", quality=60)
    return first.name


def test_duplicates_are_named_now_and_the_next_time(make_window, shelf, photo_folder, qtbot, quick):
    name = make_copies(photo_folder)
    window = make_window()
    window.start([photo_folder])
    qtbot.waitUntil(lambda: bool(twins_of_or_none(window, name)), timeout=WAIT_MS)
    both = "Same photo as x copy.png\nLooks like x small.jpg"
    qtbot.waitUntil(lambda: twins_of(window, name) == both, timeout=WAIT_MS)
    names = {name, "x copy.png"}
    looks = twins_of(window, "x small.jpg")
    assert looks.startswith("Looks like ")
    assert set(looks.removeprefix("Looks like ").split(", ")) == names
    others = [r.path.name for r in window.photos.model.rows]
    assert [twins_of(window, n) for n in others if n not in names | {"x small.jpg"}] == ["", ""]
    qtbot.waitUntil(lambda: not window.thumbnails.busy, timeout=WAIT_MS)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)

    again = make_window()
    # No photo is read: the marks are there from what was kept.
    again.thumbnails._make = lambda *_: None
    again.start([photo_folder])
    qtbot.waitUntil(lambda: bool(twins_of_or_none(again, name)), timeout=WAIT_MS)
    assert twins_of(again, name) == both


def twins_of_or_none(window, name):
    return twins_of(window, name) if window.photos.model.rowCount() else None


def test_photos_that_are_not_in_view_are_looked_at_too(
    make_window, shelf, photo_folder, qtbot, quick
):
    name = make_copies(photo_folder)
    window = make_window()
    # Nobody scrolls: no row asks for its picture.
    window.photos.model.thumbnail_wanted.disconnect()
    window.start([photo_folder])
    qtbot.waitUntil(lambda: "Looks like" in (twins_of_or_none(window, name) or ""), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.thumbnails._later, timeout=WAIT_MS)
    # Their pictures would push out those in view.
    assert not window.photos.model._thumbnails
    project = window.session.project
    qtbot.waitUntil(lambda: len(project.hashes.load()) == 5, timeout=WAIT_MS)


def test_another_project_forgets_the_marks(
    make_window, shelf, photo_folder, tmp_path, qtbot, quick
):
    name = make_copies(photo_folder)
    window = make_window()
    window.start([photo_folder])
    qtbot.waitUntil(lambda: bool(twins_of_or_none(window, name)), timeout=WAIT_MS)
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(photo_folder / name, other / name)
    window.projects.open_folder(other)
    qtbot.waitUntil(lambda: window.photos.model.rowCount() == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.duplicates.ready, timeout=WAIT_MS)
    assert twins_of(window, name) == ""
