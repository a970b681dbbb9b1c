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
    "polygon": ActionSpec(
        "&Polygon",
        "Enclose an area corner by corner",
        icon="polygon",
        checkable=True,
        group="tool",
        keys=("P",),
    ),
    "lasso": ActionSpec(
        "L&asso",
        "Draw around an area",
        icon="lasso",
        checkable=True,
        group="tool",
        keys=("L",),
    ),
    "rectangle": ActionSpec(
        "&Rectangle",
        "Enclose an area by a rectangle",
        icon="rectangle",
        checkable=True,
        group="tool",
        keys=("R",),
    ),
    "outline": ActionSpec(
        "Redra&w edge",
        "Draw a stretch of a lesion's edge anew",
        icon="outline",
        checkable=True,
        group="tool",
        keys=("O",),
    ),
    "scribble": ActionSpec(
        "Scri&bble",
        "A few strokes teach the network what is lesion in this photo",
        icon="scribble",
        checkable=True,
        group="tool",
        keys=("F",),
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
        "The tools paint lesion",
        icon="lesion",
        checkable=True,
        group="paint",
        short="Lesion",
        keys=("1",),
    ),
    "paint_unsure": ActionSpec(
        "Paint u&nsure",
        "The tools paint “unsure”: left out of severity and of training",
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
    "polygon",
    "lasso",
    "rectangle",
    "outline",
    "scribble",
    "pan",
    SEPARATOR,
    "smaller",
    "larger",
    SEPARATOR,
    "paint_lesion",
    "paint_unsure",
)
