"""Import: nothing happens unseen, human work stays unless asked, one undo takes all of it back."""

import numpy as np
import pytest

from plantseg_gui.storage.formats.annotation import Annotation
from plantseg_gui.storage.formats.registry import read_all, write
from plantseg_gui.ui.dialogs.import_masks import ImportDialog
from plantseg_gui.ui.presenters import import_masks as presenter_module
from tests.ui.conftest import LEAF_PX, paint, wait_photo, wait_saved


@pytest.fixture
def calm(make_window, shelf, photo_folder, qtbot):
    """A window on the folder whose model does not run by itself."""
    window = make_window(predict_on_open=False)
    window.start([photo_folder])
    qtbot.waitUntil(lambda: window.session.document is not None, timeout=30_000)
    return window


def mask(number, size=LEAF_PX):
    labels = np.zeros((size, size), np.uint16)
    labels[20 : 40 + number, 30:60] = 1
    labels[100:120, 90:130] = 2
    labels[100:120, 140:150] = 65535
    return labels


@pytest.fixture
def coco(calm, ids, tmp_path):
    """A COCO file with a mask for each of the three photos, a stranger, and one of another size."""
    names = [calm.session.records[i].name for i in ids(calm)]
    items = [Annotation(name, mask(k)) for k, name in enumerate(names)]
    items += [Annotation("stranger.png", mask(0))]
    return write("coco", items, tmp_path / "coco").files[0]


def run(qtbot, window, path, **options):
    window.import_masks.run(path, **options)
    qtbot.waitUntil(lambda: not window.import_masks.running, timeout=30_000)
    wait_saved(qtbot, window)


def load(window, photo_id):
    return window.session.project.load(photo_id).labels


def test_masks_go_onto_open_and_closed_photos_and_back(calm, qtbot, ids, coco):
    run(qtbot, calm, coco)
    for number, photo_id in enumerate(ids(calm)):
        assert ((load(calm, photo_id) > 0) == (mask(number) > 0)).all()
        assert calm.session.project.photo(photo_id).status == "corrected"
    assert calm.session.document.history.names == ["Import masks"]
    assert "Masks of 3 photos imported" in calm.status.message
    calm.batch.undo(calm.batch._acts[-1]["id"])
    qtbot.waitUntil(lambda: not calm.batch.running, timeout=30_000)
    wait_saved(qtbot, calm)
    assert not any(load(calm, i).any() for i in ids(calm))


def test_corrected_masks_stay_unless_asked(calm, qtbot, ids, coco):
    photo = calm.session.photo_id
    paint(calm, (60, 60), (60, 90))
    wait_saved(qtbot, calm)
    drawn = load(calm, photo).copy()
    run(qtbot, calm, coco)
    assert (load(calm, photo) == drawn).all()
    run(qtbot, calm, coco, over_work=True)
    assert ((load(calm, photo) > 0) == (mask(ids(calm).index(photo)) > 0)).all()
    calm.correct.undo()
    wait_saved(qtbot, calm)
    assert (load(calm, photo) == drawn).all()


def test_an_approval_does_not_outlive_the_mask(calm, qtbot, ids, coco):
    second = ids(calm)[1]
    calm.store.show(second)
    wait_photo(qtbot, calm, second)
    calm.session.document.approve(True)
    wait_saved(qtbot, calm)
    run(qtbot, calm, coco, over_work=True)
    assert calm.session.project.photo(second).status == "corrected"
    assert not calm.session.document.approved


def test_the_dialog_says_what_goes_where_and_what_does_not(calm, qtbot, ids, coco):
    paint(calm, (60, 60), (60, 90))
    wait_saved(qtbot, calm)
    dialog = ImportDialog("", calm)
    qtbot.addWidget(dialog)
    dialog.look.connect(lambda path, key: calm.import_masks._look(dialog, path, key))
    dialog.set_path(coco)
    qtbot.waitUntil(lambda: dialog.chosen() == 2, timeout=30_000)
    texts = [
        dialog._table.item(row, column).text()
        for row in range(dialog._table.rowCount())
        for column in range(4)
    ]
    assert any("No photo of this project is called stranger.png" in t for t in texts)
    assert any("a person corrected this photo" in t for t in texts)
    assert "2 masks will be imported. 2 masks will not" in dialog._summary.text()
    dialog._over.setChecked(True)
    assert dialog.chosen() == 3
    assert dialog._go.text() == "Import 3"


def test_what_is_no_annotation_is_said_in_the_dialog(calm, qtbot, tmp_path):
    bad = tmp_path / "x.json"
    bad.write_text("{}")
    dialog = ImportDialog("", calm)
    qtbot.addWidget(dialog)
    dialog.look.connect(lambda path, key: calm.import_masks._look(dialog, path, key))
    dialog.set_path(bad)
    qtbot.waitUntil(
        lambda: (
            dialog._table.rowCount() > 0
            or ("x.json" in dialog._summary.text() and "Reading" not in dialog._summary.text())
        ),
        timeout=30_000,
    )
    assert not dialog._go.isEnabled()


def test_the_project_travels_as_one_zip(calm, qtbot, ids, tmp_path):
    paint(calm, (60, 60), (60, 90))
    wait_saved(qtbot, calm)
    photo = calm.session.photo_id
    drawn = load(calm, photo).copy()
    name = calm.session.records[photo].name
    target = tmp_path / "copy.zip"
    calm.copies.save(target, photos=True)
    qtbot.waitUntil(lambda: target.exists() and not calm.copies._job, timeout=30_000)
    calm.copies.open(target, tmp_path / "elsewhere")
    qtbot.waitUntil(
        lambda: (
            calm.session.project is not None
            and calm.session.project.folder == tmp_path / "elsewhere"
        ),
        timeout=30_000,
    )
    again = next(r for r in calm.session.project.photos() if r.name == name)
    assert (load(calm, again.photo_id) == drawn).all()


def test_open_masks_are_written_elsewhere_whatever_the_project_does(calm, qtbot, tmp_path):
    paint(calm, (60, 60), (60, 90))
    drawn = calm.session.document.labels.array.copy()
    calm.copies.write_masks(tmp_path / "rescued")
    qtbot.waitUntil(lambda: not calm.copies._job, timeout=30_000)
    found = [e.annotation() for e in read_all(tmp_path / "rescued")]
    assert (found[0].labels == drawn).all()


def test_steps_are_never_begun_twice(calm, qtbot, coco, monkeypatch):
    begun = []
    real = presenter_module._steps
    monkeypatch.setattr(
        presenter_module, "_steps", lambda *a, **k: begun.append(1) or real(*a, **k)
    )
    calm.import_masks.run(coco)
    calm.import_masks.run(coco)
    qtbot.waitUntil(lambda: not calm.import_masks.running, timeout=30_000)
    assert begun == [1]
