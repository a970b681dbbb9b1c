"""The overlay of a very large photo: a coarse one besides, for looking at it from afar.

8192² px take 268 MB a 32-bit buffer and seconds to compose. Zoomed out, one pixel in four is all
that the screen shows: the coarse overlay is there at once, and of the full one only what is looked
at closely is ever composed.
"""

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.overlay import ByteMap, OverlayComposer
from plantseg_gui.core.palette import MaskMode

LARGE_PX = 4096 * 4096
COARSE_STEP = 4


class LargeOverlay(OverlayComposer):
    """Both overlays, styled alike.

    Attributes:
        coarse: Of every fourth row and column of the photo; composed by itself, with
            `labels[::4, ::4]`.
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__(height, width)
        self.coarse = OverlayComposer(-(-height // COARSE_STEP), -(-width // COARSE_STEP))

    def set_map(self, name: str, values: ByteMap | None) -> None:
        """See `OverlayComposer.set_map`."""
        super().set_map(name, values)
        self.coarse.set_map(name, values)

    def update_map(self, name: str, rect: Rect, values: ByteMap, scale: tuple[int, int]) -> Rect:
        """See `OverlayComposer.update_map`."""
        self.coarse.update_map(name, rect, values, scale)
        return super().update_map(name, rect, values, scale)

    def set_layer(self, name: str, visible: bool, opacity: float) -> None:
        """See `OverlayComposer.set_layer`."""
        super().set_layer(name, visible, opacity)
        self.coarse.set_layer(name, visible, opacity)

    def set_mask_style(self, mode: MaskMode, *, selected: int | None = None) -> None:
        """See `OverlayComposer.set_mask_style`."""
        super().set_mask_style(mode, selected=selected)
        self.coarse.set_mask_style(mode, selected=selected)


def make_overlay(height: int, width: int) -> OverlayComposer:
    """The overlay of a photo of height × width px: a `LargeOverlay` above 4096² px."""
    large = height * width > LARGE_PX
    return LargeOverlay(height, width) if large else OverlayComposer(height, width)


def to_coarse(rect: Rect) -> Rect:
    """The smallest rectangle of the coarse overlay that holds `rect` of the photo."""
    return Rect(
        rect.y0 // COARSE_STEP,
        rect.x0 // COARSE_STEP,
        -(-rect.y1 // COARSE_STEP),
        -(-rect.x1 // COARSE_STEP),
    )


def to_photo(rect: Rect) -> Rect:
    """The pixels of the photo that `rect` of the coarse overlay stands for; may reach beyond it."""
    return Rect(*(COARSE_STEP * edge for edge in rect))
