"""The keys of the window: as shipped, and as a person has changed them.

The shipped keys stand with their acts, in `acts`. A person's own are a table act → keys that holds
only what differs, so that an act whose keys nobody touched follows later versions. Two acts never
share a key: what a person gave to one act is taken from the others.
"""

import logging
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtGui import QKeySequence

from plantseg_gui.ui.acts.table import ACTIONS

log = logging.getLogger(__name__)

KeyTable = dict[str, tuple[str, ...]]

SHORTCUTS: KeyTable = {name: spec.keys for name, spec in ACTIONS.items() if spec.keys}

# Keys and mouse acts that belong to the canvas and are no actions; shown in the list of shortcuts.
CANVAS_KEYS: tuple[tuple[str, str], ...] = (
    ("Left drag", "Paint with the chosen tool"),
    ("Space + drag, middle drag", "Move the photo"),
    ("Wheel", "Zoom at the pointer"),
    ("Shift + wheel", "Brush size"),
    ("Hold Z", "Peek at the bare photo"),
    ("Ctrl + click", "Show that lesion in the list of lesions"),
    ("Esc", "Take back the stroke that is being drawn"),
    ("Return or Enter", "Close what the tool has open, or take its proposal"),
    ("Backspace", "Take the tool's last point or stroke back"),
)
_HELD = ("Ctrl+", "Alt+", "Meta+", "Shift+")


def portable(key: str) -> str:
    """A key text as it is kept, such as "Ctrl+K" for "ctrl+k"; "" when it names no key."""
    text = QKeySequence(key).toString()
    # Qt writes a key that it does not know as nothing, also behind another one.
    return "" if text.endswith(", ") else text


def native(key: str) -> str:
    """A key text as the system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def key_text(name: str, table: Mapping[str, tuple[str, ...]] = SHORTCUTS) -> str:
    """The keys of an act as the system writes them, such as "Ctrl+Shift+Z or Ctrl+Y"; ""."""
    return " or ".join(dict.fromkeys(native(key) for key in table.get(name, ())))


def conflicts(table: Mapping[str, tuple[str, ...]] = SHORTCUTS) -> list[str]:
    """Key sequences that two acts claim, in portable text."""
    found = [portable(key) for keys in table.values() for key in keys]
    return [key for key, count in Counter(found).items() if count > 1]


def is_bare(key: str) -> bool:
    """Whether one finger is enough: no Ctrl, Alt, Meta or Shift with it."""
    first = portable(key).split(", ")[0]
    return bool(first) and not any(held in first for held in _HELD)


@lru_cache(maxsize=1)
def canvas_keys() -> dict[str, str]:
    """The keys among `CANVAS_KEYS`, which no act can have: key → what it does."""
    found = {}
    for keys, what in CANVAS_KEYS:
        for part in re.split(r",| or ", keys):
            key = portable(part.removeprefix("Hold ").split(" + ")[0].strip())
            if key:
                found[key] = what
    return found


def refusal(name: str, key: str) -> str:
    """Why an act cannot have a key; "" when it can."""
    title = plain_title(name)
    if key in canvas_keys():
        return f"{native(key)} belongs to the photo: {canvas_keys()[key]}."
    if ACTIONS[name].destructive and is_bare(key):
        return (
            f"“{title}” cannot have {native(key)}: one key alone is pressed by accident. "
            "Press it together with Ctrl, Alt or Shift."
        )
    return ""


def owner(key: str, table: Mapping[str, tuple[str, ...]]) -> str:
    """The act that has a key; "" when it is free."""
    return next((name for name, keys in table.items() if key in keys), "")


def in_force(own: Mapping[str, tuple[str, ...]]) -> KeyTable:
    """The keys of all acts: a person's own, and the shipped ones that they leave."""
    claimed = {key for keys in own.values() for key in keys}
    table: KeyTable = {}
    for name in ACTIONS:
        shipped = tuple(portable(key) for key in SHORTCUTS.get(name, ()))
        table[name] = own.get(name, tuple(key for key in shipped if key not in claimed))
    return table


def with_keys(own: Mapping[str, tuple[str, ...]], name: str, keys: tuple[str, ...]) -> KeyTable:
    """The person's table after an act was given keys; other acts of theirs lose them."""
    kept = {
        other: tuple(key for key in have if key not in keys)
        for other, have in own.items()
        if other != name
    }
    kept[name] = keys
    return {act: have for act, have in kept.items() if have != shipped_keys(act)}


def shipped_keys(name: str) -> tuple[str, ...]:
    """The keys of an act as the program comes, in portable text."""
    return tuple(portable(key) for key in SHORTCUTS.get(name, ()))


def checked(stored: Mapping[str, list[str]]) -> KeyTable:
    """A person's table as it was kept, without what does not make sense; the log says what."""
    own: KeyTable = {}
    taken: set[str] = set()
    for name, keys in stored.items():
        if name not in ACTIONS:
            log.warning("own keys: there is no act %r; left out", name)
            continue
        good = []
        for text in keys:
            key = portable(text)
            why = "no key" if not key else refusal(name, key) or ("twice" if key in taken else "")
            if why:
                log.warning("own keys: %r for %r left out: %s", text, name, why)
            else:
                good.append(key)
                taken.add(key)
        # All of its keys were broken: it keeps the shipped ones.
        if good or not keys:
            own[name] = tuple(good)
    return {name: keys for name, keys in own.items() if keys != shipped_keys(name)}


def plain_title(name: str) -> str:
    """The menu text of an act without its marks: "Run model"."""
    return ACTIONS[name].text.replace("&", "").removesuffix("…")
