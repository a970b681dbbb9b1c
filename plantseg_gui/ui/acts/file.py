"""File acts: opening, saving, bringing in and handing out."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&File"

ACTIONS: dict[str, ActionSpec] = {
    "open_folder": ActionSpec(
        "Open &folder…",
        "Open a folder of leaf photos",
        icon="open-folder",
        keys=(
            "Ctrl+O",
            "Ctrl+U",
        ),
    ),
    "open_photos": ActionSpec(
        "Open &photos…", "Open single photos", icon="photo", keys=("Ctrl+Shift+O",)
    ),
    "demo": ActionSpec(
        "Open &demo leaves", "Open leaves that the program draws itself", icon="demo"
    ),
    "save": ActionSpec("&Save", "Save this photo's mask now", icon="save", keys=("Ctrl+S",)),
    "import": ActionSpec(
        "&Import masks…",
        "Put masks or annotations of other programs onto the photos",
        icon="open-folder",
        keys=("Ctrl+I",),
    ),
    "export": ActionSpec(
        "&Export…", "Write masks, maps and a table to a folder", icon="export", keys=("Ctrl+E",)
    ),
    "save_copy": ActionSpec(
        "Save a &copy of the project…", "Write the whole project into one zip file"
    ),
    "open_copy": ActionSpec("Open a co&py of a project…", "Unpack a zip file of a project"),
    "save_masks": ActionSpec(
        "Save open &masks elsewhere…",
        "Write the masks that are in memory to another folder, for instance when the disk is full",
    ),
    "quit": ActionSpec(
        "&Quit",
        "Save everything and close the program",
        icon="quit",
        keys=("Ctrl+Q",),
        destructive=True,
    ),
}

MENU: tuple[str, ...] = (
    "open_folder",
    "open_photos",
    "Open &recent>",
    "demo",
    SEPARATOR,
    "save",
    "import",
    "export",
    SEPARATOR,
    "save_copy",
    "open_copy",
    "save_masks",
    SEPARATOR,
    "quit",
)
