import io
import json
import sys

import pytest

from plantseg_gui.cli.terminal import (
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    Reporter,
    bar_line,
    guarded,
    one_line,
    say,
)
from plantseg_gui.core.cancel import Cancelled
from plantseg_gui.core.errors import InputError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def raising(error: BaseException):
    def command() -> int:
        raise error

    return command


def test_app_error_is_one_line_with_what_and_do(capsys):
    code = guarded(raising(InputError("a.jpg is damaged.", "Copy it again.")))
    assert code == EXIT_USAGE
    assert capsys.readouterr().err == "plantseg: a.jpg is damaged. Copy it again.\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled()])
def test_stopping_is_no_traceback(error, capsys):
    assert guarded(raising(error)) == EXIT_INTERRUPTED
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        guarded(raising(ZeroDivisionError()))


def test_work_goes_on_when_the_reader_of_the_output_went_away(monkeypatch):
    class ClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", ClosedPipe())
    reporter = Reporter()
    reporter.result("a.jpg: done")
    reporter.result("b.jpg: done")
    sys.stdout.close()


def test_a_file_name_cannot_fake_a_line():
    assert one_line("a\nplantseg: all well\x1b[2K.jpg") == "a\\nplantseg: all well\\x1b[2K.jpg"
    assert one_line("Blätter 葉.jpg") == "Blätter 葉.jpg"


def test_a_narrow_terminal_gets_escapes():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    say("葉.jpg \udc80", stream)
    stream.seek(0)
    assert stream.read() == "\\u8449.jpg \\udc80\n"


def test_json_lines_are_all_that_standard_output_holds(capsys):
    reporter = Reporter("json")
    reporter.event("started", photos=2)
    reporter.progress(1, 2, "a.jpg")
    reporter.result("for people")
    reporter.failure("b.jpg is damaged.", "Copy it again.", "b.jpg")
    reporter.progress(2, 2)
    shown = capsys.readouterr()
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [e["event"] for e in events] == ["started", "progress", "error", "progress"]
    assert events[1]["done"] == 1
    assert events[1]["text"] == "a.jpg"
    assert events[2] == {
        "event": "error",
        "file": "b.jpg",
        "what": "b.jpg is damaged.",
        "do": "Copy it again.",
    }
    assert shown.err == "plantseg: b.jpg is damaged. Copy it again.\n"
    assert reporter.failed == 1


def test_bar_on_a_terminal_is_cleared_before_other_lines(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    reporter = Reporter()
    reporter.progress(1, 4, "a.jpg")
    reporter.failure("b.jpg is damaged.")
    written = terminal.getvalue()
    assert "\r[######" in written
    assert written.endswith("\r" + "plantseg: b.jpg is damaged.\n")


def test_no_bar_into_a_pipe(capsys):
    Reporter().progress(1, 4, "a.jpg")
    assert capsys.readouterr().err == ""


def test_bar_is_redrawn_seldom(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    reporter = Reporter("bar")
    for step in range(1000):
        reporter.progress(step, 1001)
    assert terminal.getvalue().count("\r") < 20


def test_work_that_begins_anew_has_an_estimate_of_its_own(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("plantseg_gui.cli.terminal.time.monotonic", lambda: now[0])
    reporter = Reporter("json")
    for at, done, text in ((100.0, 10, "first"), (100.0, 0, "second"), (102.0, 5, "second")):
        now[0] = at
        reporter.progress(done, 10, text)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["text"] == "second"
    assert events[-1]["eta_s"] == pytest.approx(2.0)


def test_bar_line_fits_any_terminal():
    line = bar_line(3, 10, "a very long name " * 10, eta_s=75)
    assert len(line) == 79
    assert line.startswith("[#######")
    assert "3/10, 1 min 15 s left" in line
    assert bar_line(0, 0, "", None).startswith("[ ")
    assert "left" not in bar_line(10, 10, "", 0.0)
