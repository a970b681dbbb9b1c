"""What the second view shows of a document, and which model version it shows first."""

from typing import NamedTuple

from plantseg_gui.core.document import Document
from plantseg_gui.core.measure import measure
from plantseg_gui.core.overlay import ByteMap
from plantseg_gui.core.results import Diagnosis, LeafResult
from plantseg_gui.storage.model_tree import State, Version
from plantseg_gui.ui.presenters.display import byte_maps


class Looked(NamedTuple):
    """What was found out about a document.

    Attributes:
        document: Which.
        maps: Layer → [h, w] uint8.
        diagnosis: Its numbers; None where nobody has looked at the photo yet.
    """

    document: Document
    maps: dict[str, ByteMap]
    diagnosis: Diagnosis | None


def look_at(document: Document, leaf: LeafResult | None) -> Looked:
    """Measure a document and colour its maps; belongs into the pool.

    Args:
        document: Which.
        leaf: Where it was found before.
    """
    prediction = document.prediction
    maps = {} if prediction is None else byte_maps(prediction)
    if document.status == "new":
        return Looked(document, maps, None)
    found = measure(document.labels.array, prediction, document.image, leaf)
    return Looked(document, maps, found)


def figures(severity_pct: float | None, lesions: int | None) -> list[str]:
    """Severity and lesions in words; None where they are not known."""
    if lesions is None:
        return ["no mask yet"]
    count = int(lesions)
    return [
        "no severity" if severity_pct is None else f"severity {severity_pct:.2f} %",
        f"{count:,} lesion" + ("" if count == 1 else "s"),
    ]


def other_version(versions: list[Version]) -> str:
    """Which version to show beside the one in use: its parent, else the newest other one.

    The one in use where it is alone; empty where there is none.
    """
    used = next((v for v in versions if v.state is State.IN_USE), None)
    others = [v for v in versions if v is not used]
    if used is not None and used.parent in [v.name for v in others]:
        return used.parent
    newest = sorted(others, key=lambda v: v.record.meta.created, reverse=True)
    return next((v.name for v in (*newest, *versions)), "")
