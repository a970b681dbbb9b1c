"""Help."""

from plantseg_gui.ui.acts.spec import SEPARATOR, ActionSpec

TITLE = "&Help"

ACTIONS: dict[str, ActionSpec] = {
    "manual": ActionSpec(
        "&Manual", "How to work with this program", icon="help", keys=("Shift+F1",)
    ),
    "shortcuts": ActionSpec(
        "&Keyboard shortcuts…",
        "All keys in one list, to read and to change",
        icon="keyboard",
        keys=("F1", "?"),
    ),
    "palette": ActionSpec(
        "&Command palette…",
        "Find any act, photo or model by some letters of its name",
        icon="search",
        keys=("Ctrl+K",),
    ),
    "tour": ActionSpec("&Tour", "Shows in two minutes where things are", icon="leaf"),
    "messages": ActionSpec(
        "M&essages…", "All faults, warnings and messages since the start", icon="message"
    ),
    "report": ActionSpec(
        "Save a &diagnostic report…",
        "Write log, versions and machine data to a zip file; no photos",
        icon="report",
    ),
    "about": ActionSpec("&About", "Version, licences of the libraries", icon="info"),
}

MENU: tuple[str, ...] = (
    "palette",
    "shortcuts",
    SEPARATOR,
    "tour",
    "manual",
    SEPARATOR,
    "messages",
    "report",
    "about",
)
