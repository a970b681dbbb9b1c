"""Finds lines by a few typed letters, quickly in many thousands of them.

All lines lie in one string that is searched as a whole: a loop of Python's own over 10,000 names
would be felt at every letter.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import NamedTuple

# Lines that hold the longest word and are looked at more closely, at most.
CANDIDATES = 1000


class Hit(NamedTuple):
    """A line that matches.

    Attributes:
        rank: How well, 0 is best: the line begins so; a word of it does; it holds the words; its
            name holds the letters in their order.
        line: Which one, counted from 0.
    """

    rank: int
    line: int


class LineFinder:
    """Searches some lines, made once and asked often.

    A match at the beginning of a line counts most, so the name stands there, and what else it is
    found by behind a tab.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines; line breaks in them count as spaces, and upper case as lower."""
        folded = [line.casefold().replace("\n", " ") for line in lines]
        # Each line with its break in front: a search for that character is the quickest there is.
        self._text = "".join(f"\n{line}" for line in folded)
        self._starts = list(accumulate((len(line) + 1 for line in folded), initial=0))[:-1]

    def __len__(self) -> int:
        return len(self._starts)

    def find(self, query: str, most: int) -> list[Hit]:
        """The best lines, in their own order where they are equally good.

        Args:
            query: What was typed; words are found in any order. Nothing typed finds nothing.
            most: So many hits at most.
        """
        words = query.casefold().split()
        if not words or not self._starts:
            return []
        ranks: dict[int, int] = {}
        for index in islice(self._lines("\n" + " ".join(words)), most):
            ranks[index] = 0
        at_word = [re.compile(rf"\b{re.escape(word)}") for word in words]
        for index in islice(self._lines(max(words, key=len)), most + CANDIDATES):
            line = self._line(index)
            if all(word in line for word in words):
                close = all(pattern.search(line) for pattern in at_word)
                ranks.setdefault(index, 1 if close else 2)
        if len(ranks) < most:
            for match in islice(re.finditer(_in_order(words), self._text), most):
                ranks.setdefault(self._index(match.start()), 3)
        return sorted(Hit(rank, index) for index, rank in ranks.items())[:most]

    def _lines(self, part: str) -> Iterator[int]:
        """The lines that hold a text, or begin with it when it begins with a line break."""
        at = self._text.find(part)
        while at >= 0:
            index = self._index(at)
            yield index
            if index + 1 == len(self._starts):
                return
            at = self._text.find(part, self._starts[index + 1])

    def _index(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1

    def _line(self, index: int) -> str:
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._text)
        return self._text[self._starts[index] + 1 : end]


def _in_order(words: list[str]) -> str:
    """A pattern for lines whose name has all letters in their order.

    Letters that lie anywhere in a sentence mean nothing, so they must all lie in the name. A part
    "[^x]*x" never goes back, so a line that does not match costs no more than its length.
    """
    return r"\n" + "".join(rf"[^{re.escape(c)}\t\n]*{re.escape(c)}" for c in "".join(words))
