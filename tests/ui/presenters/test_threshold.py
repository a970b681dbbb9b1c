"""The threshold of the mask: live, honest, never over a person's work."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from plantseg_gui.inference.postprocess import lesion_labels
from plantseg_gui.jobs.rethreshold import at_threshold
from plantseg_gui.ui.dialogs.export import ExportOrder
from tests.jobs.engines import make_prediction
from tests.ui.conftest import WAIT_MS, paint, wait_saved


def settled(qtbot, window):
    qtbot.waitUntil(
        lambda: not window.threshold._busy and window.threshold._wanted is None, timeout=WAIT_MS
    )


def choose(qtbot, window, percent):
    window.layers.threshold.slider.setValue(percent)
    settled(qtbot, window)


def middle(window):
    """A threshold, in %, that cuts through the photo's probabilities."""
    seen = window.session.document.prediction.probability
    return int(np.clip(100 * np.median(seen[seen > 0]), 6, 94))


def test_moving_the_slider_finds_the_lesions_again(opened, qtbot):
    window = opened
    row, before = window.layers.threshold, window.session.document.prediction
    assert row.slider.isEnabled()
    assert row.slider.mark == round(100 * before.own_threshold)
    assert not row.reset.isEnabled()
    percent = middle(window)
    choose(qtbot, window, percent)
    now = window.session.document.prediction
    assert now.threshold == pytest.approx(percent / 100)
    assert row.value.text() == f"{percent / 100:.2f}"
    wanted = lesion_labels(
        before.probability, before.height, before.width, percent / 100,
        affinity=before.affinity, boxes=before.boxes,
    )  # fmt: skip
    assert np.array_equal(now.labels, wanted)
    assert np.array_equal(window.session.document.labels.array, wanted)
    assert window.session.document.status == "predicted"
    assert now.own_threshold == before.threshold
    assert now.probability is before.probability
    row.reset.click()
    settled(qtbot, window)
    assert np.array_equal(window.session.document.labels.array, before.labels)
    assert not row.reset.isEnabled()


def test_a_persons_work_stays_until_accept(opened, qtbot):
    window = opened
    document = window.session.document
    window.view.set_brush_px(20)
    paint(window, (30, 30), (30, 60))
    mine = document.labels.array.copy()
    stored = document.prediction
    choose(qtbot, window, middle(window))
    assert np.array_equal(document.labels.array, mine)
    assert document.prediction is stored
    assert "Accept" in window.layers.threshold.note.text()
    assert window.canvas._preview.shown
    window.actions_["accept"].trigger()
    assert document.prediction.threshold == pytest.approx(middle(window) / 100)
    assert not window.canvas._preview.shown
    assert not window.layers.threshold.note.text()
    outside = ~document.touched | (document.prediction.labels > 0)
    assert (document.labels.array > 0)[outside & (document.prediction.labels > 0)].all()
    window.actions_["undo"].trigger()
    assert np.array_equal(document.labels.array, mine)


def test_painting_ends_the_waiting_mask(opened, qtbot):
    window = opened
    window.view.set_brush_px(20)
    paint(window, (30, 30), (30, 60))
    stored = window.session.document.prediction
    choose(qtbot, window, middle(window))
    paint(window, (60, 30), (60, 60))
    assert window.session.waiting is None
    assert not window.canvas._preview.shown
    assert window.layers.threshold.value.text() == f"{stored.threshold:.2f}"


def test_the_threshold_is_saved_and_exported(opened, qtbot, tmp_path):
    window = opened
    percent = middle(window)
    choose(qtbot, window, percent)
    wait_saved(qtbot, window)
    kept = window.session.project.load(window.session.photo_id).prediction
    assert kept.threshold == pytest.approx(percent / 100)
    assert kept.own_threshold == window.session.document.prediction.own_threshold
    out = tmp_path / "out"
    window.export.write(ExportOrder(out, frozenset({"table"}), "shown"))
    qtbot.waitUntil(lambda: (out / "table.csv").is_file(), timeout=30_000)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10_000)
    with (out / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = list(csv.DictReader(file))
    assert float(row["threshold"]) == pytest.approx(percent / 100)
    assert float(row["scale_factor"]) == 1.0


def test_uncertainty_that_comes_late_is_kept(opened, qtbot):
    window = opened
    window.segment.run_uncertainty()
    window.layers.threshold.slider.setValue(middle(window))
    qtbot.waitUntil(lambda: not window.segment.running, timeout=WAIT_MS)
    settled(qtbot, window)
    prediction = window.session.document.prediction
    assert prediction.uncertainty is not None
    assert prediction.threshold == pytest.approx(middle(window) / 100)


def test_without_a_prediction_it_is_off(window):
    row = window.layers.threshold
    assert not row.slider.isEnabled()
    assert "run the model" in row.slider.toolTip()


def test_a_threshold_lies_between_0_and_1():
    for wrong in (0.0, 1.0, -0.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            at_threshold(make_prediction(), wrong)


def test_attention_legends_say_the_size_of_a_cell(opened):
    photo, prediction = opened.session.document, opened.session.document.prediction
    side = 8 * photo.width / prediction.probability.shape[1]
    opened.actions_["layer_attention1"].trigger()
    note = opened.layers.rows["attention1"]._note
    assert note.isVisible()
    assert note.text().startswith(f"One cell = {side:g} px of the photo")
    assert opened.view.note("attention2").startswith(f"One cell = {2 * side:g} px")


def test_attention_that_is_alike_everywhere_is_said(opened):
    document = opened.session.document
    flat = tuple(np.full_like(a, 0.999) for a in document.prediction.attention)
    document.update_prediction(replace(document.prediction, attention=flat))
    assert "weighs all places alike" in opened.view.note("attention1")
    steep = tuple(np.linspace(0.1, 0.9, a.size, dtype=np.float32).reshape(a.shape) for a in flat)
    document.update_prediction(replace(document.prediction, attention=steep))
    assert "alike" not in opened.view.note("attention1")
