"""The live curves, by what is in the plots."""

import numpy as np

from plantseg_gui.ui.dialogs.curves import Curves


def test_a_training_that_begins_again_draws_no_line_back(qtbot, theme):
    curves = Curves(theme)
    qtbot.addWidget(curves)
    curves.clear()
    curves.add_shown(0, 0, 0.2)
    for update in range(1, 30):
        curves.add_loss(update, 1.0 + update)
    curves.add_dice(29, 0.3)
    curves.add_shown(0, 0, 0.2)
    for update in range(1, 10):
        curves.add_loss(update, 1.0 / update)
    curves.draw()
    x, _ = curves._line.getData()
    assert list(x) == list(range(1, 10))
    for item in (curves._raw, curves._line, curves._points, *curves._seen):
        x, _ = item.getData()
        assert x is None or (np.diff(x) >= 0).all()
    old, _ = curves._old_loss.getData()
    assert list(old[:-1]) == list(range(1, 30))
    assert np.isnan(old[-1])
    assert "earlier try" in curves._plots[0].getPlotItem().titleLabel.text
    curves.clear()
    assert "earlier try" not in curves._plots[0].getPlotItem().titleLabel.text


def test_several_tries_are_not_joined(qtbot, theme):
    curves = Curves(theme)
    qtbot.addWidget(curves)
    for _ in range(3):
        for update in (1, 2, 3):
            curves.add_loss(update, 1.0)
    curves.draw()
    old, _ = curves._old_loss.getData()
    assert np.isnan(old[[3, 7]]).all()
    assert curves._old_loss.opts["connect"] == "finite"
