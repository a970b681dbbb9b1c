"""What an action is, before it is made: text, tip, icon and keys."""

from typing import NamedTuple

SEPARATOR = "-"


class ActionSpec(NamedTuple):
    """What an action says of itself.

    Attributes:
        text: Menu text.
        tip: What it does, in one plain sentence.
        icon: File name in resources/icons without ".svg"; empty for none.
        checkable: Whether it is a switch.
        group: Name of the group of which exactly one is on; empty for none.
        short: Text for a button; the menu text when empty.
        keys: Its key sequences as the program comes. Conventions are those most annotation tools
            share (design/other-tools.md 4): bare keys that are used all day lie under the left
            hand, and no bare key destroys anything.
        destructive: Whether it takes work away or decides about a photo: a person cannot give it a
            bare key either.
    """

    text: str
    tip: str
    icon: str = ""
    checkable: bool = False
    group: str = ""
    short: str = ""
    keys: tuple[str, ...] = ()
    destructive: bool = False
