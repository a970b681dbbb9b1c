import logging
import sys

import pytest
from PySide6.QtWidgets import QMessageBox

from plantseg_gui.ui.errors_view import FaultTeller, start_log


@pytest.fixture
def teller(qapp, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.append(box.informativeText()))
    made = FaultTeller(qapp)
    yield made, told
    made.deleteLater()


def fail(teller, text):
    try:
        raise ValueError(text)
    except ValueError:
        teller._hook(*sys.exc_info())


def test_fault_is_logged_and_told_once(teller, qtbot, tmp_path):
    made, told = teller
    path = start_log(tmp_path)
    fail(made, "first")
    fail(made, "again from the same line")
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    qtbot.wait(50)
    assert len(told) == 1
    assert "first" in told[0]
    logging.getLogger("plantseg_gui").handlers[-1].close()
    text = path.read_text(encoding="utf-8")
    assert text.count("unhandled fault") == 2
    logging.getLogger("plantseg_gui").handlers.pop()


def test_log_that_cannot_be_written_is_no_fault(tmp_path):
    (tmp_path / "file").write_text("x")
    assert start_log(tmp_path / "file") is None
