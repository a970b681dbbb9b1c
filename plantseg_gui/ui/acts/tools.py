"""Tools of the canvas and how they paint."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Tools"

ACTIONS: dict[str, ActionSpec] = {
    "brush": ActionSpec(
        "&Brush", "Paint lesion", icon="brush", checkable=True, group="tool", keys=("B",)
    ),
    "eraser": ActionSpec(
        "&Eraser", "Paint healthy", icon="eraser", checkable=True, group="tool", keys=("E",)
    ),
    "pan": ActionSpec(
        "&Move",
        "Move the photo with the left button",
        icon="pan",
        checkable=True,
        group="tool",
        keys=("V",),
    ),
    "smaller": ActionSpec("Smaller brush", "Make brush and eraser smaller", keys=("[",)),
    "larger": ActionSpec("Larger brush", "Make brush and eraser larger", keys=("]",)),
    "paint_lesion": ActionSpec(
        "Paint &lesion",
        "The brush paints lesion",
        icon="lesion",
        checkable=True,
        group="paint",
        short="Lesion",
        keys=("1",),
    ),
    "paint_unsure": ActionSpec(
        "Paint u&nsure",
        "The brush paints “unsure”: left out of severity and of training",
        icon="unsure",
        checkable=True,
        group="paint",
        short="Unsure",
        keys=("2",),
    ),
}

MENU: tuple[str, ...] = (
    "brush",
    "eraser",
    "pan",
    SEPARATOR,
    "smaller",
    "larger",
    SEPARATOR,
    "paint_lesion",
    "paint_unsure",
)
