"""Settings typed as KEY=VALUE on the command line."""

import json
from collections.abc import Iterable
from typing import Any

from plantseg_gui.core.errors import InputError


def read_pairs(items: Iterable[str]) -> dict[str, Any]:
    """The settings of several "KEY=VALUE"; what is no JSON value counts as text.

    Raises:
        InputError: one has no "=".
    """
    found: dict[str, Any] = {}
    for item in items:
        key, equals, text = item.partition("=")
        if not equals:
            raise InputError(f"'{item}' is not of the form KEY=VALUE.")
        try:
            found[key] = json.loads(text)
        except ValueError:
            found[key] = text
    return found
