"""PySide6 6.12.0 loses a reference to True at every signal on Python 3.11: the program aborts."""

import sys

import PySide6
from PySide6.QtCore import QObject, Signal


class Switch(QObject):
    toggled = Signal(bool)


def test_a_signal_keeps_the_references_to_true(qapp):
    switch, seen = Switch(), []
    switch.toggled.connect(seen.append)
    switch.toggled.emit(True)
    before = sys.getrefcount(True)
    for _ in range(2000):
        switch.toggled.emit(True)
    seen.clear()
    # From Python 3.12 on True is immortal and its count stands still.
    assert sys.getrefcount(True) >= before - 100


def test_the_installed_version_is_a_sound_one():
    assert PySide6.__version_info__[:2] < (6, 12)
