"""The activation view shows what the network's channel attention says of the photo on screen."""

from dataclasses import replace

import numpy as np

from plantseg_gui.ui.dialogs.channels import STRONGEST
from tests.ui.conftest import wait_photo, wait_prediction, wait_saved


def test_the_strongest_channels_of_the_photo_on_screen(opened, qtbot, ids):
    window = opened
    window.actions_["channels"].trigger()
    dialog = window.channels.dialog
    assert dialog.isVisible()
    prediction = window.session.document.prediction
    for bars, weights in zip(dialog.bars, prediction.channels, strict=True):
        assert 0 <= weights.min() <= weights.max() <= 1
        assert len(bars.rows) == min(STRONGEST, len(weights))
        values = [value for _, value in bars.rows]
        assert values == sorted(values, reverse=True)
        assert values[0] == float(weights.max())
        assert not bars.grab().toImage().isNull()
    first = dialog.photo.whole
    window.store.show(ids(window)[1])
    wait_photo(qtbot, window, ids(window)[1])
    wait_prediction(qtbot, window)
    assert dialog.photo.whole != first


def test_weights_are_kept_with_the_photo(opened, qtbot):
    wait_saved(qtbot, opened)
    kept = opened.session.project.load(opened.session.photo_id).prediction.channels
    for one, other in zip(kept, opened.session.document.prediction.channels, strict=True):
        assert np.abs(one - other).max() <= 0.5 / 255 + 1e-6


def test_what_is_not_there_is_said(opened, window, qtbot):
    document = opened.session.document
    none = np.zeros(0, np.float32)
    document.update_prediction(replace(document.prediction, channels=(none, none)))
    opened.actions_["channels"].trigger()
    assert "Run the model again" in opened.channels.dialog._reason.text()
    assert opened.channels.dialog._body.isHidden()
