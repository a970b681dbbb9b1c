"""What the program has said since its start: kept until it ends, so that nothing flashes by."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

FAULT, WARNING, SAID = "fault", "warning", "said"
KIND_TEXT = {FAULT: "Fault", WARNING: "Warning", SAID: "Message"}
# Two hours of steady work say some thousand things.
MOST = 5000


@dataclass(frozen=True)
class Message:
    """One of them.

    Attributes:
        kind: `FAULT`, `WARNING` or `SAID`.
        what: What happened, and to which file.
        do: What the person can do; empty where there is nothing.
        photo: Name of the photo on screen at the time; empty without one.
        details: For whoever mends the program; empty as a rule.
        when: Local time.
        times: How often it was said in a row.
    """

    kind: str
    what: str
    do: str = ""
    photo: str = ""
    details: str = ""
    when: datetime = field(default_factory=datetime.now)
    times: int = 1

    def as_text(self) -> str:
        """All of it, for the clipboard; the time as 2026-05-31 14:05:09."""
        head = f"{self.when:%Y-%m-%d %H:%M:%S}  {KIND_TEXT[self.kind]}"
        lines = [head + (f"  {self.photo}" if self.photo else ""), self.what, self.do, self.details]
        return "\n".join(line for line in lines if line)


class MessageLog(QObject):
    """All messages of this run, the newest last.

    Attributes:
        added: Message; it is the last one now.
        repeated: Message; the last one was said once more.
        unread_changed: `unread` is another number.
    """

    added = Signal(object)
    repeated = Signal(object)
    unread_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.messages: deque[Message] = deque(maxlen=MOST)
        self._unread = 0

    @property
    def unread(self) -> int:
        """Faults that nobody has looked at."""
        return self._unread

    def add(self, message: Message) -> None:
        """Keep a message; one that only repeats the last is counted there."""
        last = self.messages[-1] if self.messages else None
        same = last is not None and _content(last) == _content(message)
        if last is not None and same:
            message = replace(message, times=last.times + 1)
            self.messages[-1] = message
            self.repeated.emit(message)
        else:
            self.messages.append(message)
            self.added.emit(message)
        if message.kind == FAULT:
            self._set_unread(self._unread + (not same or self._unread == 0))

    def read_all(self) -> None:
        """The person has seen the list."""
        self._set_unread(0)

    def _set_unread(self, count: int) -> None:
        if count != self._unread:
            self._unread = count
            self.unread_changed.emit()


def _content(message: Message) -> tuple[str, ...]:
    return message.kind, message.what, message.do, message.photo
