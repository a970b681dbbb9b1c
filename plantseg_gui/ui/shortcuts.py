"""Every key of the window in one table, so that no two acts can share one unnoticed.

The keys stand with their acts, in `acts`; the tests check that each is unique.
"""

from collections import Counter
from collections.abc import Mapping

from PySide6.QtGui import QKeySequence

from plantseg_gui.ui.acts.table import ACTIONS

SHORTCUTS: dict[str, tuple[str, ...]] = {
    name: spec.keys for name, spec in ACTIONS.items() if spec.keys
}

# Keys and mouse acts that belong to the canvas and are no actions; shown in the list of shortcuts.
CANVAS_KEYS: tuple[tuple[str, str], ...] = (
    ("Left drag", "Paint with the chosen tool"),
    ("Space + drag, middle drag", "Move the photo"),
    ("Wheel", "Zoom at the pointer"),
    ("Shift + wheel", "Brush size"),
    ("Hold Z", "Peek at the bare photo"),
    ("Ctrl + click", "Show that lesion in the list of lesions"),
    ("Esc", "Take back the stroke that is being drawn"),
)


def key_text(name: str) -> str:
    """The keys of an action as the system writes them, such as "Ctrl+Shift+Z or Ctrl+Y"; ""."""
    keys = SHORTCUTS.get(name, ())
    texts = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in keys]
    return " or ".join(dict.fromkeys(texts))


def conflicts(table: Mapping[str, tuple[str, ...]] = SHORTCUTS) -> list[str]:
    """Key sequences that two actions claim, in portable text."""
    portable = [QKeySequence(key).toString() for keys in table.values() for key in keys]
    return [key for key, count in Counter(portable).items() if count > 1]
