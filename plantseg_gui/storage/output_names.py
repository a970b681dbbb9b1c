"""What the files written for each photo are called, so that none meets another one's.

A photo's outputs carry its stem. Two photos whose outputs would meet in one folder (`a.jpg` and
`a.png`) keep their extension: `a.jpg_mask.png`. Letter case does not count, since it does not on
every drive: what differs in nothing else gets a number.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath


def output_bases(places: Sequence[PurePath]) -> list[PurePath]:
    """Place and beginning of the names of each photo's outputs.

    Args:
        places: Of the photos, relative to the folder that is mirrored.

    Returns:
        One for each, all different, also where letter case does not count.
    """
    bases = [place.with_suffix("") if place.suffix else place for place in places]
    # A name with its extension can in turn meet another photo's stem (`a.jpg` beside `a.jpg.png`).
    while meeting := [i for group in meeting_groups(bases) for i in group if bases[i] != places[i]]:
        for index in meeting:
            bases[index] = places[index]
    taken: set[str] = set()
    for index, base in enumerate(bases):
        number = 1
        while str(bases[index]).casefold() in taken:
            number += 1
            bases[index] = base.with_name(f"{base.name}_{number}")
        taken.add(str(bases[index]).casefold())
    return bases


def meeting_groups(names: Sequence[PurePath]) -> list[list[int]]:
    """Indices of the names that are the same but for letter case, group by group."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        groups[str(name).casefold()].append(index)
    return [group for group in groups.values() if len(group) > 1]
