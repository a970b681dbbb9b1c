"""What can happen to a photo's labels, as it is written into the journal."""

from dataclasses import dataclass
from enum import StrEnum

from plantseg_gui.core.edits import Edit


class Op(StrEnum):
    """Kinds of operations.

    EDIT: a step was made. UNDO, REDO: the newest one was taken back, or done again.
    LAY, LIFT: a prediction filled the labels loosely, or was taken off again (`History.lay`).
    APPROVE: a person said whether the whole leaf was checked.
    """

    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    LAY = "lay"
    LIFT = "lift"
    APPROVE = "approve"


@dataclass(frozen=True, eq=False)
class Operation:
    """One of them.

    Attributes:
        op: Its kind.
        edit: Of EDIT and LAY, and the step that UNDO and REDO move: the journal may have forgotten
            a very old one.
        approved: Of APPROVE.
        model: The model whose prediction is in the edit; empty for a person's own work.
        urgent: Whether it is a person's work. A prediction on an untouched mask can be had again:
            it is written only together with what comes after it.
    """

    op: Op
    edit: Edit | None = None
    approved: bool | None = None
    model: str = ""
    urgent: bool = True


class PendingOperations:
    """Operations that are not in the journal yet, in their order."""

    def __init__(self) -> None:
        self._waiting: list[Operation] = []

    @property
    def urgent(self) -> bool:
        """Whether a person's work is among them."""
        return any(operation.urgent for operation in self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, operation: Operation) -> None:
        """One more."""
        self._waiting.append(operation)

    def first(self) -> tuple[Operation, ...]:
        """All that wait now, to be written; they stay until `written`."""
        return tuple(self._waiting)

    def written(self, count: int) -> None:
        """The first `count` are in the journal."""
        del self._waiting[:count]

    def saved(self, count: int) -> None:
        """The first `count` are in a saved file of labels: such as can be had again may go."""
        if not self.urgent:
            del self._waiting[:count]
