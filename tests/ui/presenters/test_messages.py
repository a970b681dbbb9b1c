"""What was said stays readable until the program ends."""

from PySide6.QtGui import QGuiApplication

from plantseg_gui.core.errors import InputError
from plantseg_gui.ui.messages import FAULT, SAID, WARNING
from plantseg_gui.ui.tools.registry import TOOLS


def texts(window):
    return [(m.kind, m.what) for m in window.messages.log.messages]


def test_a_fault_is_counted_until_the_list_was_opened(opened, tmp_path):
    messages, button = opened.messages, opened.status.messages_button
    before = messages.log.unread
    opened.projects.open_paths([tmp_path / "gone.xyz"])
    assert messages.log.unread == before + 1
    assert button.text() == "1 fault"
    last = messages.log.messages[-1]
    assert last.kind == FAULT
    assert "gone.xyz" in last.what
    assert "JPEG" in last.do
    assert last.photo.endswith(".png")
    opened.stage.notice._close()
    button.click()
    assert messages.dialog.isVisible()
    assert messages.log.unread == 0
    assert "JPEG" in messages.dialog.text.toPlainText()
    messages.dialog.copy()
    assert QGuiApplication.clipboard().text() == last.as_text()
    # While it is open, nothing counts as unread.
    opened.session.fail(InputError("Another one.", "Do that."))
    assert messages.log.unread == 0
    assert messages.dialog.rows.topLevelItem(0).text(2) == "Another one."


def test_messages_and_notices_are_kept_hints_of_tools_are_not(opened):
    opened.session.say("Saved elsewhere.")
    opened.session.say("Saved elsewhere.")
    opened.view.set_tool("eraser")
    opened.stage.tell("Two photos are gone.\nOne is new.", "project")
    assert texts(opened)[-3:] == [
        (SAID, "Saved elsewhere."),
        (WARNING, "Two photos are gone."),
        (WARNING, "One is new."),
    ]
    assert opened.messages.log.messages[-3].times == 2
    assert all(what != TOOLS["eraser"].hint for _, what in texts(opened))
    assert opened.messages.log.unread == 0
    opened.actions_["messages"].trigger()
    dialog = opened.messages.dialog
    dialog.which.setCurrentText("Faults and warnings")
    assert [row.text(2) for row in dialog._listed()] == ["One is new.", "Two photos are gone."]


def test_a_fault_of_the_program_itself_is_there_with_its_details(window):
    window.messages.add_fault("ValueError: x", "Traceback …")
    assert window.messages.log.unread == 1
    assert "Traceback …" in window.messages.log.messages[-1].as_text()


def test_nothing_said_is_said(window):
    window.messages.log.messages.clear()
    window.actions_["messages"].trigger()
    assert not window.messages.dialog._nothing.isHidden()
