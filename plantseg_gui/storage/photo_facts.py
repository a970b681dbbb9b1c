"""What a photo's file says about itself: when, with what and where it was taken, and its size.

Read from the header; no pixel is decoded. The place stays in this program: whatever writes facts
into another file takes `PhotoFacts.without_place()`, unless the person asked for the place.
"""

import contextlib
import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

from plantseg_gui.storage.colour_profile import ColourProfile, colour_profile, colour_space
from plantseg_gui.storage.exif_tags import MAX_PAGES, TagReader, Value, clean_text, whole_number
from plantseg_gui.storage.image_open import (
    DECODE_FAULTS,
    is_tiff,
    open_file,
    open_image,
    orientation,
)
from plantseg_gui.storage.tiff import read_tiff_header

_MAKE, _MODEL, _EXIF, _GPS = 271, 272, 0x8769, 0x8825
_ORIGINAL, _DIGITIZED, _OFFSET_ORIGINAL, _OFFSET_DIGITIZED = 36867, 36868, 36881, 36882
_LAT_REF, _LAT, _LON_REF, _LON, _ALT_REF, _ALT, _STATUS = 1, 2, 3, 4, 5, 6, 9
_HIGHEST_M = 20_000.0
_LONGEST_OFFSET_MIN = 14 * 60


@dataclass(frozen=True)
class PhotoFacts:
    """Facts of one photo; what the file does not say, or says in a broken way, is None.

    Attributes:
        width: px, after EXIF orientation.
        height: px, after EXIF orientation.
        format: "JPEG", "PNG", "TIFF", "BMP", "WEBP" or "HEIF".
        pages: Pictures in the file, of which the first is used; previews are not counted.
        captured: When it was taken, by the camera's clock; with a time zone if it is known.
        camera_make: Maker.
        camera_model: Model.
        latitude: Degrees, north is positive.
        longitude: Degrees, east is positive.
        altitude_m: Metres above the sea.
        colours: Name of the colour profile and what was done with it; empty without a profile.
        notes: Plain sentences about what was left out of the picture; usually none.
    """

    width: int
    height: int
    format: str
    pages: int = 1
    captured: datetime | None = None
    camera_make: str | None = None
    camera_model: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude_m: float | None = None
    colours: str = ""
    notes: tuple[str, ...] = ()

    @property
    def camera(self) -> str:
        """Maker and model in one; the maker is not said twice. Empty when not known."""
        make, model = self.camera_make or "", self.camera_model or ""
        if not model or not make or model.casefold().startswith(make.split()[0].casefold()):
            return model or make
        return f"{make} {model}"

    @property
    def has_place(self) -> bool:
        """Whether the file says where the photo was taken."""
        return self.latitude is not None and self.longitude is not None

    def without_place(self) -> "PhotoFacts":
        """The same facts without latitude, longitude and altitude: for every export."""
        return replace(self, latitude=None, longitude=None, altitude_m=None)

    def record(self, *, with_place: bool = False) -> dict[str, Any]:
        """As JSON values, for exports; without the place unless it is asked for."""
        facts = asdict(self if with_place else self.without_place())
        if not with_place:
            for name in ("latitude", "longitude", "altitude_m"):
                del facts[name]
        facts["captured"] = self.captured.isoformat() if self.captured is not None else None
        facts["notes"] = list(self.notes)
        return facts


def read_photo_facts(path: Path, handle: BinaryIO | None = None) -> PhotoFacts:
    """Read a photo's facts from its header.

    Args:
        path: The file.
        handle: As `image_open.open_file`.

    Raises:
        InputError: not a readable image, or too large. Broken EXIF data are no reason.
    """
    path = Path(path)
    with open_file(path, handle) as file:
        if is_tiff(path, file):
            return _tiff_facts(path, file)
        with open_image(path, file, header_only=True) as image:
            turned, name = orientation(image), str(image.format)
            width, height = image.width, image.height
            profile = colour_profile(image.info.get("icc_profile"), colour_space(image.mode))
            # A second picture in a JPEG (MPO) is a preview or a map of depth, no page.
            many = name in ("PNG", "WEBP", "TIFF", "HEIF")
            pages = _frames(image) if many else 1
            exif = image.info.get("exif", b"")
        reader = TagReader(exif if isinstance(exif, bytes) else b"")
        size = (height, width) if turned >= 5 else (width, height)
        name = "JPEG" if name == "MPO" else name
        return _facts(reader, size, name, pages, profile)


def page_note(pages: int, name: str) -> str:
    """The words for what is left out of a file of several pictures; empty for one.

    Args:
        pages: Pictures in the file.
        name: Its format.
    """
    if pages <= 1:
        return ""
    count = f"more than {MAX_PAGES - 1}" if pages >= MAX_PAGES else f"{pages}"
    return f"Only the first {'page' if name == 'TIFF' else 'picture'} of {count} is used."


def _tiff_facts(path: Path, file: BinaryIO) -> PhotoFacts:
    header = read_tiff_header(path, file)
    reader = TagReader(file)
    pages = max(1, reader.pages()) if header.multipage else 1
    size = (header.width, header.height)
    if header.orientation >= 5:
        size = (header.height, header.width)
    profile = colour_profile(header.profile, header.space)
    return _facts(reader, size, "TIFF", pages, profile)


def _facts(
    reader: TagReader, size: tuple[int, int], name: str, pages: int, profile: ColourProfile
) -> PhotoFacts:
    main = reader.tags(reader.first, (_MAKE, _MODEL, _EXIF, _GPS))
    exif = _directory(
        reader, main.get(_EXIF), (_ORIGINAL, _DIGITIZED, _OFFSET_ORIGINAL, _OFFSET_DIGITIZED)
    )
    wanted = (_LAT_REF, _LAT, _LON_REF, _LON, _ALT_REF, _ALT, _STATUS)
    latitude, longitude, altitude = _place(_directory(reader, main.get(_GPS), wanted))
    captured = _time(exif.get(_ORIGINAL), exif.get(_OFFSET_ORIGINAL))
    if captured is None:
        captured = _time(exif.get(_DIGITIZED), exif.get(_OFFSET_DIGITIZED))
    return PhotoFacts(
        size[0],
        size[1],
        name,
        pages,
        captured,
        clean_text(main.get(_MAKE)) or None,
        clean_text(main.get(_MODEL)) or None,
        latitude,
        longitude,
        altitude,
        profile.text,
        tuple(note for note in (page_note(pages, name), profile.note) if note),
    )


def _frames(image: Any) -> int:
    """Pictures in an animation or a HEIF file."""
    try:
        frames = getattr(image, "n_frames", 1)
    except DECODE_FAULTS:
        return 1
    return min(MAX_PAGES, frames) if isinstance(frames, int) and frames > 1 else 1


def _directory(
    reader: TagReader, pointer: Value | None, wanted: tuple[int, ...]
) -> dict[int, Value]:
    """Tags of a directory that another one points to."""
    offset = whole_number(pointer)
    return {} if offset is None else reader.tags(offset, wanted)


def _time(value: Value | None, offset: Value | None) -> datetime | None:
    """EXIF's "2024:05:17 14:03:22"; a few programs write dashes or a "T"."""
    text = clean_text(value).replace("T", " ")
    digits = text[:10].replace("-", ":") + text[10:19]
    try:
        # The camera's own clock: a time zone is added only where the file has one.
        found = datetime.strptime(digits, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    if not 1800 <= found.year <= 2200:
        return None
    return found.replace(tzinfo=_zone(clean_text(offset)))


def _zone(text: str) -> timezone | None:
    """EXIF's "+02:00"."""
    if text == "Z":
        return UTC
    if len(text) != 6 or text[0] not in "+-" or text[3] != ":":
        return None
    with contextlib.suppress(ValueError):
        minutes = 60 * int(text[1:3]) + int(text[4:6])
        if minutes <= _LONGEST_OFFSET_MIN:
            return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
    return None


def _place(gps: dict[int, Value]) -> tuple[float | None, float | None, float | None]:
    """Latitude and longitude in degrees, altitude in m."""
    latitude = _degrees(gps.get(_LAT), gps.get(_LAT_REF), "NS", 90.0)
    longitude = _degrees(gps.get(_LON), gps.get(_LON_REF), "EW", 180.0)
    # "V": the receiver had no fix. Exactly 0, 0 in the sea off Ghana is what phones write then.
    void = clean_text(gps.get(_STATUS)).upper() == "V"
    if latitude is None or longitude is None or void or (latitude == 0 and longitude == 0):
        return None, None, None
    altitude = None
    height = gps.get(_ALT)
    if isinstance(height, tuple) and height and abs(height[0]) <= _HIGHEST_M:
        below = gps.get(_ALT_REF) in ((1.0,), b"\1")
        altitude = -height[0] if below else height[0]
    return latitude, longitude, altitude


def _degrees(value: Value | None, ref: Value | None, signs: str, most: float) -> float | None:
    """Degrees, minutes, seconds and their side as one number; None where they make no sense."""
    side = clean_text(ref).upper()[:1]
    if not isinstance(value, tuple) or not value or not side or side not in signs:
        return None
    parts = [*value[:3], 0.0, 0.0][:3]
    if not all(math.isfinite(p) and p >= 0 for p in parts) or parts[1] >= 60 or parts[2] > 60:
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if degrees > most:
        return None
    return -degrees if side == signs[1] else degrees
