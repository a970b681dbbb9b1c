"""The list of a data folder's photos: `index.csv`, read in one place for training and judging."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plantseg_gui.core.errors import InputError

INDEX_NAME = "index.csv"
_COLUMNS = ("source", "stem", "split")


@dataclass(frozen=True)
class IndexRow:
    """One photo of the list.

    Attributes:
        source: Its data set: the sub-folder that holds `images` and `masks`.
        stem: Name of photo and mask without the extension.
        split: For instance "train", "dev" or "val".
    """

    source: str
    stem: str
    split: str


@dataclass(frozen=True)
class DataIndex:
    """The photos that an index names.

    Attributes:
        path: The file; its folder is the data folder.
        rows: In the file's order.
    """

    path: Path
    rows: tuple[IndexRow, ...]

    def choose(self, split: str, sources: Sequence[str] = ()) -> list[IndexRow]:
        """Rows of one split, in the file's order.

        Args:
            split: For instance "val".
            sources: Only these; empty takes all.

        Raises:
            InputError: a source that the index does not know, or no photo of that split.
        """
        known = sorted({row.source for row in self.rows})
        unknown = [source for source in sources if source not in known]
        if unknown:
            raise InputError(
                f"{self.path} has no source {', '.join(unknown)}.", f"It has: {', '.join(known)}."
            )
        chosen = [r for r in self.rows if r.split == split and (not sources or r.source in sources)]
        if not chosen:
            of = f" of {', '.join(sources)}" if sources else ""
            splits = ", ".join(sorted({row.split for row in self.rows}))
            raise InputError(
                f"{self.path} names no photo{of} in the split {split!r}.",
                f"Its splits are: {splits}.",
            )
        return chosen

    def has(self, split: str, sources: Sequence[str] = ()) -> bool:
        """Whether any photo of these sources (empty: of all) is in a split."""
        return any(r.split == split and (not sources or r.source in sources) for r in self.rows)


def read_data_index(path: Path) -> DataIndex:
    """Read an index: CSV in UTF-8 with the columns source, stem and split; others are passed over.

    Raises:
        InputError: unreadable, not CSV in UTF-8, a column or a cell is missing, or it is empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return DataIndex(path, tuple(_rows(path, csv.DictReader(file))))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(f"{path} cannot be read: {reason}.", "Check the name.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path} is not a CSV file in UTF-8: {error}.", "Save it as CSV again."
        ) from error


def _rows(path: Path, reader: "csv.DictReader[str]") -> list[IndexRow]:
    missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{path} lacks the columns {', '.join(missing)}.", "Add them in its first line."
        )
    rows = []
    for cells in reader:
        # A line that ends early leaves None in the cells that it lacks.
        values = [cells[column] for column in _COLUMNS]
        if not all(values):
            raise InputError(
                f"{path}, line {reader.line_num}: source, stem or split is missing.",
                "Complete or remove the line.",
            )
        rows.append(IndexRow(*values))
    if not rows:
        raise InputError(f"{path} names no photo.", "Add a line for each photo.")
    return rows
