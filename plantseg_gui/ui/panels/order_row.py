"""In which order the photos stand, and which end comes first."""

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from plantseg_gui.ui.bindings import quiet
from plantseg_gui.ui.theme import UNIT, Theme, set_icon

BY_NAME, BY_DATE, BY_SEVERITY = "name", "date", "severity"
BY_DOUBT, BY_NOVELTY, TEACHING = "doubt", "novelty", "teaching"


class Order(NamedTuple):
    """An order that can be chosen.

    Attributes:
        text: In the box.
        tip: What it goes by.
        rising: What comes first when the smallest does.
        falling: What comes first when the largest does.
        falls: Whether the largest comes first as a rule.
    """

    text: str
    tip: str
    rising: str
    falling: str
    falls: bool


_AGAIN = "\nChoose this again to bring the order up to date."
ORDERS: dict[str, Order] = {
    BY_NAME: Order("Order: name", "By their names", "A to Z", "Z to A", False),
    BY_DATE: Order(
        "Order: date",
        "By when they were taken, as their files say; else when the file was written",
        "oldest first",
        "newest first",
        False,
    ),
    BY_SEVERITY: Order(
        "Order: severity",
        "By the share of the leaf that is diseased; photos without a number come last." + _AGAIN,
        "least diseased first",
        "most diseased first",
        True,
    ),
    BY_DOUBT: Order(
        "Order: expected error",
        "By the share of the leaf on which the model is unsure: there the severity may be wrong. "
        "Photos that no model has seen come last." + _AGAIN,
        "surest first",
        "most doubtful first",
        True,
    ),
    BY_NOVELTY: Order(
        "Order: novelty",
        "By how unlike they are to the photos that you corrected or approved; before there are "
        "any, how unlike the others. Photos that no model has seen come last." + _AGAIN,
        "most familiar first",
        "most unlike first",
        True,
    ),
    TEACHING: Order(
        "Order: what teaches most",
        "First the photos whose correction would teach the model most: it is unsure of them, and "
        "they are unlike those that you corrected.\nWhy one stands where it does: rest the pointer "
        "on it." + _AGAIN,
        "what teaches least first",
        "what teaches most first",
        True,
    ),
}


class OrderRow(QWidget):
    """See the module's text.

    Attributes:
        chosen: The person chose an order or its end, also the same again.
    """

    chosen = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.box = QComboBox()
        self.box.setToolTip("Order of the photos")
        self.box.setAccessibleName("Order of the photos")
        self.box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for place, (key, order) in enumerate(ORDERS.items()):
            self.box.addItem(order.text, key)
            self.box.setItemData(place, order.tip, Qt.ItemDataRole.ToolTipRole)
        self.end = QToolButton()
        self.end.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(UNIT // 2)
        row.addWidget(self.box, 1)
        row.addWidget(self.end)
        self.box.activated.connect(self._on_box)
        self.end.clicked.connect(self._on_end)
        self._last = self.order
        self._show_end()

    @property
    def order(self) -> str:
        """A key of `ORDERS`."""
        return str(self.box.currentData())

    @property
    def falling(self) -> bool:
        """Whether the largest comes first."""
        return self.end.isChecked()

    def set_order(self, order: str, falling: bool) -> None:
        """Show a choice, without telling of it; an unknown order is that of the names."""
        with quiet(self.box):
            self.box.setCurrentIndex(max(0, self.box.findData(order)))
        self._last = self.order
        self.end.setChecked(falling)
        self._show_end()

    def _on_box(self) -> None:
        if self.order != self._last:
            self._last = self.order
            self.end.setChecked(ORDERS[self.order].falls)
        self._show_end()
        self.chosen.emit()

    def _on_end(self) -> None:
        self._show_end()
        self.chosen.emit()

    def _show_end(self) -> None:
        order = ORDERS[self.order]
        now, other = (
            (order.falling, order.rising) if self.falling else (order.rising, order.falling)
        )
        set_icon(self._theme, self.end, "sort-down" if self.falling else "sort-up")
        text = f"{now[0].upper()}{now[1:]}"
        self.end.setToolTip(f"{text}. Click for {other}")
        self.end.setAccessibleName(f"Order: {now}")
