"""ICC profiles: from a camera's or printer's colours to sRGB, which the network was trained on.

Most photos have no profile or the sRGB one; both cost nothing. Deep pictures are converted after
their reduction to 8 bits. A profile that is damaged or of another kind than the pixels is told,
and the pixels are used as they are.

Pixels go through LittleCMS a block of rows at a time, so that no second copy of a large photo is
made. A transform is built once per profile: many photos of one camera share it.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from plantseg_gui.core.results import RgbArray
from plantseg_gui.storage.exif_tags import clean_text
from plantseg_gui.storage.pixels import ByteArray

# Larger than any profile in use (printers' are about 2 MB); what is larger is not looked at.
_MAX_BYTES = 8 << 20
_KEPT = 16
_BLOCK_PX = 1 << 20
# Profiles that are called sRGB differ by rounding alone.
_SAME_WITHIN = 2
_SPACES = {b"RGB ": "RGB", b"GRAY": "GRAY", b"CMYK": "CMYK"}
# Input, display, output and colour space profiles; not links, named colours and abstract ones.
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_WHAT_LCMS_RAISES = (ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError, SyntaxError)

NO_PROFILE_NAME = "unnamed profile"


@dataclass(frozen=True)
class ColourProfile:
    """What to do with the pixels of a file.

    Attributes:
        name: What the profile calls itself; empty without one.
        note: A plain sentence when it cannot be used; usually empty.
        space: "RGB", "GRAY" or "CMYK": what the profile is about.
        transform: From it to sRGB; None when the pixels are sRGB already or cannot be converted.
    """

    name: str = ""
    note: str = ""
    space: str = "RGB"
    transform: Any = None

    @property
    def text(self) -> str:
        """For the list of facts: "Display P3, converted to sRGB"; empty without a profile."""
        if self.note:
            return f"{self.name}, not used" if self.name else "damaged profile, not used"
        return f"{self.name}, converted to sRGB" if self.transform is not None else self.name

    def apply(self, pixels: ByteArray) -> RgbArray:
        """Convert to sRGB.

        Args:
            pixels: [H, W, 3] uint8 RGB (grey pictures too), or [H, W, 4] uint8 inks, 255 = full.

        Returns:
            [H, W, 3] uint8; `pixels` itself when there is nothing to do.
        """
        if pixels.shape[2] == 4 and (self.transform is None or self.space != "CMYK"):
            return np.asarray(Image.fromarray(pixels, mode="CMYK").convert("RGB"))
        if self.transform is None:
            return pixels
        if self.space == "GRAY":
            return _grey_table(self.transform)[pixels[..., 0]]
        height, width = pixels.shape[:2]
        converted = np.empty((height, width, 3), np.uint8)
        step = max(1, _BLOCK_PX // max(1, width))
        for top in range(0, height, step):
            block = Image.fromarray(pixels[top : top + step], mode=_MODES[self.space])
            converted[top : top + step] = np.asarray(self.transform.apply(block))
        return converted


PLAIN = ColourProfile()


def colour_space(mode: str) -> str:
    """What a Pillow mode holds: "RGB", "GRAY" or "CMYK"."""
    if mode == "CMYK":
        return "CMYK"
    return "GRAY" if mode in ("1", "L", "LA", "La") or mode[:1] in ("I", "F") else "RGB"


def colour_profile(data: object, space: str) -> ColourProfile:
    """What to do with pixels that come with an ICC profile; never raises.

    Args:
        data: The profile's bytes; None or empty without one.
        space: What the pixels are: "RGB", "GRAY" or "CMYK".
    """
    if not isinstance(data, bytes) or not data:
        return PLAIN
    if len(data) > _MAX_BYTES:
        return _unusable("", "larger than any colour profile")
    return _build(data, space)


@lru_cache(maxsize=_KEPT)
def _build(data: bytes, space: str) -> ColourProfile:
    about = _SPACES.get(data[16:20], "")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = clean_text(ImageCms.getProfileDescription(profile)) or NO_PROFILE_NAME
    except _WHAT_LCMS_RAISES:
        return _unusable("", "damaged")
    if data[12:16] not in _CLASSES or not about:
        return _unusable(name, "of a kind that photos do not have")
    # A grey picture may carry the RGB profile of the colour one that it was made from.
    if about != space and (about, space) != ("RGB", "GRAY"):
        kinds = {"RGB": "colour", "GRAY": "grey", "CMYK": "ink"}
        return _unusable(name, f"for {kinds[about]} pictures, and this is a {kinds[space]} one")
    try:
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            _MODES[about],
            "RGB",
            ImageCms.Intent.PERCEPTUAL,
        )
        if about != "CMYK" and _is_srgb(transform, about):
            return ColourProfile(name, "", about)
    except _WHAT_LCMS_RAISES:
        return _unusable(name, "damaged")
    return ColourProfile(name, "", about, transform)


def _is_srgb(transform: Any, space: str) -> bool:
    """Whether the transform changes nothing that could be seen."""
    if space == "GRAY":
        before = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
        after = _grey_table(transform)
    else:
        steps = np.linspace(0, 255, 9).astype(np.uint8)
        before = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
        after = np.asarray(transform.apply(Image.fromarray(before[None])))[0]
    return int(np.abs(after.astype(np.int16) - before).max()) <= _SAME_WITHIN


def _grey_table(transform: Any) -> RgbArray:
    """[256, 3] uint8: each grey's sRGB colour."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    return np.asarray(transform.apply(ramp))[0]


def _unusable(name: str, why: str) -> ColourProfile:
    called = f" “{name}”" if name else ""
    return ColourProfile(
        name, f"The photo's colour profile{called} is {why}; the colours are used as they are."
    )
