"""Where painting is allowed: on the leaf only, and not on what a person has set already."""

from dataclasses import dataclass

from plantseg_gui.core.document import Document
from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.results import BoolArray


@dataclass(frozen=True)
class PaintLimits:
    """What a stroke or an area may change.

    Attributes:
        on_leaf: Only pixels of the leaf area; no limit where no leaf was found.
        keep_touched: Not the pixels that a person touched before.
    """

    on_leaf: bool = False
    keep_touched: bool = False

    def allowed(self, document: Document, rect: Rect) -> BoolArray | None:
        """Pixels of `rect` that may be changed, [h, w] bool; None for all of them."""
        allowed: BoolArray | None = None
        leaf = document.prediction.leaf.mask if document.prediction is not None else None
        if self.on_leaf and leaf is not None:
            allowed = leaf[rect.slices]
        if self.keep_touched:
            free = ~document.touched[rect.slices]
            allowed = free if allowed is None else allowed & free
        return allowed


NO_LIMITS = PaintLimits()
