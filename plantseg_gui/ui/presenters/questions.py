"""Questions that more than one presenter asks."""

from PySide6.QtWidgets import QMessageBox, QWidget

from plantseg_gui.core.errors import AppError


def ask_lose(window: QWidget, error: AppError, going: str, stay: str) -> bool:
    """Whether to go on although work is lost.

    Args:
        window: Parent.
        error: Why it cannot be saved.
        going: Words of the button that loses it, for instance "Close and lose them".
        stay: Words of the other one, the default.
    """
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Not everything is saved")
    box.setText(f"{error.what}\n{error.do}")
    box.setInformativeText("Going on loses the changes that are not on the disk.")
    keep = box.addButton(stay, QMessageBox.ButtonRole.RejectRole)
    lose = box.addButton(going, QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    return box.clickedButton() is lose
