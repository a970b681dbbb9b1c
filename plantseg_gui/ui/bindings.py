"""Ties a value of the view state to a widget, both ways, without echoes.

Model → widget with the widget's signals blocked; widget → model by its setter. So neither side
hears its own change come back.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox


@contextmanager
def quiet(*objects: QObject) -> Iterator[None]:
    """Block the signals of `objects` inside the with-block."""
    blockers = [QSignalBlocker(o) for o in objects]
    try:
        yield
    finally:
        for blocker in blockers:
            blocker.unblock()


def bind_value(
    slider: QAbstractSlider, changed: Any, get: Callable[[], int], put: Callable[[int], None]
) -> None:
    """Tie a slider to a whole number of the model.

    Args:
        slider: The widget.
        changed: Qt signal of the model, emitted after the number changed.
        get: Reads the model.
        put: Writes the model.
    """

    def show(*_: object) -> None:
        with quiet(slider):
            slider.setValue(get())
        slider.update()

    slider.valueChanged.connect(put)
    changed.connect(show)
    show()


def bind_switch(
    target: QAbstractButton | QAction,
    changed: Any,
    get: Callable[[], bool],
    put: Callable[[bool], None],
) -> None:
    """Tie a checkable button or action to a switch of the model; arguments as `bind_value`.

    The widget listens to `triggered` or `clicked` (a person's act) alone, so its own display state
    can be set freely.
    """

    def show(*_: object) -> None:
        if target.isChecked() != get():
            target.setChecked(get())

    if isinstance(target, QAction):
        target.triggered.connect(put)
    else:
        target.clicked.connect(put)
    changed.connect(show)
    show()


def bind_choice(
    box: QComboBox, changed: Any, get: Callable[[], str], put: Callable[[str], None]
) -> None:
    """Tie a combo box to a text of the model; the items' data are the texts."""

    def show(*_: object) -> None:
        index = box.findData(get())
        if index >= 0 and index != box.currentIndex():
            with quiet(box):
                box.setCurrentIndex(index)

    box.currentIndexChanged.connect(lambda _: put(box.currentData()))
    changed.connect(show)
    show()
