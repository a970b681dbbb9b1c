"""One lesion as a picture and as lines: for the list of lesions and for the canvas."""

import cv2
import numpy as np
import numpy.typing as npt

from plantseg_gui.core.geometry import Rect
from plantseg_gui.core.lesions import Lesion
from plantseg_gui.core.results import LabelArray, RgbArray

Outline = npt.NDArray[np.float32]

# The picture shows this many times the lesion's longer side, and at least so many photo px.
_SURROUNDINGS = 1.6
_LEAST_SIDE_PX = 24
_DARK, _LIGHT = (0, 0, 0), (255, 255, 255)
_SUBPIXEL_BITS = 4


def lesion_outlines(labels: LabelArray, lesion: Lesion) -> list[Outline]:
    """The closed lines around a lesion and around its holes.

    Args:
        labels: [H, W] uint16.
        lesion: As it is measured now.

    Returns:
        Each line [n, 2] float32, (x, y) in photo px, through the middle of the outermost pixels.
    """
    box = lesion.box
    inside = (labels[box.slices] == lesion.id).astype(np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    corner = np.array([box.x0 + 0.5, box.y0 + 0.5], np.float32)
    return [line.reshape(-1, 2).astype(np.float32) + corner for line in lines]


def picture_area(box: Rect, height: int, width: int) -> Rect:
    """The square of a photo of height × width px that a picture of a lesion shows.

    It lies inside the photo, so a lesion at its edge is off the middle; a photo that is too narrow
    for it gives a rectangle.
    """
    side = max(_LEAST_SIDE_PX, round(_SURROUNDINGS * max(box.height, box.width)))
    rows, columns = min(side, height), min(side, width)
    y0 = min(max(0, (box.y0 + box.y1 - rows) // 2), height - rows)
    x0 = min(max(0, (box.x0 + box.x1 - columns) // 2), width - columns)
    return Rect(y0, x0, y0 + rows, x0 + columns)


def lesion_picture(image: RgbArray, labels: LabelArray, lesion: Lesion, side_px: int) -> RgbArray:
    """A lesion with its outline and some of what is around it.

    Args:
        image: [H, W, 3] uint8 RGB.
        labels: [H, W] uint16.
        lesion: As it is measured now.
        side_px: Longer side of the picture.

    Returns:
        [h, w, 3] uint8 RGB.
    """
    area = picture_area(lesion.box, *labels.shape)
    scale = side_px / max(area.height, area.width)
    size = (max(1, round(area.width * scale)), max(1, round(area.height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture = np.ascontiguousarray(cv2.resize(image[area.slices], size, interpolation=how))
    corner = np.array([area.x0, area.y0], np.float32)
    lines = [
        np.rint((line - corner) * scale * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        for line in lesion_outlines(labels, lesion)
    ]
    for colour, thickness in ((_DARK, 4), (_LIGHT, 2)):
        cv2.polylines(picture, lines, True, colour, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    return np.asarray(picture, np.uint8)
