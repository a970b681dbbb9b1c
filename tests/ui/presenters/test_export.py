import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from plantseg_gui.storage.formats.registry import read_all
from plantseg_gui.storage.masks import read_labels, read_mask
from plantseg_gui.storage.photo_facts import PhotoFacts
from plantseg_gui.ui.dialogs.export import KINDS, ExportOrder
from plantseg_gui.ui.presenters.export import export_names
from tests.ui.conftest import paint, wait_saved


@dataclass(frozen=True)
class Named:
    name: str

    @property
    def path(self):
        return Path(self.name)


def test_names_mirror_folders_and_keep_the_suffix_where_two_clash():
    records = [Named("a/leaf.jpg"), Named("a/leaf.png"), Named("b/leaf.jpg"), Named("/else/x.jpg")]
    assert export_names(records) == ["a/leaf.jpg", "a/leaf.png", "b/leaf", "x"]
    assert export_names([Named("/p/x.jpg"), Named("/q/x.jpg")]) == ["x.jpg", "x.jpg_2"]


def test_export_writes_the_corrected_mask_maps_and_table(opened, qtbot, tmp_path):
    window = opened
    window.view.set_brush_px(30)
    paint(window, (60, 60), (60, 120))
    window.view.set_paint("unsure")
    paint(window, (160, 60), (160, 120))
    labels = window.session.document.labels.array.copy()
    wait_saved(qtbot, window)
    out = tmp_path / "out"
    window.export.write(ExportOrder(out, frozenset(KINDS), "shown"))
    qtbot.waitUntil(lambda: (out / "table.csv").is_file(), timeout=30_000)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10_000)
    stem = window.session.records[window.session.photo_id].path.stem
    assert np.array_equal(read_labels(out / f"{stem}_instances.png"), labels)
    mask = read_mask(out / f"{stem}_mask.png")
    assert np.array_equal(mask, (labels > 0) & (labels < 65535))
    for what in ("probability", "attention1", "attention2"):
        assert (out / f"{stem}_{what}.png").is_file()
    with (out / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert row["image"] == f"{stem}.png"
    assert row["status"] == "corrected"
    assert row["model"] == "tiny-test"
    assert int(row["lesion_count"]) > 0


def test_export_to_a_place_that_cannot_be_written_is_told(opened, qtbot, tmp_path):
    wait_saved(qtbot, opened)
    (tmp_path / "file").write_text("in the way")
    opened.export.write(ExportOrder(tmp_path / "file", frozenset({"mask"}), "shown"))
    qtbot.waitUntil(lambda: bool(opened.stage.notice.text), timeout=10_000)
    assert "not exported" in opened.stage.notice.text
    qtbot.waitUntil(lambda: not opened.jobs.jobs, timeout=10_000)


def test_tags_are_stored_and_exported(opened, qtbot):
    photo = opened.session.photo_id
    opened.review.set_tags([opened.session.records[photo]], ("coffee", "rust"))
    assert opened.session.records[photo].tags == ("coffee", "rust")
    project = opened.session.project
    qtbot.waitUntil(lambda: project.photo(photo).tags == ("coffee", "rust"), timeout=5000)
    assert opened.session.project.all_tags() == ["coffee", "rust"]


@pytest.mark.parametrize("key", ["coco", "labelme", "cellpose", "hdf5"])
def test_annotations_for_other_programs_come_back_the_same(opened, qtbot, tmp_path, key):
    opened.view.set_brush_px(30)
    paint(opened, (60, 60), (60, 120))
    wait_saved(qtbot, opened)
    labels = opened.session.document.labels.array.copy()
    out = tmp_path / "out"
    opened.export.write(ExportOrder(out, frozenset(), "shown", key))
    qtbot.waitUntil(lambda: (out / key).is_dir() and not opened.jobs.jobs, timeout=30_000)
    height, width = labels.shape
    found = [entry.decode(width, height) for entry in read_all(out / key, key)]
    assert [np.array_equal(a.labels > 0, labels > 0) for a in found] == [True]
    assert found[0].name == opened.session.records[opened.session.photo_id].name


@pytest.mark.parametrize("asked", [False, True])
def test_the_place_is_exported_only_when_asked_for(opened, qtbot, tmp_path, asked, monkeypatch):
    facts = PhotoFacts(
        width=9,
        height=9,
        format="JPEG",
        pages=1,
        camera_make="NIKON",
        latitude=52.5,
        longitude=13.4,
    )
    monkeypatch.setattr(
        "plantseg_gui.ui.presenters.export.read_photo_facts", lambda _path, _handle=None: facts
    )
    wait_saved(qtbot, opened)
    out = tmp_path / "out"
    kinds = frozenset({"table", "place"} if asked else {"table"})
    opened.export.write(ExportOrder(out, kinds, "shown"))
    qtbot.waitUntil(lambda: (out / "table.csv").is_file(), timeout=30_000)
    qtbot.waitUntil(lambda: not opened.jobs.jobs, timeout=10_000)
    text = (out / "table.csv").read_text(encoding="utf-8-sig")
    assert "NIKON" in text
    assert ("52.5" in text) is asked
    assert ("latitude" in text) is asked
