"""Which photos of a project are the same or look alike, kept up to date photo by photo.

`NEAR_WITHIN` was measured on 1,283 leaf photos of seven sources, all pairs in all 8 turns: the
photos that are really the same picture (scaled, recompressed, annotated twice) differ in at most
29 of 255 signs; of different leaves, photographed alike on one ground, the most similar ones
differ in 51. Scaling, JPEG quality 50, warmer light and turning change at most 23 signs, 20 %
more brightness at most 35.

10,000 photos are compared a block at a time on whole arrays: the first word of each number sorts
out nearly all pairs, the other three are looked at for the rest.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from plantseg_gui.core.photo_hash import HASH_BYTES, Hashes, bit_count, distance, turned, words

NEAR_WITHIN = 40
# Of the 64 signs in the first word; alike pairs were seen to differ in at most 11.
_FIRST_WITHIN = 13
_BLOCK = 16
_GROW = 1024


@dataclass(frozen=True)
class Fingerprint:
    """What a photo is known by.

    Attributes:
        photo_id: The photo.
        sha256: Of the file's content, hex; empty when not known.
        look: 32 bytes of `photo_hash.photo_hash`; None for a picture without anything on it.
    """

    photo_id: str
    sha256: str
    look: bytes | None


@dataclass(frozen=True)
class Twins:
    """Other photos like this one, by photo id, in the order in which they were added.

    Attributes:
        same: Their files have the same content.
        alike: They look alike, perhaps turned, scaled or recompressed.
    """

    same: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.same or self.alike)


class DuplicateIndex:
    """See the module's text."""

    def __init__(self) -> None:
        self._by_content: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._alike: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._known: dict[str, Fingerprint] = {}
        self._ids: list[str] = []
        self._looks: Hashes = np.zeros((0, HASH_BYTES // 8), np.uint64)
        self._first: Hashes = np.zeros(0, np.uint64)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, photo_id: object) -> bool:
        return photo_id in self._known

    def add(self, prints: Iterable[Fingerprint]) -> set[str]:
        """Take in photos; one that is known and has changed takes its new place.

        Returns:
            The photos whose `twins` are others than before.
        """
        changed: set[str] = set()
        looking: list[Fingerprint] = []
        for made in prints:
            if self._known.get(made.photo_id) == made:
                continue
            changed |= self.discard(made.photo_id)
            self._known[made.photo_id] = made
            if made.sha256:
                group = self._by_content[made.sha256]
                group[made.photo_id] = None
                if len(group) > 1:
                    changed |= group.keys()
            if made.look is not None:
                looking.append(made)
        for start in range(0, len(looking), _BLOCK):
            changed |= self._compare(looking[start : start + _BLOCK])
        return changed

    def discard(self, photo_id: str) -> set[str]:
        """Forget a photo; returns the photos whose `twins` are others than before."""
        made = self._known.pop(photo_id, None)
        if made is None:
            return set()
        changed = set(self._alike.pop(photo_id, ()))
        for other in changed:
            self._alike[other].pop(photo_id, None)
        if made.sha256:
            group = self._by_content[made.sha256]
            group.pop(photo_id, None)
            changed |= group.keys()
        if made.look is not None:
            # Its place stays, without a name: moving the others costs more than it holds.
            self._ids[self._ids.index(photo_id)] = ""
        return changed

    def twins(self, photo_id: str) -> Twins:
        """The photos like this one."""
        made = self._known.get(photo_id)
        if made is None:
            return Twins()
        same = self._by_content.get(made.sha256, {}) if made.sha256 else {}
        return Twins(
            tuple(other for other in same if other != photo_id),
            tuple(other for other in self._alike.get(photo_id, ()) if other not in same),
        )

    def paired(self) -> list[str]:
        """The photos that have twins."""
        return [photo_id for photo_id in self._known if self.twins(photo_id)]

    def groups(self) -> dict[str, str]:
        """The photos that are like others, also by way of a third: photo id → name of their group.

        A group is called by the id of its photo that was added first. Photos without twins are left
        out.
        """
        names: dict[str, str] = {}
        for first in self._known:
            reached = [] if first in names else [first]
            while reached:
                photo_id = reached.pop()
                names[photo_id] = first
                twins = self.twins(photo_id)
                reached += [t for t in (*twins.same, *twins.alike) if t not in names]
        counts = Counter(names.values())
        return {photo_id: name for photo_id, name in names.items() if counts[name] > 1}

    def _compare(self, block: list[Fingerprint]) -> set[str]:
        """Compare some photos with all before them and among themselves; then keep them."""
        begin = len(self._ids)
        looks = words([made.look for made in block if made.look is not None])
        self._keep([made.photo_id for made in block], looks)
        end = len(self._ids)
        variants = turned(looks)
        # [block, 8, 1] against [end] -> [block, 8, end]
        first = bit_count(variants[:, :, :1] ^ self._first[:end])
        changed: set[str] = set()
        ours, turn, theirs = np.nonzero(first <= _FIRST_WITHIN)
        later = theirs < begin + ours
        ours, turn, theirs = ours[later], turn[later], theirs[later]
        near = distance(variants[ours, turn], self._looks[theirs]) <= NEAR_WITHIN
        for mine, other in zip(ours[near].tolist(), theirs[near].tolist(), strict=True):
            one, two = self._ids[begin + mine], self._ids[other]
            if one and two:
                self._alike[one][two] = self._alike[two][one] = None
                changed |= {one, two}
        return changed

    def _keep(self, ids: list[str], looks: Hashes) -> None:
        """Append to the arrays, which grow in large steps."""
        begin, end = len(self._ids), len(self._ids) + len(ids)
        if end > len(self._looks):
            grown = np.zeros((end + max(_GROW, end // 2), looks.shape[1]), np.uint64)
            grown[:begin] = self._looks[:begin]
            self._looks, first = grown, np.zeros(len(grown), np.uint64)
            first[:begin] = self._first[:begin]
            self._first = first
        self._looks[begin:end], self._first[begin:end] = looks, looks[:, 0]
        self._ids += ids
