"""Edit acts: taking back, and what is done with the whole mask of a photo."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Edit"

ACTIONS: dict[str, ActionSpec] = {
    "undo": ActionSpec(
        "&Undo", "Take back the last change of the mask", icon="undo", keys=("Ctrl+Z",)
    ),
    "redo": ActionSpec(
        "&Redo",
        "Do again what was taken back",
        icon="redo",
        keys=(
            "Ctrl+Shift+Z",
            "Ctrl+Y",
        ),
    ),
    "accept": ActionSpec(
        "&Accept prediction",
        "Take the model's mask as yours; one undo step takes it back",
        icon="accept",
        short="Accept",
        keys=("Ctrl+Shift+A",),
        destructive=True,
    ),
    "reset": ActionSpec(
        "&Reset to prediction",
        "Replace your mask by the model's; one undo step takes it back",
        icon="reset",
        short="Reset",
        keys=("Ctrl+Shift+R",),
        destructive=True,
    ),
    "approve": ActionSpec(
        "Approve and &go on",
        "The whole leaf was checked: mark the photo approved and open the next one",
        icon="approve",
        keys=(
            "Ctrl+Return",
            "Ctrl+Enter",
        ),
        destructive=True,
    ),
    "unapprove": ActionSpec(
        "&Withdraw approval",
        "The photo needs another look",
        icon="cancel",
        keys=("Ctrl+Shift+Return",),
        destructive=True,
    ),
    "next_place": ActionSpec(
        "Next &doubtful place",
        "Go to the place of this photo whose doubt could change the severity most",
        keys=("N",),
    ),
    "tags": ActionSpec("&Tags…", "Name the crop or disease of this photo", icon="tag", keys=("T",)),
    "copy_figure": ActionSpec(
        "Copy &figure",
        "Put the photo as you see it, with a caption, on the clipboard",
        icon="copy",
        keys=("Ctrl+Shift+C",),
    ),
    "copy_numbers": ActionSpec(
        "Copy &numbers", "Put the photo's numbers on the clipboard, one in a line, for a table"
    ),
    "save_figure": ActionSpec(
        "Sa&ve figure…", "Write the photo as you see it, with a caption, to a PNG file"
    ),
    "settings": ActionSpec(
        "Se&ttings…",
        "Processor, autosave, place of projects, undo memory, colours",
        icon="settings",
        keys=("Ctrl+,",),
    ),
}

MENU: tuple[str, ...] = (
    "undo",
    "redo",
    SEPARATOR,
    "accept",
    "reset",
    SEPARATOR,
    "next_place",
    "approve",
    "unapprove",
    "tags",
    SEPARATOR,
    "copy_figure",
    "copy_numbers",
    "save_figure",
    SEPARATOR,
    "settings",
)
