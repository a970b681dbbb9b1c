import numpy as np

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.scribbles import (
    BECOMES_HEALTHY,
    BECOMES_LESION,
    UNCHANGED,
    ScribbleProposal,
    ScribbleStroke,
    bring_together,
    impose,
)


def stroke(y0, x0, y1, x1, *, lesion):
    return ScribbleStroke(Rect(y0, x0, y1, x1), np.ones((y1 - y0, x1 - x0), bool), lesion)


def test_strokes_say_what_their_pixels_are():
    labels = np.zeros((6, 8), np.uint16)
    labels[:, :3] = 7
    impose(
        labels,
        (
            stroke(0, 2, 1, 5, lesion=True),
            stroke(5, 6, 6, 8, lesion=True),
            stroke(2, 0, 3, 2, lesion=False),
        ),
    )
    assert labels[0].tolist() == [7, 7, 7, 7, 7, 0, 0, 0]
    assert labels[5].tolist() == [7, 7, 7, 0, 0, 0, 8, 8]
    assert labels[2].tolist() == [0, 0, 7, 0, 0, 0, 0, 0]


def test_painted_pixels_stay_and_earlier_scribbles_may_change():
    current = np.zeros((4, 6), np.uint16)
    current[0] = 3  # painted by a person
    current[1] = 5  # taken over from an earlier proposal
    touched = current > 0
    touched[2] = True  # erased by a person
    free = current == 5
    wanted = np.zeros_like(current)
    wanted[2:] = 1
    strokes = (stroke(3, 0, 4, 1, lesion=True), stroke(1, 5, 2, 6, lesion=False))
    ready = bring_together(current, touched, free, ScribbleProposal(wanted, 2, 0.1), strokes)
    assert (ready.labels[0] == 3).all()
    assert not ready.labels[1].any()
    assert not ready.labels[2].any()
    assert (ready.labels[3] > 0).all()
    assert (ready.labels[3] != 3).all()
    assert [row[1] for row in ready.change] == [
        UNCHANGED,
        BECOMES_HEALTHY,
        UNCHANGED,
        BECOMES_LESION,
    ]
    assert ready.touched.all()
    assert [bool(row.all()) for row in ready.free] == [False, True, False, True]
    assert not ready.free[[0, 2]].any()
    assert (current[1] == 5).all()
