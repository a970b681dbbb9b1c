"""Reading what another process appends to a file, a bounded amount at a time.

Whoever tails a file may sit in a window: a file that grows fast, or that is garbage, must neither
hold it up nor fill its memory.
"""

from pathlib import Path

# A window reads this much in a few milliseconds.
CHUNK_BYTES = 64 << 10
# The longest real line is a result with figures of a thousand photos.
MAX_LINE_BYTES = 2 << 20


class Tail:
    """Gives the whole lines that were appended since the last look.

    Args:
        path: File; may come later.
        offset: Where to begin.

    Attributes:
        behind: Whether the last look left something unread.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path, self._offset = path, offset
        self._rest = b""
        # The rest of a line that is too long belongs to nothing.
        self._skipping = False
        self.behind = False

    def read(self) -> list[str]:
        """The next whole lines, 64 KiB of them at most; none where the file cannot be read."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(CHUNK_BYTES)
                self.behind = len(data) == CHUNK_BYTES
        except OSError:
            self.behind = False
            return []
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines and self._skipping:
            lines, self._skipping = lines[1:], False
        if len(self._rest) > MAX_LINE_BYTES:
            self._rest, self._skipping = b"", True
        return [line.decode("utf-8", errors="replace") for line in lines]
