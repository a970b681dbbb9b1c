"""Every key of the window in one table, so that no two acts can share one unnoticed.

To add a key: one line in `SHORTCUTS` under the action's name in `actions.py`; the tests check that
it is unique. Conventions are those most annotation tools share (design/other-tools.md 4): bare keys
that are used all day lie under the left hand, and no bare key destroys anything.
"""

from collections import Counter
from collections.abc import Mapping

from PySide6.QtGui import QKeySequence

SHORTCUTS: dict[str, tuple[str, ...]] = {
    "open_folder": ("Ctrl+O", "Ctrl+U"),
    "open_photos": ("Ctrl+Shift+O",),
    "save": ("Ctrl+S",),
    "import": ("Ctrl+I",),
    "export": ("Ctrl+E",),
    "quit": ("Ctrl+Q",),
    "undo": ("Ctrl+Z",),
    "redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "brush": ("B",),
    "eraser": ("E",),
    "pan": ("V",),
    "smaller": ("[",),
    "larger": ("]",),
    "paint_lesion": ("1",),
    "paint_unsure": ("2",),
    "accept": ("Ctrl+Shift+A",),
    "reset": ("Ctrl+Shift+R",),
    "approve": ("Ctrl+Return", "Ctrl+Enter"),
    "unapprove": ("Ctrl+Shift+Return",),
    "tags": ("T",),
    "settings": ("Ctrl+,",),
    "next": ("D", "Right"),
    "previous": ("A", "Left"),
    "next_open": ("Ctrl+Shift+D",),
    "next_teaching": ("S",),
    "filter": ("Ctrl+L",),
    "fit": ("Ctrl+F",),
    "actual_size": ("Ctrl+1",),
    "zoom_in": ("+", "="),
    "zoom_out": ("-",),
    "layer_mask": ("Alt+1",),
    "layer_leaf": ("Alt+2",),
    "layer_probability": ("Alt+3",),
    "layer_attention1": ("Alt+4",),
    "layer_attention2": ("Alt+5",),
    "layer_variance": ("Alt+6",),
    "layer_energy": ("Alt+7",),
    "channels": ("Alt+8",),
    "layer_origin": ("Alt+9",),
    "photos_panel": ("F9",),
    "side_panel": ("F10",),
    "full_screen": ("F11",),
    "keep_out": ("Ctrl+K",),
    "run": ("Ctrl+R",),
    "uncertainty": ("U",),
    "models": ("Ctrl+M",),
    "retrain": ("Ctrl+T",),
    "manual": ("F1",),
    "shortcuts": ("?",),
}

# Keys and mouse acts that belong to the canvas and are no actions; shown in the list of shortcuts.
CANVAS_KEYS: tuple[tuple[str, str], ...] = (
    ("Left drag", "Paint with the chosen tool"),
    ("Space + drag, middle drag", "Move the photo"),
    ("Wheel", "Zoom at the pointer"),
    ("Shift + wheel", "Brush size"),
    ("Hold Tab", "Peek at the bare photo"),
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
