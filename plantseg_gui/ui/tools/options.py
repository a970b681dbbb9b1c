"""What a person can set about a tool. A tool lists its options; the panel makes the widgets."""

from dataclasses import dataclass

from plantseg_gui.core.areas import Operation


@dataclass(frozen=True)
class Switch:
    """On or off.

    Attributes:
        key: Where it is kept; tools that share a key share the setting.
        title: Its name on the screen.
        tip: What it does, in one plain sentence.
        default: As the program comes.
        more: Whether it is needed seldom: shown among the further options.
    """

    key: str
    title: str
    tip: str
    default: bool = False
    more: bool = False


@dataclass(frozen=True)
class Number:
    """A whole number on a slider; see Switch.

    Attributes:
        low: Lowest.
        high: Highest.
        unit: Behind the number, for instance " px".
    """

    key: str
    title: str
    tip: str
    default: int
    low: int
    high: int
    unit: str = ""
    more: bool = False


@dataclass(frozen=True)
class Choice:
    """One of a few; see Switch.

    Attributes:
        values: (value, title on the button, tip).
    """

    key: str
    title: str
    tip: str
    default: str
    values: tuple[tuple[str, str, str], ...]
    more: bool = False


Option = Switch | Number | Choice
Value = bool | int | str

ON_LEAF = Switch(
    "limit.leaf", "Only on the leaf", "Nothing is painted outside the leaf area", more=True
)
KEEP_TOUCHED = Switch(
    "limit.touched",
    "Keep what a person set",
    "Pixels that somebody painted, accepted or erased before keep their label",
    more=True,
)
LIMITS: tuple[Option, ...] = (ON_LEAF, KEEP_TOUCHED)
OPERATION = Choice(
    "area.operation",
    "Area",
    "How the area meets the lesions that are there",
    Operation.ADD,
    (
        (Operation.ADD, "Add", "The area becomes lesion (hold Shift)"),
        (Operation.SUBTRACT, "Subtract", "The area becomes healthy (hold Alt)"),
        (
            Operation.INTERSECT,
            "Intersect",
            "Of the lesions that it touches, only what lies inside stays (hold Shift + Alt)",
        ),
    ),
)


def allowed(option: Option, value: object) -> bool:
    """Whether `value` may be given to `option`."""
    if isinstance(option, Switch):
        return isinstance(value, bool)
    if isinstance(option, Number):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and option.low <= value <= option.high  # type: ignore[operator]
    return value in [v for v, _, _ in option.values]
