"""Questions in a box of their own; the answer that changes nothing is the default, and Esc."""

from collections.abc import Mapping

from PySide6.QtWidgets import QMessageBox, QWidget

from plantseg_gui.core.errors import AppError

Icon = QMessageBox.Icon
Role = QMessageBox.ButtonRole


def ask(
    window: QWidget,
    title: str,
    text: str,
    details: str,
    answers: Mapping[str, Role],
    stay: str,
    icon: Icon = Icon.Question,
) -> str:
    """Ask one question.

    Args:
        window: Parent.
        title: Of the box.
        text: The question or what it is about.
        details: What the answers lead to.
        answers: Words of the other buttons, with their roles.
        stay: Words of the button that changes nothing.
        icon: Shown beside it.

    Returns:
        The words of the button that was chosen.
    """
    box = QMessageBox(window)
    box.setIcon(icon)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(details)
    buttons = {words: box.addButton(words, role) for words, role in answers.items()}
    back = box.addButton(stay, Role.RejectRole)
    box.setDefaultButton(back)
    box.setEscapeButton(back)
    box.exec()
    chosen = box.clickedButton()
    return next((words for words, button in buttons.items() if button is chosen), stay)


def ask_lose(window: QWidget, error: AppError, going: str, stay: str) -> bool:
    """Whether to go on although work is lost.

    Args:
        window: Parent.
        error: Why it cannot be saved.
        going: Words of the button that loses it, for instance "Close and lose them".
        stay: Words of the other one, the default.
    """
    answer = ask(
        window,
        "Not everything is saved",
        f"{error.what}\n{error.do}",
        "Going on loses the changes that are not on the disk.",
        {going: Role.DestructiveRole},
        stay,
        Icon.Warning,
    )
    return answer == going
