"""The maps that `--maps` asks for."""

from plantseg_gui.core.errors import InputError
from plantseg_gui.storage.map_files import MAP_NAMES

_SECOND_PASS = {"variance", "energy"}


def parse_map_names(text: str) -> tuple[str, ...]:
    """Names in a comma-separated list; `mask` is always among them.

    Raises:
        InputError: an unknown name.
    """
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in MAP_NAMES]
    if unknown:
        raise InputError(
            f"--maps: there is no map {', '.join(map(repr, unknown))}.",
            f"Choose from: {','.join(MAP_NAMES)}.",
        )
    return tuple(name for name in MAP_NAMES if name == "mask" or name in asked)


def needs_uncertainty(names: tuple[str, ...]) -> bool:
    """Whether the second pass of the network is needed."""
    return bool(_SECOND_PASS.intersection(names))
