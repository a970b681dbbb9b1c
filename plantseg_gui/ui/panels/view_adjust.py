"""Right, bottom: how the photo is looked at. Nothing here changes the photo or a result."""

import math
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
)

from plantseg_gui.core.display_tables import GAMMA_HIGH, LIMIT, NO_GAINS, Channel
from plantseg_gui.ui.actions import Actions
from plantseg_gui.ui.bindings import bind_value
from plantseg_gui.ui.panels.parts import Card, label
from plantseg_gui.ui.panels.tools import action_button, tool_button
from plantseg_gui.ui.photo_look import CHANNEL_WORDS, PhotoLook
from plantseg_gui.ui.theme import UNIT, Theme

CHANNEL_TEXTS = {
    Channel.RGB: "RGB",
    Channel.RED: "R",
    Channel.GREEN: "G",
    Channel.BLUE: "B",
    Channel.GREY: "Grey",
    Channel.LAB_A: "a",
    Channel.LAB_B: "b",
}
AIDS = ("minimap", "loupe", "scale_bar", "tile_grid")


class ViewAdjustPanel(Card):
    """See the module's text.

    Attributes:
        look: What the sliders and buttons change.
        sliders: By name, with the label that shows the value.
        channels: The buttons of the channels.
        auto: Asks for the balance by the average of the photo on screen.
    """

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__(theme, "Look at the photo")
        self.look = PhotoLook(self)
        self.body.addWidget(
            label(
                "For your eyes only: photo, mask and results stay as they are.",
                "caption",
                wrap=True,
            )
        )
        self.sliders = {
            "Brightness": self._slider(
                "Brightness",
                lambda: self.look.how.brightness,
                lambda value: self.look.set(brightness=value),
                lambda: f"{self.look.how.brightness:+d}" if self.look.how.brightness else "0",
            ),
            "Contrast": self._slider(
                "Contrast",
                lambda: self.look.how.contrast,
                lambda value: self.look.set(contrast=value),
                lambda: f"{self.look.how.contrast:+d}" if self.look.how.contrast else "0",
            ),
            "Gamma": self._slider(
                "Gamma",
                lambda: gamma_to_step(self.look.how.gamma),
                lambda value: self.look.set(gamma=step_to_gamma(value)),
                lambda: f"{self.look.how.gamma:.2f}",
            ),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(UNIT)
        grid.setVerticalSpacing(UNIT // 2)
        for row, (name, (slider, value)) in enumerate(self.sliders.items()):
            grid.addWidget(label(name, "muted"), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(value, row, 2)
        self.body.addLayout(grid)
        self.body.addLayout(self._balance(actions))
        self.body.addLayout(self._channel_row())
        self._reset = action_button(actions["adjust_reset"])
        self.body.addWidget(self._reset)
        aids = QHBoxLayout()
        aids.setSpacing(UNIT // 2)
        for name in AIDS:
            button = tool_button(actions[name], text=False)
            button.setAccessibleName(actions[name].text().replace("&", ""))
            aids.addWidget(button, 1)
        self.body.addWidget(label("Show beside the photo", "muted"))
        self.body.addLayout(aids)
        self.set_open(False)

    @property
    def open(self) -> bool:
        """Whether it is unfolded."""
        return not self._body.isHidden()

    def _slider(
        self,
        name: str,
        get: Callable[[], int],
        put: Callable[[int], None],
        text: Callable[[], str],
    ) -> tuple[QSlider, QLabel]:
        slider = ResetSlider()
        slider.setAccessibleName(name)
        slider.setToolTip(f"{name}, for viewing only; double click: as the photo is")
        bind_value(slider, self.look.changed, get, put)
        value = label(text())
        value.setMinimumWidth(value.fontMetrics().horizontalAdvance("+1000"))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.look.changed.connect(lambda: value.setText(text()))
        return slider, value

    def _balance(self, actions: Actions) -> QHBoxLayout:
        self.auto, self._plain = QToolButton(), QToolButton()
        for button, text, tip in (
            (self.auto, "Auto", "Balance the colours so that this photo is grey on average"),
            (self._plain, "None", "Take the white balance away"),
        ):
            button.setObjectName("framed")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(f"White balance: {text}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._plain.clicked.connect(lambda: self.look.set(gains=NO_GAINS))
        self.look.changed.connect(self._show_balance)
        self._show_balance()
        row = QHBoxLayout()
        row.setSpacing(UNIT // 2)
        row.addWidget(label("White", "muted"))
        row.addWidget(tool_button(actions["pick_grey"]), 1)
        row.addWidget(self.auto)
        row.addWidget(self._plain)
        return row

    def _channel_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.channels: dict[Channel, QToolButton] = {}
        group = QButtonGroup(self)
        for channel, text in CHANNEL_TEXTS.items():
            button = QToolButton()
            button.setObjectName("framed")
            button.setText(text)
            button.setCheckable(True)
            button.setToolTip(f"Show {CHANNEL_WORDS[channel]}")
            button.setAccessibleName(f"Show {CHANNEL_WORDS[channel]}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, channel=channel: self.look.set(channel=channel))
            # Shares of the row, whatever the words need: the side panel's width was set while this
            # card was folded and asked for none.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            group.addButton(button)
            row.addWidget(button, 3 if len(text) > 1 else 2)
            self.channels[channel] = button
        self.look.changed.connect(self._show_channel)
        self._show_channel()
        return row

    def _show_channel(self) -> None:
        self.channels[self.look.how.channel].setChecked(True)

    def _show_balance(self) -> None:
        red, green, blue = self.look.how.gains
        balanced = self.look.how.gains != NO_GAINS
        self._plain.setEnabled(balanced)
        self._plain.setToolTip(
            f"Take the white balance away (red × {red:.2f}, green × {green:.2f}, blue × {blue:.2f})"
            if balanced
            else "No white balance is set"
        )


class ResetSlider(QSlider):
    """From -100 to 100; a double click goes back to 0."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(-LIMIT, LIMIT)
        self.setPageStep(LIMIT // 10)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to 0."""
        self.setValue(0)


def step_to_gamma(step: int) -> float:
    """Slider step -100 to 100 → gamma 1/4 to 4, 0 being 1."""
    return round(GAMMA_HIGH ** (step / LIMIT), 2) if step else 1.0


def gamma_to_step(gamma: float) -> int:
    """Gamma → the nearest slider step."""
    return round(LIMIT * math.log(gamma) / math.log(GAMMA_HIGH))
